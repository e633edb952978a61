/** The request body as far as it must be kept: for retries, shadows, and until an upstream is there. */
export class RequestBody {
  readonly chunks: Uint8Array[] = []
  bytes = 0

  add(chunk: Uint8Array): void {
    if (chunk.length === 0) return
    this.chunks.push(new Uint8Array(chunk))
    this.bytes += chunk.length
  }

  /** All of it in one piece. */
  whole(): Uint8Array {
    if (this.chunks.length === 1) return this.chunks[0]!
    const out = new Uint8Array(this.bytes)
    let at = 0
    for (const chunk of this.chunks) {
      out.set(chunk, at)
      at += chunk.length
    }
    return out
  }
}
