import { CONTINUATION, DATA, FRAME_HEAD, HEADERS, MAX_PAYLOAD, PADDED, PREFACE, SETTINGS } from './frame-types.ts'

/** Why bytes are no sequence of frames. */
export type FramingError =
  | 'http2.bad_preface'
  | 'http2.frame_too_large'
  | 'http2.bad_padding'
  | 'http2.unexpected_frame'

/** Receives frames. What a call hands over is lent until it returns. */
export interface FrameHandler {
  /** A frame begins. */
  onFrame(type: number, flags: number, stream: number, length: number): void
  /** Bytes of a DATA frame without its padding, as they come; `last`: they complete it. */
  onDataBytes(bytes: Buffer, from: number, to: number, last: boolean): void
  /** The whole payload of any other frame, padding included. Unknown types have none. */
  onPayload(type: number, flags: number, stream: number, bytes: Buffer, from: number, to: number): void
  onFramingError(error: FramingError, stream: number): void
}

const MAGIC = Buffer.from(PREFACE, 'latin1')

// What the next byte belongs to.
const IN_PREFACE = 0
const IN_HEAD = 1
const IN_PAD_LENGTH = 2
const IN_DATA = 3
const IN_PAYLOAD = 4
const SKIPPED = 5
const STOPPED = 6

/** Cuts bytes into frames, however they are split. A body is never copied; other payloads only when they came in parts. */
export class FrameReader {
  readonly #handler: FrameHandler
  #state: number
  /** Bytes of a preface, head or payload that are here already. */
  #have = 0
  readonly #head: Buffer = Buffer.allocUnsafeSlow(FRAME_HEAD)
  #payload: Buffer | undefined = undefined
  #type = 0
  #flags = 0
  #stream = 0
  #length = 0
  #padding = 0
  #first = true
  /** The stream whose header block goes on in the next frame; 0 = none. */
  #continued = 0

  constructor(handler: FrameHandler, withPreface: boolean) {
    this.#handler = handler
    this.#state = withPreface ? IN_PREFACE : IN_HEAD
  }

  /** Nothing is read any more. */
  stop(): void {
    this.#state = STOPPED
    this.#payload = undefined
  }

  read(bytes: Buffer, from: number, to: number): void {
    let i = from
    while (i < to) {
      switch (this.#state) {
        case IN_HEAD:
          i = this.#readHead(bytes, i, to)
          break
        case IN_DATA:
          i = this.#readData(bytes, i, to)
          break
        case IN_PAYLOAD:
          i = this.#readPayload(bytes, i, to)
          break
        case IN_PAD_LENGTH:
          i = this.#readPadLength(bytes, i)
          break
        case SKIPPED:
          i = this.#skip(i, to)
          break
        case IN_PREFACE:
          i = this.#readPreface(bytes, i, to)
          break
        default:
          return
      }
    }
  }

  #fail(error: FramingError, end: number): number {
    const stream = this.#stream
    this.stop()
    this.#handler.onFramingError(error, stream)
    return end
  }

  #readPreface(bytes: Buffer, from: number, to: number): number {
    let i = from
    while (i < to && this.#have < MAGIC.length) {
      if (bytes[i++] !== MAGIC[this.#have++]) return this.#fail('http2.bad_preface', to)
    }
    if (this.#have === MAGIC.length) this.#next()
    return i
  }

  #next(): void {
    this.#state = IN_HEAD
    this.#have = 0
  }

  #readHead(bytes: Buffer, from: number, to: number): number {
    if (this.#have === 0 && from + FRAME_HEAD <= to) return this.#begin(bytes, from, from + FRAME_HEAD, to)
    let i = from
    while (i < to && this.#have < FRAME_HEAD) this.#head[this.#have++] = bytes[i++]!
    return this.#have < FRAME_HEAD ? i : this.#begin(this.#head, 0, i, to)
  }

  /** A head stands at `at`; what follows it begins at `i`. */
  #begin(head: Buffer, at: number, i: number, to: number): number {
    const length = (head[at]! << 16) | (head[at + 1]! << 8) | head[at + 2]!
    const type = (this.#type = head[at + 3]!)
    const flags = (this.#flags = head[at + 4]!)
    const stream = (this.#stream =
      ((head[at + 5]! & 127) << 24) | (head[at + 6]! << 16) | (head[at + 7]! << 8) | head[at + 8]!)
    this.#length = length
    this.#have = 0
    if (this.#first && type !== SETTINGS) return this.#fail('http2.bad_preface', to)
    this.#first = false
    if (length > MAX_PAYLOAD) return this.#fail('http2.frame_too_large', to)
    if (this.#continued !== 0 ? type !== CONTINUATION || stream !== this.#continued : type === CONTINUATION)
      return this.#fail('http2.unexpected_frame', to)
    if (type === HEADERS || type === CONTINUATION) this.#continued = (flags & 4) === 0 ? stream : 0
    this.#handler.onFrame(type, flags, stream, length)
    if (this.#state === STOPPED) return to
    if (type === DATA) return this.#beginData(i)
    this.#state = type > CONTINUATION ? SKIPPED : IN_PAYLOAD
    // Nothing more need come: the frame is here as a whole.
    if (length === 0) return this.#state === SKIPPED ? this.#skip(i, to) : this.#readPayload(head, i, i)
    return i
  }

  #beginData(i: number): number {
    this.#padding = 0
    if ((this.#flags & PADDED) === 0) {
      this.#state = IN_DATA
      if (this.#length === 0) this.#endData()
    } else if (this.#length === 0) return this.#fail('http2.bad_padding', i)
    else this.#state = IN_PAD_LENGTH
    return i
  }

  #endData(): void {
    this.#handler.onDataBytes(EMPTY, 0, 0, true)
    if (this.#state !== STOPPED) this.#endOfData()
  }

  #readPadLength(bytes: Buffer, i: number): number {
    this.#padding = bytes[i]!
    this.#length -= 1 + this.#padding
    if (this.#length < 0) return this.#fail('http2.bad_padding', bytes.length)
    this.#state = IN_DATA
    if (this.#length === 0) this.#endData()
    return i + 1
  }

  #readData(bytes: Buffer, from: number, to: number): number {
    const end = Math.min(to, from + this.#length)
    this.#length -= end - from
    this.#handler.onDataBytes(bytes, from, end, this.#length === 0)
    if (this.#state === STOPPED) return to
    if (this.#length === 0) this.#endOfData()
    return end
  }

  #endOfData(): void {
    if (this.#padding === 0) return this.#next()
    this.#state = SKIPPED
    this.#length = this.#padding
  }

  #skip(from: number, to: number): number {
    const end = Math.min(to, from + this.#length)
    this.#length -= end - from
    if (this.#length === 0) this.#next()
    return end
  }

  #readPayload(bytes: Buffer, from: number, to: number): number {
    const length = this.#length
    if (this.#have === 0 && from + length <= to) return this.#whole(bytes, from, from + length)
    const payload = (this.#payload ??= Buffer.allocUnsafeSlow(length))
    const end = Math.min(to, from + length - this.#have)
    bytes.copy(payload, this.#have, from, end)
    this.#have += end - from
    if (this.#have === length) {
      this.#payload = undefined
      this.#whole(payload, 0, length)
    }
    return end
  }

  #whole(bytes: Buffer, from: number, end: number): number {
    this.#next()
    this.#handler.onPayload(this.#type, this.#flags, this.#stream, bytes, from, end)
    return end
  }
}

const EMPTY = Buffer.alloc(0)
