import type { ConnectionUser, StreamConnection } from '@nuncio/cluster'
import type { RequestEncoder, ResponseDecoder, TimeSource } from '@nuncio/core'
import type { Peer, SimulatedHost } from '../host/simulated-host.ts'
import { Exchange } from './exchange.ts'

/** What connections of one cluster have in common. */
export interface Network {
  readonly time: TimeSource
  /** From the proxy to a host and back, ms; all of it is spent on the way back. */
  readonly roundTripMs: number
}

/** An established connection to a simulated host. */
export class SimulatedConnection implements StreamConnection, Peer {
  readonly protocol: 'HTTP/1.1' | 'HTTP/2'
  readonly maxStreams: number
  readonly local = undefined
  readonly tls = undefined
  readonly wireReceived = 0
  readonly wireSent = 0
  readonly unread = 0
  readonly unwritten = 0
  readonly #host: SimulatedHost
  readonly #user: ConnectionUser
  readonly #network: Network
  readonly #open = new Set<Exchange>()
  #closed = false

  constructor(host: SimulatedHost, user: ConnectionUser, network: Network, maxStreams: number) {
    this.#host = host
    this.#user = user
    this.#network = network
    this.maxStreams = maxStreams
    this.protocol = maxStreams === 1 ? 'HTTP/1.1' : 'HTTP/2'
    host.peers.add(this)
  }

  get usable(): boolean {
    return !this.#closed
  }

  openStream(decoder: ResponseDecoder): RequestEncoder {
    const exchange = new Exchange(this, decoder)
    this.#open.add(exchange)
    return exchange
  }

  close(): void {
    this.#end('local')
  }
  destroy(): void {
    this.#end('local')
  }
  refused(): void {
    this.#end('remote')
  }

  send(exchange: Exchange): void {
    if (this.#host.state !== 'unreachable') this.#host.accept(exchange)
  }

  answer(exchange: Exchange, status: number): void {
    this.#network.time.setTimer(this.#network.roundTripMs, () => {
      if (this.#host.state !== 'unreachable') exchange.deliver(status)
    })
  }

  onDone(exchange: Exchange): void {
    if (this.#open.delete(exchange) && !this.#closed) this.#user.onStreamEnd()
  }

  /** The proxy gave up on a request. HTTP/1 has no other word for that than closing the connection. */
  onReset(exchange: Exchange): void {
    if (!this.#open.delete(exchange) || this.#closed) return
    if (this.protocol === 'HTTP/2') this.#user.onStreamEnd()
    else this.#end('local')
  }

  #end(by: 'local' | 'remote'): void {
    if (this.#closed) return
    this.#closed = true
    this.#host.peers.delete(this)
    const open = [...this.#open]
    this.#open.clear()
    this.#user.onClosed(by)
    for (const exchange of open) {
      if (exchange.abandoned) continue
      exchange.abandoned = true
      exchange.decoder.onReset('connection termination', '')
    }
  }
}
