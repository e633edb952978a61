import type { BytesMeter, HeaderMap, RequestEncoder, RequestHeaders, ResetReason, ResponseHeaders } from '@nuncio/core'
import { Duplex } from 'node:stream'
import type {
  Host,
  HttpPool,
  PendingConnection,
  PoolFailure,
  TcpPoolCallbacks,
  UpstreamCallbacks,
  UpstreamConnection,
} from '../upstream.ts'

/** Who opens a tunnel, beside those that a raw connection has too. */
export interface TunnelOwner {
  /** The head to open it with on this connection. */
  tunnelRequest(connection: UpstreamConnection): RequestHeaders
  /** A stream is there for it, whose codec counts its bytes. */
  onTunnelStream(bytes: BytesMeter | undefined): void
  /** What the other end of the tunnel answered, good or bad. */
  onTunnelHeaders(headers: ResponseHeaders): void
  onTunnelTrailers(trailers: HeaderMap): void
}

const NOTHING = new Uint8Array(0)

/**
 * A stream of HTTP that bytes run through both ways as through a socket: a `CONNECT`, or a `POST` whose answer begins
 * before its body ends. It becomes usable, and is handed over by `onPoolReady`, when a 2xx has come.
 */
export class Tunnel extends Duplex implements UpstreamCallbacks, PendingConnection {
  readonly #owner: TunnelOwner
  readonly #callbacks: TcpPoolCallbacks
  #pending: PendingConnection | undefined = undefined
  #encoder: RequestEncoder | undefined = undefined
  #connection: UpstreamConnection | undefined = undefined
  #host: Host | undefined = undefined
  #open = false
  #over = false
  #sentEnd = false
  #receivedEnd = false
  #held = false
  /** Of the write that waits for room. */
  #written: (() => void) | undefined = undefined

  constructor(owner: TunnelOwner, callbacks: TcpPoolCallbacks) {
    super({ allowHalfOpen: true })
    this.#owner = owner
    this.#callbacks = callbacks
  }

  /** Asks a pool for a stream; undefined when the answer was given at once. */
  start(pool: HttpPool): PendingConnection | undefined {
    const pending = pool.newStream(this)
    if (this.#over) return undefined
    if (this.#encoder === undefined) this.#pending = pending
    return this.#open ? undefined : this
  }

  cancel(): void {
    this.#pending?.cancel()
    this.#pending = undefined
    this.destroy()
  }

  // ── the pool ──

  onPoolReady(encoder: RequestEncoder, host: Host, connection: UpstreamConnection): void {
    this.#pending = undefined
    this.#encoder = encoder
    this.#host = host
    this.#connection = connection
    this.#owner.onTunnelStream(encoder.bytes)
    encoder.encodeHeaders(this.#owner.tunnelRequest(connection), false)
  }

  onPoolFailure(reason: PoolFailure, host: Host | undefined, details: string): void {
    this.#pending = undefined
    this.#over = true
    this.#callbacks.onPoolFailure(reason, host, details)
  }

  // ── from upstream ──

  onInformational(): void {}

  onHeaders(headers: ResponseHeaders, endStream: boolean): void {
    const { status } = headers
    this.#receivedEnd = endStream
    this.#owner.onTunnelHeaders(headers)
    if (status < 200 || status > 299 || endStream) return this.#refused(`tunnel_response:${status}`)
    this.#open = true
    this.#callbacks.onPoolReady(this, this.#host!, this.#connection!)
  }

  onData(chunk: Uint8Array, endStream: boolean): void {
    // Bytes are lent, and a reader may be slow.
    const room = chunk.length === 0 || this.push(Buffer.from(chunk))
    if (endStream) this.#end()
    else if (!room) this.#hold(true)
  }

  onTrailers(trailers: HeaderMap): void {
    this.#owner.onTunnelTrailers(trailers)
    this.#end()
  }

  onReset(reason: ResetReason, details: string): void {
    this.#over = true
    if (this.#open) this.destroy(Object.assign(new Error(`${reason} ${details}`), { code: 'ECONNRESET' }))
    else this.#callbacks.onPoolFailure('remote connection failure', this.#host, details)
  }

  onWritable(): void {
    const written = this.#written
    this.#written = undefined
    written?.()
  }

  #refused(details: string): void {
    this.destroy()
    this.#callbacks.onPoolFailure('remote connection failure', this.#host, details)
  }

  #end(): void {
    this.#receivedEnd = true
    this.push(null)
  }

  #hold(held: boolean): void {
    if (this.#held === held || this.#over || this.#receivedEnd) return
    this.#held = held
    this.#encoder!.readDisable(held)
  }

  // ── as a socket ──

  override _read(): void {
    this.#hold(false)
  }

  override _write(chunk: Uint8Array, _encoding: BufferEncoding, written: () => void): void {
    if (this.#over || this.#encoder!.encodeData(chunk, false)) written()
    else this.#written = written
  }

  override _final(done: () => void): void {
    this.#sentEnd = true
    if (!this.#over) this.#encoder!.encodeData(NOTHING, true)
    done()
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    const whole = this.#sentEnd && this.#receivedEnd
    const encoder = this.#over || whole ? undefined : this.#encoder
    this.#over = true
    this.#written = undefined
    encoder?.reset('local reset')
    done(error)
  }

  /** Closes it when all that was written has gone out. */
  destroySoon(): void {
    if (this.writable) this.end()
    if (this.writableFinished) this.destroy()
    else this.once('finish', () => this.destroy())
  }

  /** Ends it at once; the other end sees a reset. */
  resetAndDestroy(): void {
    this.destroy()
  }
}
