const HEAD_END = Buffer.from('\r\n\r\n')
const LAST_CHUNK = Buffer.from('0\r\n\r\n')

/** Finds the ends of the responses of one connection. Good for a benchmark's origin, not for strangers. */
export class ResponseScanner {
  status = 0
  /** The response ends with its connection, or asked for it to be closed. */
  closes = false
  /** Bytes of the body to come; -1 while the head is, -2 for chunks. */
  #left = -1
  #head: Buffer | undefined
  #tail = Buffer.alloc(0)

  /** Takes what arrived and says whether the response is whole; requests are not pipelined, so nothing follows it. */
  push(chunk: Buffer): boolean {
    if (this.#left === -1) {
      const all = this.#head ? Buffer.concat([this.#head, chunk]) : chunk
      const end = all.indexOf(HEAD_END)
      if (end < 0) {
        this.#head = all
        return false
      }
      this.#head = undefined
      this.#readHead(all.toString('latin1', 0, end))
      return this.#body(all.subarray(end + 4))
    }
    return this.#body(chunk)
  }

  #readHead(head: string): void {
    this.status = Number(head.slice(9, 12))
    const lower = head.toLowerCase()
    this.closes = lower.includes('\r\nconnection: close')
    const at = lower.indexOf('\r\ncontent-length: ')
    this.#left = at >= 0 ? Number.parseInt(lower.slice(at + 18), 10) : lower.includes('chunked') ? -2 : 0
  }

  #body(chunk: Buffer): boolean {
    if (this.#left === -2) {
      this.#tail = Buffer.concat([this.#tail, chunk]).subarray(-LAST_CHUNK.length)
      if (!this.#tail.equals(LAST_CHUNK)) return false
      this.#tail = Buffer.alloc(0)
      this.#left = -1
      return true
    }
    this.#left -= chunk.length
    if (this.#left > 0) return false
    this.#left = -1
    return true
  }
}
