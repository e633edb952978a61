import { FRAME_HEAD, PADDED, WITH_PRIORITY } from '../frames/frame-types.ts'

/** The header block of one message, put together from a HEADERS frame and what continues it. */
export class HeaderBlock {
  stream = 0
  endStream = false
  /** The stream that it depends on is itself. */
  dependsOnItself = false
  bytes: Buffer
  from = 0
  to = 0
  /** Bytes of all its frames. */
  wireBytes = 0
  #owned: Buffer | undefined = undefined
  readonly #maxBytes: number

  /** `maxBytes`: the most that is put together. */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
    this.bytes = NOTHING
  }

  /** Takes the payload of a HEADERS frame; -1: its padding or priority does not fit, else what it carries in bytes. */
  begin(stream: number, flags: number, bytes: Buffer, start: number, end: number): number {
    let from = start
    let to = end
    this.wireBytes = FRAME_HEAD + end - start
    this.dependsOnItself = false
    if ((flags & PADDED) !== 0) to -= from < end ? bytes[from++]! : 1
    if ((flags & WITH_PRIORITY) !== 0) {
      if (from + 5 > to) return -1
      this.dependsOnItself = (bytes.readUInt32BE(from) & 0x7fff_ffff) === stream
      from += 5
    }
    if (from > to) return -1
    this.stream = stream
    this.endStream = (flags & 1) !== 0
    this.bytes = bytes
    this.from = from
    this.to = to
    return to - from
  }

  /** The block goes on in another frame: keeps what is here. */
  keep(): void {
    const length = this.to - this.from
    const owned = Buffer.allocUnsafeSlow(Math.max(2 * length, 1024))
    this.bytes.copy(owned, 0, this.from, this.to)
    this.bytes = this.#owned = owned
    this.from = 0
    this.to = length
  }

  /** Adds the payload of a CONTINUATION frame; false: it is too much. */
  append(bytes: Buffer, from: number, to: number): boolean {
    const length = this.to + to - from
    if (length > this.#maxBytes) return false
    this.wireBytes += FRAME_HEAD + to - from
    let owned = this.#owned!
    if (length > owned.length) {
      owned = Buffer.allocUnsafeSlow(2 * length)
      this.#owned!.copy(owned, 0, 0, this.to)
      this.bytes = this.#owned = owned
    }
    bytes.copy(owned, this.to, from, to)
    this.to = length
    return true
  }

  forget(): void {
    this.bytes = NOTHING
    this.#owned = undefined
  }
}

const NOTHING = Buffer.alloc(0)
