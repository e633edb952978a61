/** A gRPC message in a body begins with a byte of flags and four of length. */
const HEAD_BYTES = 5

const EMPTY = new Uint8Array(0)

/** Counts the messages of a body that comes in pieces; keeps nothing of them. */
export class MessageCounter {
  count = 0
  #headBytes = 0
  #length = 0
  #left = 0

  read(chunk: Uint8Array): void {
    for (let i = 0; i < chunk.length;) {
      if (this.#left > 0) {
        const taken = Math.min(this.#left, chunk.length - i)
        this.#left -= taken
        i += taken
        continue
      }
      // The first byte of the head is flags.
      if (this.#headBytes > 0) this.#length = this.#length * 256 + chunk[i]!
      i++
      if (++this.#headBytes < HEAD_BYTES) continue
      this.count++
      this.#left = this.#length
      this.#headBytes = this.#length = 0
    }
  }
}

/** Puts the messages of a body together that comes in pieces. */
export class FrameReader {
  #rest = EMPTY

  /** The messages that are whole now, each with its head. */
  read(chunk: Uint8Array): Uint8Array[] {
    const bytes = this.#rest.length === 0 ? chunk : concat(this.#rest, chunk)
    const frames: Uint8Array[] = []
    let at = 0
    while (bytes.length - at >= HEAD_BYTES) {
      const view = new DataView(bytes.buffer, bytes.byteOffset + at, HEAD_BYTES)
      const end = at + HEAD_BYTES + view.getUint32(1)
      if (end > bytes.length) break
      frames.push(bytes.subarray(at, end))
      at = end
    }
    this.#rest = new Uint8Array(bytes.subarray(at))
    return frames
  }
}

/** One message with its head. */
export function frame(flags: number, body: Uint8Array): Uint8Array {
  const out = new Uint8Array(HEAD_BYTES + body.length)
  out[0] = flags
  new DataView(out.buffer).setUint32(1, body.length)
  out.set(body, HEAD_BYTES)
  return out
}

export function concat(a: Uint8Array, b: Uint8Array): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(a.length + b.length)
  out.set(a)
  out.set(b, a.length)
  return out
}
