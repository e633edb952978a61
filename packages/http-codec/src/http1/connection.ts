import { HeaderTable } from '@nuncio/core'
import type { WriteBatch } from '../write-batch.ts'
import { CR, latin1, LF } from './bytes.ts'
import { CHUNK_DATA, CHUNK_END, CHUNK_ERROR, ChunkDecoder } from './chunks.ts'
import {
  CONTENT_LENGTH,
  type HeadKind,
  type HeadParser,
  HOST_LINE,
  MALFORMED,
  TRANSFER_ENCODING,
} from './head-parser.ts'
import { cleanTrailers } from './hop-by-hop.ts'
import type { Http1Options } from './options.ts'
import { giveParser, takeParser } from './parser-pool.ts'
import type { CodecSocket } from '../batched-socket.ts'
import { SocketWriter } from './socket-writer.ts'

// What the next received byte belongs to.

/** To nothing that was asked for. */
export const IDLE = 0
export const HEAD = 1
/** To a body of known length. */
export const LENGTH = 2
export const CHUNKS = 3
export const TRAILERS = 4
/** To a body that ends with the connection. */
export const REST = 5
/** To a later message: it waits until the present one is over. */
export const LATER = 6
export const IN_PIPE = 7
/** To nothing any more: it is thrown away. */
export const NOTHING = 8

/** Received bytes that wait behind an unfinished message, before reading pauses. */
const MAX_HELD = 64 * 1024
const FIRST_HOLD = 1024
/** Whoever puts framing into trailers wants two readers to disagree. */
const NEVER_IN_TRAILERS = (1 << CONTENT_LENGTH) | (1 << TRANSFER_ENCODING) | (1 << HOST_LINE)

interface Counted {
  wireBytesReceived: number
}

/**
 * What both ends of HTTP/1 share: bytes that wait, a socket whose reading is paused and resumed by count, and the reading
 * of bodies.
 */
export abstract class Http1Connection extends SocketWriter {
  /** Bytes received on the wire. */
  bytesReceived = 0
  /** Monotonic ms of the last bytes that came in. */
  lastReadMs: number
  /** Why the socket failed (`ECONNRESET`), '' while it did not. */
  socketError = ''
  readonly options: Http1Options
  protected state: number
  /** Bytes that are missing of a body of known length. */
  protected left = 0
  protected readonly maxHeadBytes: number
  /** While a head or a trailer section is being read. */
  protected parser: HeadParser | undefined = undefined
  protected chunks: ChunkDecoder | undefined = undefined
  /** The peer has finished writing. */
  protected readEnded = false
  /** Bytes that wait, from `holdStart` to `holdEnd`; undefined when there are none. */
  protected hold: Buffer | undefined = undefined
  protected holdStart = 0
  protected holdEnd = 0
  #disables = 0
  #full = false
  #paused = false

  readonly #maxHeldBytes: number

  constructor(socket: CodecSocket, batch: WriteBatch, secure: boolean, options: Http1Options, state: number) {
    super(socket, batch, secure)
    this.options = options
    this.state = state
    this.maxHeadBytes = options.maxHeadersKb * 1024
    this.#maxHeldBytes = Math.max(Math.min(MAX_HELD, options.bufferLimit), 1)
    this.lastReadMs = batch.nowMs()
  }

  /** The message in progress. */
  abstract stream: Counted | undefined
  /** Bytes of a body, from `from` to `to`; `alone`: nothing came behind them. */
  protected abstract body(bytes: Buffer, from: number, to: number, last: boolean, alone: boolean): void
  /** A body ended with trailers. */
  protected abstract bodyTrailers(trailers: HeaderTable, alone: boolean): void
  /** What came cannot be understood; answers `end`, where reading goes on. */
  protected abstract malformed(details: string, end: number): number

