import type { RawReader } from '@nuncio/cluster'
import { ReadBuffer } from '@nuncio/http-codec'
import type { OnReadOpts } from 'node:net'

/** A read that takes this much is one of many: they are cheaper in larger pieces. */
const BULK = 64 * 1024

/** Reads a socket into the same memory again and again (`onread` of node:net), for whoever takes the bytes. */
export class SocketReader implements RawReader {
  readonly #memory = new ReadBuffer()
  #take: ((chunk: Uint8Array) => 'done' | 'kept' | 'pause') | undefined = undefined

  /** For `net.connect`. */
  readonly onread: OnReadOpts = {
    buffer: this.#memory.next,
    callback: (length, memory) => this.#read(memory.subarray(0, length)),
  }

  start(take: (chunk: Uint8Array) => 'done' | 'kept' | 'pause'): void {
    this.#take = take
  }

  /** The socket is closed. */
  release(): void {
    this.#memory.release()
  }

  #read(chunk: Uint8Array): boolean {
    const memory = this.#memory
    memory.lend()
    const verdict = this.#take!(chunk)
    const pause = verdict === 'pause'
    // Bytes of a pause stay where they are until the next read: this memory must not go to anybody else.
    memory.consumed(chunk.length, verdict === 'kept', pause || chunk.length >= BULK)
    if (pause) memory.lend()
    return !pause
  }
}
