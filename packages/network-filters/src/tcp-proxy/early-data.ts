import type { Socket } from 'node:net'

/** Told when the client has said something, or that it said all that it had to say. */
export interface EarlyDataOwner {
  onEarlyData(): void
  onEarlyEnd(): void
}

/** What a client sends before there is an upstream: taken up to a limit, then left to the kernel. */
export class EarlyData {
  readonly #socket: Socket
  readonly #limit: number
  readonly #owner: EarlyDataOwner
  readonly #chunks: Buffer[] = []
  #size = 0
  readonly #onData = (chunk: Buffer): void => this.#add(chunk)
  readonly #onEnd = (): void => this.#owner.onEarlyEnd()

  constructor(socket: Socket, limit: number, owner: EarlyDataOwner) {
    this.#socket = socket
    this.#limit = limit
    this.#owner = owner
  }

  /** Takes from now on; `first` are bytes that were read before. */
  start(first: Buffer | undefined): void {
    this.#socket.on('data', this.#onData)
    this.#socket.on('end', this.#onEnd)
    this.#socket.resume()
    // Pauses what is more than may be taken; whoever is told may take it all at once, and has the say from then on.
    if (first !== undefined) this.#add(first)
  }

  #add(chunk: Buffer): void {
    this.#chunks.push(chunk)
    this.#size += chunk.length
    if (this.#size > this.#limit) this.#socket.pause()
    this.#owner.onEarlyData()
  }

  /** Stops taking, and answers what there is. */
  take(): Buffer | undefined {
    this.#socket.pause()
    this.#socket.off('data', this.#onData)
    this.#socket.off('end', this.#onEnd)
    return this.#size === 0 ? undefined : Buffer.concat(this.#chunks)
  }
}
