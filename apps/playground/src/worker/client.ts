import type { CallName, Calls, OwnMessages, ReplyMessage } from './protocol.ts'

type Args<C extends CallName> = C extends 'simulate' ? [Parameters<Calls['simulate']>[0]] : Parameters<Calls[C]>

interface Waiting {
  readonly resolve: (value: never) => void
  readonly reject: (error: Error) => void
  readonly onProgress: ((share: number) => void) | undefined
}

/** An error that a worker answered with. */
class WorkerFailure extends Error {
  readonly hint: string
  constructor(message: string, hint: string) {
    super(message)
    this.hint = hint
  }
}

let own: OwnMessages | undefined

/** Has every worker that starts from now on know these messages: people's own, as JSON. */
export function tellWorkers(messages: string): void {
  own = { messages }
}

/** A worker that answers calls. It starts with the first one, and again with the first one after `stop`. */
export class WorkerClient {
  #worker: Worker | undefined = undefined
  #id = 0
  readonly #waiting = new Map<number, Waiting>()

  /** Loads the worker before there is anything to ask. */
  start(): void {
    this.#worker ??= this.#start()
  }

  /** Rejects with `WorkerFailure`. */
  call<C extends CallName>(
    name: C,
    args: Args<C>,
    onProgress?: (share: number) => void,
  ): Promise<Awaited<ReturnType<Calls[C]>>> {
    const worker = (this.#worker ??= this.#start())
    const id = ++this.#id
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject, onProgress })
      worker.postMessage({ id, call: name, args })
    })
  }

  /** Ends whatever it does; what was asked is rejected. */
  stop(reason = 'stopped'): void {
    this.#worker?.terminate()
    this.#worker = undefined
    const waiting = [...this.#waiting.values()]
    this.#waiting.clear()
    for (const { reject } of waiting) reject(new WorkerFailure(reason, ''))
  }

  #start(): Worker {
    const worker = new Worker(new URL('main.ts', import.meta.url), { type: 'module' })
    worker.addEventListener('message', ({ data }: MessageEvent<ReplyMessage>) => this.#onReply(data))
    worker.addEventListener('error', (event) => this.stop(event.message || 'the worker failed'))
    if (own !== undefined) worker.postMessage(own)
    return worker
  }

  #onReply(reply: ReplyMessage): void {
    const waiting = this.#waiting.get(reply.id)
    if (waiting === undefined) return
    if ('progress' in reply) return waiting.onProgress?.(reply.progress)
    this.#waiting.delete(reply.id)
    if ('error' in reply) waiting.reject(new WorkerFailure(reply.error, reply.hint))
    else waiting.resolve(reply.result as never)
  }
}
