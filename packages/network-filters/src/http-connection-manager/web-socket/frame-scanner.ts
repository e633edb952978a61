const CLOSE = 8
const LONGEST_HEADER = 14

/** Follows the frames of one direction of a WebSocket (RFC 6455, section 5.2) without keeping their content. */
export class FrameScanner {
  readonly #header = new Uint8Array(LONGEST_HEADER)
  #headerLength = 0
  /** Bytes of the frame's content that are still to come. */
  #left = 0
  /** Whether a close frame has begun: nothing but it may follow. */
  sawClose = false

  /** Whether the next byte begins a frame. */
  get atBoundary(): boolean {
    return this.#headerLength === 0 && this.#left === 0
  }

  /** Reads on over all of a chunk. */
  scan(chunk: Uint8Array): void {
    for (let at = 0; at < chunk.length;) at = this.#step(chunk, at)
  }

  /** Reads on to the next boundary; answers where it is, or the chunk's length when it is not in there. */
  scanToBoundary(chunk: Uint8Array): number {
    let at = 0
    while (at < chunk.length && !this.atBoundary) at = this.#step(chunk, at)
    return at
  }

  /** One byte of a header, or all that is here of a content. */
  #step(chunk: Uint8Array, at: number): number {
    if (this.#left > 0) {
      const taken = Math.min(this.#left, chunk.length - at)
      this.#left -= taken
      return at + taken
    }
    this.#header[this.#headerLength++] = chunk[at]!
    if (this.#headerLength === headerLength(this.#header, this.#headerLength)) {
      this.#left = contentLength(this.#header)
      if ((this.#header[0]! & 0x0f) === CLOSE) this.sawClose = true
      this.#headerLength = 0
    }
    return at + 1
  }
}

/** Length of a header of which the first bytes are known; 0 = not known yet. */
function headerLength(header: Uint8Array, known: number): number {
  if (known < 2) return 0
  const length = header[1]! & 0x7f
  const mask = (header[1]! & 0x80) === 0 ? 0 : 4
  return 2 + (length === 126 ? 2 : length === 127 ? 8 : 0) + mask
}

function contentLength(header: Uint8Array): number {
  const length = header[1]! & 0x7f
  if (length < 126) return length
  const bytes = length === 126 ? 2 : 8
  let value = 0
  for (let i = 0; i < bytes; i++) value = value * 256 + header[2 + i]!
  return value
}
