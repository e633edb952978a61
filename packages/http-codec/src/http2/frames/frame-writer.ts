import { BatchedSocket } from '../../batched-socket.ts'
import {
  CONTINUATION,
  DATA,
  END_HEADERS,
  END_STREAM,
  FRAME_HEAD,
  GOAWAY,
  HEADERS,
  MAX_PAYLOAD,
  PING,
  RST_STREAM,
  SETTINGS,
  WINDOW_UPDATE,
} from './frame-types.ts'
import { giveOutput, takeOutput } from './output-buffers.ts'

/** Writes frames: what is written in one batch leaves in one write. Lent bytes are copied. */
export abstract class FrameWriter extends BatchedSocket {
  /** Frames, and those of them that answer or refuse something, that were written since the socket last had room. */
  protected outboundFrames = 0
  protected outboundControlFrames = 0
  /** DATA frames so far. */
  protected dataFrames = 0
  #buffer: Buffer | undefined = undefined
  #at = 0

  /** Bytes that the kernel has not taken yet. */
  get unwritten(): number {
    return this.#at + this.socket.writableLength
  }

  protected writePreface(preface: string): void {
    this.#at += this.#room(preface.length).write(preface, this.#at, 'latin1')
  }

  /** Settings as pairs of identifier and value. */
  protected writeSettings(settings: readonly (readonly [id: number, value: number])[], ack: boolean): void {
    const buffer = this.#control(SETTINGS, ack ? 1 : 0, 0, 6 * settings.length)
    for (const [id, value] of settings) {
      buffer.writeUInt16BE(id, this.#at)
      buffer.writeUInt32BE(value, this.#at + 2)
      this.#at += 6
    }
  }

  protected writePing(payload: Uint8Array, ack: boolean): void {
    this.#control(PING, ack ? 1 : 0, 0, 8).set(payload, this.#at)
    this.#at += 8
  }

  protected writeReset(stream: number, code: number): void {
    this.#uint32(this.#control(RST_STREAM, 0, stream, 4), code)
  }

  protected writeWindowUpdate(stream: number, increment: number): void {
    this.#uint32(this.#frame(WINDOW_UPDATE, 0, stream, 4), increment)
  }

  protected writeGoaway(lastStream: number, code: number, debug: string): void {
    const buffer = this.#frame(GOAWAY, 0, 0, 8 + debug.length)
    this.#uint32(buffer, lastStream)
    this.#uint32(buffer, code)
    this.#at += buffer.write(debug, this.#at, 'latin1')
  }

  /** A header block, in as many frames as it takes. Answers how many bytes that were. */
  protected writeHeaders(stream: number, block: Buffer, length: number, endStream: boolean): number {
    const first = Math.min(length, MAX_PAYLOAD)
    const flags = (endStream ? END_STREAM : 0) | (first === length ? END_HEADERS : 0)
    this.#copy(this.#frame(HEADERS, flags, stream, first), block, 0, first)
    let written = FRAME_HEAD + first
    for (let from = first; from < length;) {
      const to = Math.min(length, from + MAX_PAYLOAD)
      this.#copy(this.#frame(CONTINUATION, to === length ? END_HEADERS : 0, stream, to - from), block, from, to)
      written += FRAME_HEAD + to - from
      from = to
    }
    return written
  }

  /** One DATA frame of at most `MAX_PAYLOAD` bytes. */
  protected writeData(stream: number, bytes: Uint8Array, from: number, to: number, endStream: boolean): void {
    this.dataFrames++
    const buffer = this.#frame(DATA, endStream ? END_STREAM : 0, stream, to - from)
    if (from === 0 && to === bytes.length) buffer.set(bytes, this.#at)
    else buffer.set(bytes.subarray(from, to), this.#at)
    this.#at += to - from
  }

  /** Hands what waits to the socket. */
  protected flush(): void {
    const buffer = this.#buffer
    if (buffer === undefined) return
    const bytes = buffer.subarray(0, this.#at)
    this.#buffer = undefined
    this.#at = 0
    if (this.writeClosed) return giveOutput(buffer)
    this.bytesSent += bytes.length
    if (this.secure) {
      // TLS always keeps what it is given for a while.
      this.socket.write(Buffer.from(bytes))
      giveOutput(buffer)
    } else this.socket.write(bytes)
    if (!this.secure && this.socket.writableLength === 0) giveOutput(buffer)
    if (this.takesMore()) this.outboundFrames = this.outboundControlFrames = 0
  }

  #copy(buffer: Buffer, block: Buffer, from: number, to: number): void {
    block.copy(buffer, this.#at, from, to)
    this.#at += to - from
  }

  #uint32(buffer: Buffer, value: number): void {
    const at = this.#at
    buffer[at] = value >>> 24
    buffer[at + 1] = (value >>> 16) & 255
    buffer[at + 2] = (value >>> 8) & 255
    buffer[at + 3] = value & 255
    this.#at = at + 4
  }

  #control(type: number, flags: number, stream: number, length: number): Buffer {
    this.outboundControlFrames++
    return this.#frame(type, flags, stream, length)
  }

  /** Writes the head of a frame; there is room for its payload behind. */
  #frame(type: number, flags: number, stream: number, length: number): Buffer {
    this.outboundFrames++
    const buffer = this.#room(FRAME_HEAD + length)
    const at = this.#at
    buffer[at] = length >>> 16
    buffer[at + 1] = (length >>> 8) & 255
    buffer[at + 2] = length & 255
    buffer[at + 3] = type
    buffer[at + 4] = flags
    buffer[at + 5] = stream >>> 24
    buffer[at + 6] = (stream >>> 16) & 255
    buffer[at + 7] = (stream >>> 8) & 255
    buffer[at + 8] = stream & 255
    this.#at = at + FRAME_HEAD
    return buffer
  }

  #room(bytes: number): Buffer {
    if (this.#buffer !== undefined && this.#at + bytes > this.#buffer.length) this.flush()
    if (this.#buffer === undefined) this.enqueue()
    return (this.#buffer ??= takeOutput())
  }
}
