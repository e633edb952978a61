/**
 * Bytes of one stream on one side of the proxy, as whoever moves them counts them. They grow while the stream runs.
 * Header bytes are those of head and trailers: in HTTP/1 the field lines without the start line, in HTTP/2 whole frames.
 */
export interface BytesMeter {
  /** Bytes on the wire, heads and framing included. */
  readonly wireBytesReceived: number
  readonly wireBytesSent: number
  /** Of a received line of HTTP/1, Envoy counts name, value, and three bytes of what is around them. */
  readonly headerBytesReceived: number
  readonly headerBytesSent: number
  /** Names and values before HPACK; what is not compressed counts as above. */
  readonly decompressedHeaderBytesReceived: number
  readonly decompressedHeaderBytesSent: number
}

/** Of several tries one after the other: what they moved together. */
export class SummedBytes implements BytesMeter {
  readonly #first: BytesMeter
  readonly #second: BytesMeter

  constructor(first: BytesMeter, second: BytesMeter) {
    this.#first = first
    this.#second = second
  }

  get wireBytesReceived(): number {
    return this.#first.wireBytesReceived + this.#second.wireBytesReceived
  }
  get wireBytesSent(): number {
    return this.#first.wireBytesSent + this.#second.wireBytesSent
  }
  get headerBytesReceived(): number {
    return this.#first.headerBytesReceived + this.#second.headerBytesReceived
  }
  get headerBytesSent(): number {
    return this.#first.headerBytesSent + this.#second.headerBytesSent
  }
  get decompressedHeaderBytesReceived(): number {
    return this.#first.decompressedHeaderBytesReceived + this.#second.decompressedHeaderBytesReceived
  }
  get decompressedHeaderBytesSent(): number {
    return this.#first.decompressedHeaderBytesSent + this.#second.decompressedHeaderBytesSent
  }
}

/** Of a connection without a protocol: what goes through it, and no headers. */
export class RawBytes implements BytesMeter {
  wireBytesReceived = 0
  wireBytesSent = 0
  readonly headerBytesReceived = 0
  readonly headerBytesSent = 0
  readonly decompressedHeaderBytesReceived = 0
  readonly decompressedHeaderBytesSent = 0
}