  /** Counted: while any disable stands the peer's bytes are left in its socket. */
  readDisable(disable: boolean): void {
    if (disable) this.#disables++
    else if (this.#disables > 0) this.#disables--
    this.#applyPause()
  }

  /** Bytes that came and nobody has read yet. */
  get unread(): number {
    return this.holdEnd - this.holdStart + (this.socket.readableLength ?? 0)
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
    this.#setFull(limited && this.holdEnd - this.holdStart > this.#maxHeldBytes)
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

  protected parserFor(kind: HeadKind, emptyLines: number): HeadParser {
    let { parser } = this
    if (parser === undefined) {
      parser = this.parser = takeParser()
      parser.begin(kind, this.options.maxHeadersCount, emptyLines)
    }
    return parser
  }

  protected forgetParser(): void {
    const { parser } = this
    this.parser = undefined
    if (parser !== undefined) giveParser(parser)
  }

  protected beginChunks(): void {
    this.chunks ??= new ChunkDecoder()
    this.chunks.reset()
  }

  /** Bytes of the message in progress have come. */
  protected count(bytes: number): void {
    const { stream } = this
    if (stream !== undefined) stream.wireBytesReceived += bytes
  }

  /** Reads in a body of known length; answers where the bytes behind it begin. */
  protected readLength(bytes: Buffer, i: number, end: number): number {
    const next = Math.min(end, i + this.left)
    this.left -= next - i
    this.count(next - i)
    this.body(bytes, i, next, this.left === 0, next === end)
    return next
  }

  /** Reads in a chunked body, up to its trailer section. */
  protected readChunks(bytes: Buffer, from: number, end: number): number {
    const chunks = this.chunks!
    let i = from
    // Data is handed on one chunk late, so that the last piece can say that it is the last.
    let dataStart = 0
    let dataEnd = -1
    while (i < end) {
      const next = chunks.step(bytes, i, end)
      this.count(next - i)
      i = next
      if (chunks.event === CHUNK_ERROR) return this.malformed(chunks.error, end)
      if (chunks.event === CHUNK_END) {
        if (i + 1 < end && bytes[i] === CR && bytes[i + 1] === LF) {
          this.count(2)
          this.body(bytes, dataStart, Math.max(dataStart, dataEnd), true, i + 2 === end)
          return i + 2
        }
        if (dataEnd >= 0) this.body(bytes, dataStart, dataEnd, false, false)
        if (this.state === CHUNKS) this.state = TRAILERS
        return i
      }
      if (chunks.event === CHUNK_DATA) {
        if (dataEnd >= 0) this.body(bytes, dataStart, dataEnd, false, false)
        if (this.state !== CHUNKS) return end
        dataStart = chunks.dataStart
        dataEnd = chunks.dataEnd
      }
    }
    if (dataEnd >= 0) this.body(bytes, dataStart, dataEnd, false, true)
    return end
  }

  /** Reads the trailer section; -1: it is not all there. */
  protected readTrailers(bytes: Buffer, i: number, end: number): number {
    const parser = this.parserFor('trailers', 0)
    const length = parser.parse(bytes, i, end)
    if (length === MALFORMED) return this.malformed(parser.error, end)
    if ((length < 0 ? end - i : length) > this.maxHeadBytes) return this.malformed('http1.trailers_too_large', end)
    if (length < 0) return -1
    if ((parser.seen & NEVER_IN_TRAILERS) !== 0) return this.malformed('http1.bad_trailer', end)
    const alone = i + length === end
    this.count(length)
    if (parser.count === 0 || !this.options.enableTrailers) {
      this.forgetParser()
      this.body(bytes, i, i, true, alone)
      return i + length
    }
    const table = new HeaderTable()
    table.raw = latin1(bytes, i, i + length - 2)
    table.offsets = parser.offsets
    table.ids = parser.ids
    table.count = parser.count
    parser.take()
    this.forgetParser()
    cleanTrailers(table)
    this.bodyTrailers(table, alone)
    return i + length
  }
}
