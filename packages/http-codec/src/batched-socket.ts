import { writeProgress } from '@nuncio/core'
import type { BatchMember, WriteBatch } from './write-batch.ts'

/** What a connection needs of its socket: a `net.Socket`, a `tls.TLSSocket`, or an in-memory stand-in. */
export interface CodecSocket {
  readonly writableLength: number
  /** Bytes that came while reading was paused. */
  readonly readableLength?: number
  readonly destroyed: boolean
  write(data: Uint8Array | string, encoding?: BufferEncoding, callback?: () => void): boolean
  cork(): void
  uncork(): void
  end(): unknown
  destroy(error?: Error): unknown
  pause(): unknown
  resume(): unknown
  // oxlint-disable-next-line typescript/no-explicit-any -- the arguments differ by event, as in node:events
  on(event: string, listener: (...args: any[]) => void): unknown
  setNoDelay?(noDelay?: boolean): unknown
}

/** A TLS socket always finishes a write later; this much may wait in it before it counts as slow. */
const TLS_WRITE_LIMIT = 128 * 1024
const NO_BYTES: Uint8Array = Buffer.alloc(0)

/** A socket that is written to when a batch ends, and notices a slow peer. */
export abstract class BatchedSocket implements BatchMember {
  readonly socket: CodecSocket
  readonly batch: WriteBatch
  /** Bytes handed to the socket, heads and framing included. */
  bytesSent = 0
  /** Whether the batch will tell us. */
  protected queued = false
  /** Nothing is written any more. */
  protected writeClosed = false
  protected readonly secure: boolean
  /** Whether a callback is under way that tells when the socket has emptied. */
  #watching = false
  readonly #limit: number
  #onWritten: (() => void) | undefined = undefined

  constructor(socket: CodecSocket, batch: WriteBatch, secure: boolean) {
    this.socket = socket
    this.batch = batch
    this.secure = secure
    this.#limit = secure ? TLS_WRITE_LIMIT : 0
  }

  abstract onBatchEnd(): void
  /** After more was written than may wait, the socket has taken what did. */
  protected abstract onDrained(): void

  /** @internal Whether more may be written now without piling up. */
  get writable(): boolean {
    return this.socket.writableLength <= this.#limit
  }

  /** See `writeProgress`. */
  get progress(): number {
    return writeProgress(this.socket)
  }

  protected enqueue(): void {
    if (this.queued) return
    this.queued = true
    this.batch.add(this)
  }

  /** Whether more may be written; if not, `onDrained` follows. */
  protected takesMore(): boolean {
    if (this.writable) return true
    if (!this.#watching) this.#watch()
    return false
  }

  #watch(): void {
    this.#watching = true
    // An empty write is called back behind all that waits; the usual write needs no callback and costs less.
    this.#onWritten ??= () => this.#written()
    this.socket.write(NO_BYTES, undefined, this.#onWritten)
  }

  #written(): void {
    this.#watching = false
    if (this.writeClosed || this.socket.destroyed) return
    if (!this.writable) return this.#watch()
    this.batch.enter()
    try {
      this.onDrained()
    } catch (error) {
      this.batch.bug(error)
      this.socket.destroy()
    } finally {
      this.batch.leave()
    }
  }
}
