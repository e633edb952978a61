import { connect, type Socket } from 'node:net'
import type { Logger } from '@nuncio/core'
import type { StatsSink, StatsSnapshot } from './contracts.ts'
import { plainDialect, statsdLines } from './statsd-lines.ts'

/** Bytes that may wait for a slow statsd, as in Envoy; beyond them flushes are dropped. */
const MAX_BUFFERED = 16 * 1024 * 1024

type HostOf = () => { readonly address: string; readonly port: number } | undefined

/** Sends statsd lines over one connection to a host of a cluster, made when it is needed and made anew when lost. */
export class TcpSink implements StatsSink {
  readonly #hostOf: HostOf
  readonly #prefix: string
  readonly #logger: Logger
  #socket: Socket | undefined = undefined
  #complained = false
  #closed = false

  constructor(hostOf: HostOf, prefix: string, logger: Logger) {
    this.#hostOf = hostOf
    this.#prefix = prefix
    this.#logger = logger
  }

  flush(snapshot: StatsSnapshot): void {
    const lines = statsdLines(this.#prefix, plainDialect, snapshot)
    if (lines.length === 0 || this.#closed) return
    this.#socket ??= this.#connect()
    if (this.#socket === undefined || this.#socket.writableLength > MAX_BUFFERED) return
    this.#socket.write(`${lines.join('\n')}\n`)
  }

  close(): void {
    this.#closed = true
    this.#socket?.end()
    this.#socket = undefined
  }

  #connect(): Socket | undefined {
    const host = this.#hostOf()
    if (host === undefined) return this.#complain('no host to connect to')
    const socket = connect({ host: host.address, port: host.port })
    socket.unref()
    socket.on('connect', () => {
      this.#complained = false
    })
    // Nothing is expected from it, but an end is noticed by reading.
    socket.resume()
    socket.on('error', (error) => this.#complain(error.message))
    socket.on('close', () => {
      if (this.#socket === socket) this.#socket = undefined
    })
    return socket
  }

  #complain(why: string): undefined {
    if (!this.#complained) this.#logger.log('warning', `statsd over TCP: ${why}`)
    this.#complained = true
    return undefined
  }
}
