import { NO_BYTES, latin1 } from './bytes.ts'
import type { BatchMember, WriteBatch } from '../write-batch.ts'

/** What a connection needs of its socket: a `net.Socket`, a `tls.TLSSocket`, or an in-memory stand-in. */
export interface CodecSocket {
  readonly writableLength: number
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

/** Up to this many bytes, head and body go out as one string: Node hands it to one write(2) from the stack (16 KiB). */
const JOIN_LIMIT = 15_000
/** A TLS socket always finishes a write later; this much may wait in it before it counts as slow. */
const TLS_WRITE_LIMIT = 128 * 1024

/** The writing half of a connection: joins small writes, never copies large ones, notices a slow peer. */
export abstract class SocketWriter implements BatchMember {
  readonly socket: CodecSocket
  readonly batch: WriteBatch
  /** Bytes handed to the socket, heads and framing included. */
  bytesSent = 0
  /** Latin-1 text that waits for the end of the batch. */
  protected text = ''
  /** Whether the batch will tell us. */
  protected queued = false
  /** Nothing is written any more. */
  protected writeClosed = false
  /** Whether a callback is under way that tells when the socket has emptied. */
  #watching = false
  readonly #limit: number
  #onWritten: (() => void) | undefined = undefined

  constructor(socket: CodecSocket, batch: WriteBatch, secure: boolean) {
    this.socket = socket
    this.batch = batch
    this.#limit = secure ? TLS_WRITE_LIMIT : 0
  }

  /** Bytes that the kernel has not taken yet. */
  get unwritten(): number {
    return this.text.length + this.socket.writableLength
  }

  abstract onBatchEnd(): void
  /** After more was written than may wait, the socket has taken what did. */
  protected abstract onDrained(): void

  // What follows is for the streams of the connection, not for its users.

  /** @internal Whether more may be written now without piling up. */
  get writable(): boolean {
    return this.socket.writableLength <= this.#limit
  }

  /** @internal Writes text when the batch ends, or earlier with other bytes. */
  writeText(text: string): void {
    if (this.writeClosed) return
    this.text = this.text === '' ? text : this.text + text
    if (this.text.length > JOIN_LIMIT) this.flushText()
    else this.enqueue()
  }

  /** @internal Writes lent bytes between two texts that may be empty. False: the peer is slow. */
  writeBytes(before: string, chunk: Uint8Array, after: string): boolean {
    if (this.writeClosed) return true
    const head = before === '' ? this.text : this.text + before
    const total = head.length + chunk.length + after.length
    if (total <= JOIN_LIMIT) {
      const body = latin1(chunk, 0, chunk.length)
      this.text = after === '' ? head + body : head + body + after
      this.enqueue()
      return this.writable
    }
    this.text = ''
    this.bytesSent += total
    const socket = this.socket
    if (head === '' && after === '') {
      socket.write(chunk)
    } else {
      socket.cork()
      if (head !== '') socket.write(head, 'latin1')
      socket.write(chunk)
      if (after !== '') socket.write(after, 'latin1')
      socket.uncork()
    }
    if (socket.writableLength !== 0) this.batch.retained = true
    return this.#takesMore()
  }

  /** Hands waiting text to the socket. */
  protected flushText(): void {
    const text = this.text
    if (text === '') return
    this.text = ''
    if (this.writeClosed) return
    this.bytesSent += text.length
    this.socket.write(text, 'latin1')
    this.#takesMore()
  }

  protected enqueue(): void {
    if (this.queued) return
    this.queued = true
    this.batch.add(this)
  }

  /** Whether more may be written; if not, `onDrained` follows. */
  #takesMore(): boolean {
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
    } finally {
      this.batch.leave()
    }
  }
}
