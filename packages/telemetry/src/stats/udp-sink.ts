import { createSocket, type Socket } from 'node:dgram'
import { isIPv6 } from 'node:net'
import type { Logger } from '@nuncio/core'
import type { StatsSink, StatsSnapshot } from './contracts.ts'
import { datagrams, type Dialect, statsdLines } from './statsd-lines.ts'

export interface UdpTarget {
  readonly address: string
  readonly port: number
}

/** Sends statsd lines as datagrams; what does not get through is lost, as with every statsd. */
export class UdpSink implements StatsSink {
  readonly #target: UdpTarget
  readonly #prefix: string
  readonly #dialect: Dialect
  readonly #maxBytes: number
  readonly #socket: Socket
  #complained = false

  constructor(target: UdpTarget, prefix: string, dialect: Dialect, maxBytes: number, logger: Logger) {
    this.#target = target
    this.#prefix = prefix
    this.#dialect = dialect
    this.#maxBytes = maxBytes
    this.#socket = createSocket({ type: isIPv6(target.address) ? 'udp6' : 'udp4' })
    this.#socket.unref()
    this.#socket.on('error', (error) => {
      if (!this.#complained) logger.log('warning', `statsd at ${target.address}:${target.port}: ${error.message}`)
      this.#complained = true
    })
  }

  flush(snapshot: StatsSnapshot): void {
    const lines = statsdLines(this.#prefix, this.#dialect, snapshot)
    for (const datagram of datagrams(lines, this.#maxBytes)) {
      this.#socket.send(datagram, this.#target.port, this.#target.address, ignore)
    }
  }

  close(): void {
    // Datagrams of the last flush are still on their way through the event loop.
    this.#socket.send('', this.#target.port, this.#target.address, () => this.#socket.close())
  }
}

function ignore(): void {}
