import { EventEmitter, once } from 'node:events'
import { connect } from 'node:net'

/** What went wrong with a request, in words, and how long after the beginning. */
export interface Failure {
  readonly why: string
  readonly atMs: number
}

/**
 * Clients that each send a request, on a connection of its own, as soon as the one before is answered; every answer is
 * checked.
 */
export class ClosedLoop {
  readonly failures: Failure[] = []
  completed = 0
  readonly #port: number
  readonly #startedMs = performance.now()
  readonly #clients: Promise<void>[]
  readonly #answers = new EventEmitter()
  #stopped = false

  constructor(port: number, clients: number, expected: string) {
    this.#port = port
    this.#clients = Array.from({ length: clients }, () => this.#run(expected))
  }

  /** Lets requests that are under way end. */
  async stop(): Promise<void> {
    this.#stopped = true
    await Promise.all(this.#clients)
  }

  /** Settles when so many more requests are answered. */
  async more(requests: number): Promise<void> {
    const until = this.completed + requests
    while (this.completed < until) await once(this.#answers, 'answer')
  }

  async #run(expected: string): Promise<void> {
    while (!this.#stopped) {
      const why = await this.#request(expected)
      if (why === undefined) this.#count()
      else this.failures.push({ why, atMs: performance.now() - this.#startedMs })
    }
  }

  #count(): void {
    this.completed++
    this.#answers.emit('answer')
  }

  async #request(expected: string): Promise<string | undefined> {
    const socket = connect({ port: this.#port, host: '127.0.0.1' })
    let text = ''
    let error = ''
    socket.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')))
    socket.on('error', (thrown: NodeJS.ErrnoException) => (error = thrown.code ?? thrown.message))
    socket.write('GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n')
    // Not `once` of node:events, which rejects when an error comes first.
    await new Promise((resolve) => socket.once('close', resolve))
    if (error !== '') return error
    if (text.startsWith('HTTP/1.1 200') && text.endsWith(`\r\n\r\n${expected}`)) return undefined
    return text === '' ? 'closed without an answer' : text.slice(0, 60)
  }
}
