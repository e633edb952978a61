import type { CodecSocket } from '../batched-socket.ts'

type Listener = (...args: never[]) => void

/**
 * A socket without a network, for tests: what comes in is pushed, what goes out is kept. Data is delivered at once;
 * everything else that a socket tells (`close`, `finish`, resumed data) comes after the running call, as in Node.
 */
export class MemorySocket implements CodecSocket {
  /** Everything written so far, as Latin-1 text. */
  sent = ''
  /** How many times bytes were handed to the kernel; corked writes count once. */
  writes = 0
  /** How many times `write` was called. */
  calls = 0
  ended = false
  destroyed = false
  paused = false
  writableLength = 0
  readonly #listeners = new Map<string, Listener[]>()
  readonly #later: (() => void)[] = []
  readonly #input: (Buffer | undefined)[] = []
  #queue: { data: Uint8Array | string; callback: (() => void) | undefined }[] = []
  #stalled = false
  #corked = 0
  #depth = 0
  #readEnded = false
  #closed = false
  #finished = false

  // What the codec calls.

  on(event: string, listener: Listener): this {
    const list = this.#listeners.get(event)
    if (list === undefined) this.#listeners.set(event, [listener])
    else list.push(listener)
    return this
  }

  /** For events that come once. */
  prependOnceListener(event: string, listener: Listener): this {
    this.#listeners.set(event, [listener, ...(this.#listeners.get(event) ?? [])])
    return this
  }

  write(data: Uint8Array | string, _encoding?: BufferEncoding, callback?: () => void): boolean {
    if (this.destroyed || this.ended) return false
    this.calls++
    // Bytes are looked at when the kernel takes them, as with a real socket.
    this.writableLength += data.length
    this.#queue.push({ data, callback })
    if (this.#corked === 0) this.#flush()
    return this.writableLength === 0
  }

  cork(): void {
    this.#corked++
  }

  uncork(): void {
    if (--this.#corked === 0) this.#flush()
  }

  end(): this {
    if (this.ended || this.destroyed) return this
    this.ended = true
    this.#soon(() => this.#finish())
    return this
  }

  destroy(): this {
    if (this.destroyed) return this
    this.destroyed = true
    this.#queue = []
    this.#soon(() => this.#close())
    return this
  }

  pause(): this {
    this.paused = true
    return this
  }

  resume(): this {
    this.paused = false
    this.#soon(() => this.#deliver())
    return this
  }

  setNoDelay(): this {
    return this
  }

  // What the test calls.

  /** Bytes from the peer. */
  push(data: string | Uint8Array): void {
    this.#input.push(typeof data === 'string' ? Buffer.from(data, 'latin1') : Buffer.from(data))
    this.#deliver()
  }

  /** The peer's FIN. */
  pushEnd(): void {
    this.#input.push(undefined)
    this.#deliver()
  }

  /** The peer's RST. */
  pushReset(): void {
    if (this.destroyed) return
    this.destroyed = true
    this.#enter(() => {
      this.#emit('error', Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' }))
      this.#close()
    })
  }

  /** From now on the kernel takes nothing; `false` lets everything go that waits. */
  stall(stalled: boolean): void {
    this.#stalled = stalled
    if (!stalled) this.#enter(() => this.#flush())
  }

  /** Tells an event by hand, such as `connect`. */
  emit(event: string): void {
    this.#enter(() => this.#emit(event))
  }

  /** Runs `task` as one callback of the event loop: what it causes to be told later is told when it returns. */
  run(task: () => void): void {
    this.#enter(task)
  }

  #deliver(): void {
    this.#enter(() => {
      while (!this.paused && !this.destroyed && this.#input.length > 0) {
        const data = this.#input.shift()
        if (data !== undefined) {
          this.#emit('data', data)
          continue
        }
        this.#readEnded = true
        this.#emit('end')
        this.#finish()
      }
    })
  }

  #flush(): void {
    if (this.#stalled || this.#queue.length === 0) return
    const queue = this.#queue
    this.#queue = []
    this.writableLength = 0
    let written = ''
    for (const { data } of queue) written += typeof data === 'string' ? data : textOf(data)
    if (written !== '') {
      this.writes++
      this.sent += written
    }
    for (const { callback } of queue) if (callback !== undefined) this.#soon(callback)
    if (this.ended) this.#soon(() => this.#finish())
  }

  #finish(): void {
    if (!this.ended || this.destroyed || this.writableLength > 0) return
    if (!this.#finished) {
      this.#finished = true
      this.#emit('finish')
    }
    if (!this.#readEnded) return
    this.destroyed = true
    this.#soon(() => this.#close())
  }

  #close(): void {
    if (this.#closed) return
    this.#closed = true
    this.#emit('close')
  }

  #soon(task: () => void): void {
    this.#later.push(task)
    if (this.#depth === 0) queueMicrotask(() => this.#enter(() => {}))
  }

  #enter(task: () => void): void {
    if (this.#depth > 0) return task()
    this.#depth++
    try {
      task()
      for (let next = this.#later.shift(); next !== undefined; next = this.#later.shift()) next()
    } finally {
      this.#depth--
    }
  }

  #emit(event: string, ...args: unknown[]): void {
    for (const listener of this.#listeners.get(event) ?? []) listener.apply(this as never, args as never[])
  }
}

function textOf(data: Uint8Array): string {
  return Buffer.from(data.buffer, data.byteOffset, data.length).toString('latin1')
}
