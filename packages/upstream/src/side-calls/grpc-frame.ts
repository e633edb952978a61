/** A gRPC message with its five bytes of frame, uncompressed. */
export function grpcFrame(message: Uint8Array): Buffer {
  const frame = Buffer.allocUnsafe(5 + message.length)
  frame[0] = 0
  frame.writeUInt32BE(message.length, 1)
  frame.set(message, 5)
  return frame
}

/** Reads the one message of a unary answer out of its frame. */
export class GrpcReader {
  readonly #limit: number
  readonly #chunks: Buffer[] = []
  #size = 0

  /** `limit`: most bytes of the answer, frame included. */
  constructor(limit: number) {
    this.#limit = limit
  }

  /** Takes (and copies) more of the answer; false when it has become too large. */
  push(chunk: Uint8Array): boolean {
    this.#size += chunk.length
    if (this.#size > this.#limit) return false
    if (chunk.length > 0) this.#chunks.push(Buffer.from(chunk))
    return true
  }

  /** The message; undefined when none has come whole, when it is compressed, or when more than one came. */
  get message(): Uint8Array | undefined {
    const bytes = Buffer.concat(this.#chunks)
    if (bytes.length < 5 || bytes[0] !== 0 || bytes.readUInt32BE(1) !== bytes.length - 5) return undefined
    return bytes.subarray(5)
  }
}
