import type { WriteBatch } from '../write-batch.ts'
import { type CodecSocket, SocketWriter } from './socket-writer.ts'

/** Received bytes that wait behind an unfinished message, before reading pauses. */
const MAX_HELD = 64 * 1024
const FIRST_HOLD = 1024

/** What both ends of HTTP/1 share: bytes that wait, and a socket whose reading is paused and resumed by count. */
export abstract class Http1Connection extends SocketWriter {
  /** Bytes received on the wire. */
  bytesReceived = 0
  /** Monotonic ms of the last bytes that came in. */
  lastReadMs: number
  /** Why the socket failed (`ECONNRESET`), '' while it did not. */
  socketError = ''
  protected readonly maxHeldBytes: number
  protected readonly maxHeadBytes: number
  /** The peer has finished writing. */
  protected readEnded = false
  /** Bytes that wait, from `holdStart` to `holdEnd`; undefined when there are none. */
  protected hold: Buffer | undefined = undefined
  protected holdStart = 0
  protected holdEnd = 0
  #disables = 0
  #full = false
  #paused = false

  constructor(socket: CodecSocket, batch: WriteBatch, secure: boolean, bufferLimit: number, maxHeadersKb: number) {
    super(socket, batch, secure)
    this.maxHeadBytes = maxHeadersKb * 1024
    this.maxHeldBytes = Math.max(Math.min(MAX_HELD, bufferLimit), 1)
    this.lastReadMs = batch.nowMs()
  }

  /** Counted: while any disable stands the peer's bytes are left in its socket. */
  readDisable(disable: boolean): void {
    if (disable) this.#disables++
    else if (this.#disables > 0) this.#disables--
    this.#applyPause()
  }

  /** Whether reading is paused, by users or because too much waits. */
  get readPaused(): boolean {
    return this.#paused
  }

  /** Forgets all disables: the stream that asked for them is gone. */
  protected clearReadDisables(): void {
    this.#disables = 0
    this.#applyPause()
  }

  /** Keeps the bytes from `start` to `end` for later; `limited` where more of them must stop the reading. */
  protected keep(bytes: Buffer, start: number, end: number, limited: boolean): void {
    if (this.hold === bytes) {
      this.holdStart = start
      this.holdEnd = end
    } else {
      this.append(bytes, start, end)
    }
    this.#setFull(limited && this.holdEnd - this.holdStart > this.maxHeldBytes)
  }

  protected append(bytes: Buffer, start: number, end: number): void {
    const held = this.holdEnd - this.holdStart
    const more = end - start
    let hold = this.hold
    if (hold === undefined || this.holdEnd + more > hold.length) {
      // Doubling keeps the copying linear, however small the pieces are.
      const larger = Buffer.allocUnsafeSlow(Math.max(FIRST_HOLD, 2 * (held + more)))
      if (hold !== undefined) hold.copy(larger, 0, this.holdStart, this.holdEnd)
      this.hold = hold = larger
      this.holdStart = 0
      this.holdEnd = held
    }
    bytes.copy(hold, this.holdEnd, start, end)
    this.holdEnd += more
  }

  /** Nothing waits any more. The memory is not used again: slices of it may still be on their way out. */
  protected dropHeld(): void {
    this.hold = undefined
    this.holdStart = this.holdEnd = 0
    this.#setFull(false)
  }

  #setFull(full: boolean): void {
    if (this.#full === full) return
    this.#full = full
    this.#applyPause()
  }

  #applyPause(): void {
    const pause = this.#disables > 0 || this.#full
    if (pause === this.#paused) return
    this.#paused = pause
    if (this.socket.destroyed) return
    if (pause) this.socket.pause()
    else this.socket.resume()
  }
}
