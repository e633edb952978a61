import { NuncioError } from '@nuncio/core'

/** One end of a pipe between two processes. Messages are plain data; a handle may travel with one. */
export interface Port {
  /** False: the other side is gone. */
  send(message: unknown, handle?: object): boolean
  onMessage(listener: (message: unknown, handle: object | undefined) => void): void
  onClose(listener: () => void): void
}

/** What one side can be asked: by name, what is asked with and what is answered. */
export type Procedures = Readonly<Record<string, { readonly ask: unknown; readonly answer: unknown }>>

/** An answer with a handle, or a question that came with one. */
export interface WithHandle<T> {
  readonly value: T
  readonly handle: object | undefined
}

/** What answers each procedure; what it throws becomes the rejection of who asked. */
export type Handlers<P extends Procedures> = {
  readonly [K in keyof P]: (
    ask: P[K]['ask'],
    handle: object | undefined,
  ) => P[K]['answer'] | WithHandle<P[K]['answer']> | Promise<P[K]['answer'] | WithHandle<P[K]['answer']>>
}

interface Frame {
  readonly id: number
  /** Of a question. */
  readonly name?: string
  readonly value?: unknown
  readonly error?: { readonly code: NuncioError['code']; readonly message: string; readonly hint: string | undefined }
}

type Answering = Readonly<Record<string, (ask: never, handle: object | undefined) => unknown>>

interface Waiting {
  resolve(answer: WithHandle<unknown>): void
  reject(error: Error): void
}

/** Questions and answers over a port, in both directions at once. */
export class Channel<Theirs extends Procedures> {
  readonly #port: Port
  readonly #waiting = new Map<number, Waiting>()
  #handlers: Answering = {}
  #ids = 0
  closed = false

  constructor(port: Port) {
    this.#port = port
    port.onMessage((message, handle) => this.#received(message as Frame, handle))
    port.onClose(() => this.#close())
  }

  /** From now on questions of the other side are answered. */
  serve<Ours extends Procedures>(handlers: Handlers<Ours>): this {
    this.#handlers = handlers
    return this
  }

  /** Asks; rejects with what the other side threw, or with `ERR_NUNCIO_WORKER_GONE`. */
  async ask<K extends keyof Theirs & string>(
    name: K,
    value: Theirs[K]['ask'],
    handle?: object,
  ): Promise<Theirs[K]['answer']> {
    return (await this.askWithHandle(name, value, handle)).value
  }

  askWithHandle<K extends keyof Theirs & string>(
    name: K,
    value: Theirs[K]['ask'],
    handle?: object,
  ): Promise<WithHandle<Theirs[K]['answer']>> {
    const id = ++this.#ids
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject })
      if (this.closed || !this.#port.send({ id, name, value } satisfies Frame, handle)) this.#forget(id)
    })
  }

  #forget(id: number): void {
    const waiting = this.#waiting.get(id)
    this.#waiting.delete(id)
    waiting?.reject(new NuncioError('ERR_NUNCIO_WORKER_GONE', 'the other process has ended'))
  }

  #received(frame: Frame, handle: object | undefined): void {
    if (frame.name !== undefined) return void this.#answer(frame.id, frame.name, frame.value, handle)
    const waiting = this.#waiting.get(frame.id)
    this.#waiting.delete(frame.id)
    const { error } = frame
    if (error === undefined) waiting?.resolve({ value: frame.value, handle })
    else
      waiting?.reject(new NuncioError(error.code, error.message, error.hint === undefined ? {} : { hint: error.hint }))
  }

  async #answer(id: number, name: string, ask: unknown, handle: object | undefined): Promise<void> {
    try {
      const answer = await this.#handlers[name]?.(ask as never, handle)
      if (isWithHandle(answer)) this.#port.send({ id, value: answer.value } satisfies Frame, answer.handle)
      else this.#port.send({ id, value: answer } satisfies Frame)
    } catch (thrown) {
      const { code, message, hint } = thrown as NuncioError
      this.#port.send({ id, error: { code: code ?? 'ERR_NUNCIO_WORKER', message, hint } } satisfies Frame)
    }
  }

  #close(): void {
    this.closed = true
    for (const id of this.#waiting.keys()) this.#forget(id)
  }
}

function isWithHandle(answer: unknown): answer is WithHandle<unknown> {
  return typeof answer === 'object' && answer !== null && 'handle' in answer && 'value' in answer
}
