import { Deadline } from '@nuncio/core'
import { PREFACE } from '@nuncio/http-codec'
import type { ConnectionObserver, NetworkConnection } from '@nuncio/listener'
import type { HttpConnectionManager } from './http-connection-manager.ts'

/** How long an idle connection that drains is still open for a request that may be on its way. */
export const QUIET_MS = 1000

/** Whether bytes begin an HTTP/2 connection; undefined: too few to tell. */
export function looksLikeHttp2(bytes: Buffer): boolean | undefined {
  const n = Math.min(bytes.length, PREFACE.length)
  if (bytes.toString('latin1', 0, n) !== PREFACE.slice(0, n)) return false
  return n === PREFACE.length ? true : undefined
}

/** Waits for the first bytes of a connection without ALPN, which tell HTTP/2 with prior knowledge from HTTP/1. */
export class ProtocolChoice extends Deadline implements ConnectionObserver {
  readonly #manager: HttpConnectionManager
  readonly #connection: NetworkConnection
  #bytes: Buffer
  readonly #onData = (chunk: Buffer): void => this.#more(chunk)
  readonly #onEnd = (): void => this.#connection.close('now', 'remote_close')

  constructor(manager: HttpConnectionManager, connection: NetworkConnection, first: Buffer) {
    super()
    this.#manager = manager
    this.#connection = connection
    this.#bytes = first
  }

  start(): void {
    const { socket } = this.#connection
    socket.on('data', this.#onData)
    socket.on('end', this.#onEnd)
    this.#connection.observe(this)
    const { idleTimeoutMs } = this.#manager.info
    if (idleTimeoutMs > 0) this.#manager.wheel.arm(this, this.#manager.time.monotonicMs() + idleTimeoutMs)
  }

  #more(chunk: Buffer): void {
    this.#bytes = this.#bytes.length === 0 ? chunk : Buffer.concat([this.#bytes, chunk])
    const http2 = looksLikeHttp2(this.#bytes)
    if (http2 === undefined) return
    const { socket } = this.#connection
    socket.removeListener('data', this.#onData)
    socket.removeListener('end', this.#onEnd)
    this.#manager.wheel.cancel(this)
    this.#connection.unobserve(this)
    this.#manager.begin(this.#connection, http2, this.#bytes)
  }

  onConnectionDrain(): void {
    if (!this.#connection.drainClose()) return
    this.#manager.wheel.arm(this, this.#manager.time.monotonicMs() + QUIET_MS)
  }

  onConnectionClose(): void {
    const { stats, time, wheel } = this.#manager
    const { closedHere, info } = this.#connection
    wheel.cancel(this)
    stats.disconnected(info.tls !== undefined, time.monotonicMs() - info.startMs, closedHere, false)
  }

  override onDeadline(): void {
    const { draining } = this.#connection
    if (!draining) this.#manager.stats.cxIdleTimeout.inc()
    this.#connection.close('flush', draining ? 'drained' : 'idle_timeout')
  }
}
