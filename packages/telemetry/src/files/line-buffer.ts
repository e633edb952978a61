/** Bytes of a buffer's chunk: what Envoy, too, writes at once. */
const CHUNK_SIZE = 64 * 1024
/** Bytes that wait at most; what comes on top is dropped. */
export const MAX_BUFFERED = 8 * 1024 * 1024

/** Lines that wait to be written, in order. Whole chunks are recycled, so a steady log allocates nothing. */
export interface Chunk {
  readonly bytes: Buffer
  used: number
  lines: number
}

/**
 * Collects lines in chunks of 64 KiB, 8 MiB in all. The bytes of a line are its Latin-1 characters, which is the form
 * that formatters print. Lines are never cut: a long one gets a chunk of its own.
 */
export class LineBuffer {
  /** Bytes that wait, those of a chunk that is being written included. */
  bytes = 0
  readonly #limit: number
  readonly #full: Chunk[] = []
  #current: Chunk = chunk(CHUNK_SIZE)
  #spare: Chunk | undefined = undefined

  constructor(limit = MAX_BUFFERED) {
    this.#limit = limit
  }

  /** Takes a line; false when there is no room for it. */
  push(line: string): boolean {
    const size = line.length
    if (this.bytes + size > this.#limit) return false
    if (size > CHUNK_SIZE - this.#current.used) {
      if (this.#current.used > 0) this.#seal()
      if (size > CHUNK_SIZE) {
        const own = chunk(size)
        own.used = own.bytes.write(line, 0, 'latin1')
        own.lines = 1
        this.#full.push(own)
        this.bytes += size
        return true
      }
    }
    const current = this.#current
    current.used += current.bytes.write(line, current.used, 'latin1')
    current.lines++
    this.bytes += size
    return true
  }

  /** Whether a whole chunk waits. */
  get hasFullChunk(): boolean {
    return this.#full.length > 0 || this.#current.used >= CHUNK_SIZE
  }

  /** The chunk that comes next, which the caller writes and then gives back; undefined when nothing waits. */
  take(): Chunk | undefined {
    if (this.#full.length === 0 && this.#current.used > 0) this.#seal()
    return this.#full.shift()
  }

  /** Takes back a chunk whose bytes are written or lost. */
  release(done: Chunk): void {
    this.bytes -= done.used
    if (done.bytes.length !== CHUNK_SIZE) return
    done.used = 0
    done.lines = 0
    this.#spare = done
  }

  #seal(): void {
    this.#full.push(this.#current)
    this.#current = this.#spare ?? chunk(CHUNK_SIZE)
    this.#spare = undefined
  }
}

function chunk(size: number): Chunk {
  return { bytes: Buffer.allocUnsafeSlow(size), used: 0, lines: 0 }
}
