import type { Host, HealthProbe, ProbeInFlight, ProbeResult } from '@nuncio/cluster'
import type { Message } from '@nuncio/config'
import type { ConfigPlace } from '@nuncio/matching'
import type { Socket } from 'node:net'
import { dialAddresses } from '../transport/dial/address-order.ts'
import { Dial, type DialSettings } from '../transport/dial/dialler.ts'
import type { UpstreamTransport } from '../transport/transport.ts'
import { blocksMatch, payloadBytes } from './payload.ts'
import { probeTarget } from './probe-target.ts'

type Config = Message<'envoy.config.core.v3.HealthCheck.TcpHealthCheck'>

/** What TCP checks of a cluster share. */
export interface TcpProbeParts {
  readonly dial: DialSettings
  readonly transportOf: (host: Host) => UpstreamTransport
  readonly protocols: readonly string[]
  readonly reuse: boolean
  readonly altPort: number | undefined
  readonly place: ConfigPlace
}

/** Most bytes of an answer that are kept to find the expected ones in. */
const MAX_ANSWER = 64 * 1024

/** Connects, sends bytes and waits for others; without any to wait for a connection is enough. */
export class TcpProbe implements HealthProbe {
  readonly #parts: TcpProbeParts
  readonly #send: Buffer
  readonly #blocks: readonly Buffer[]
  /** Connections that are kept for the next check. */
  readonly #open = new Map<Host, { readonly socket: Socket; readonly address: string }>()

  constructor(config: Config, parts: TcpProbeParts) {
    this.#parts = parts
    const { place } = parts
    this.#send = config.send === undefined ? Buffer.alloc(0) : payloadBytes(config.send, place.at('send', config.send))
    this.#blocks = (config.receive ?? []).map((block, i) => payloadBytes(block, place.item('receive', i, block)))
  }

  check(host: Host, done: (result: ProbeResult) => void): ProbeInFlight {
    const target = probeTarget(host, this.#parts.altPort)
    const kept = this.#open.get(host)
    this.#open.delete(host)
    if (kept !== undefined && kept.address === target.address && !kept.socket.destroyed && kept.socket.writable) {
      return this.#exchange(host, target.address, kept.socket, done)
    }
    kept?.socket.destroy()
    let exchange: ProbeInFlight | undefined
    const { dial, protocols } = this.#parts
    const transport = this.#parts.transportOf(host)
    const addresses = dialAddresses(target, transport)
    const request = { addresses, target, transport, options: undefined, protocols }
    const dialling = new Dial(dial, request, {
      onDialled: (socket) => {
        exchange = this.#exchange(host, target.address, socket, done)
      },
      onDialFailed: () => done({ ok: false, type: 'NETWORK' }),
    })
    dialling.start()
    return {
      cancel: () => {
        dialling.cancel()
        exchange?.cancel()
      },
    }
  }

  release(host: Host): void {
    this.#open.get(host)?.socket.destroy()
    this.#open.delete(host)
  }

  #exchange(host: Host, address: string, socket: Socket, done: (result: ProbeResult) => void): ProbeInFlight {
    if (this.#blocks.length === 0) {
      if (this.#send.length > 0) socket.end(this.#send)
      socket.destroySoon()
      done({ ok: true })
      return { cancel: () => {} }
    }
    let received = Buffer.alloc(0)
    const detach = (): void => {
      socket.off('data', onData)
      socket.off('close', onClose)
    }
    const onData = (chunk: Buffer): void => {
      received = Buffer.concat([received, chunk])
      if (received.length > MAX_ANSWER) received = received.subarray(received.length - MAX_ANSWER)
      if (!blocksMatch(this.#blocks, received)) return
      detach()
      if (this.#parts.reuse) this.#keep(host, address, socket)
      else socket.destroy()
      done({ ok: true })
    }
    const onClose = (): void => {
      detach()
      done({ ok: false, type: 'NETWORK' })
    }
    socket.on('data', onData)
    socket.once('end', () => socket.destroy())
    socket.once('close', onClose)
    socket.write(this.#send)
    return {
      cancel: () => {
        detach()
        socket.destroy()
      },
    }
  }

  #keep(host: Host, address: string, socket: Socket): void {
    this.#open.set(host, { socket, address })
    // What else the host says is thrown away, so that its end is seen.
    socket.resume()
  }
}
