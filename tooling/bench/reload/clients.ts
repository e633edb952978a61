import { connect, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { bodyOf } from './checked-body.ts'

/** How a request failed. */
export const FAILURES = ['refused', 'reset', 'lost', 'status', 'body', 'timeout', 'handshake'] as const
export type Failure = (typeof FAILURES)[number]

/** What clients saw. */
export class Tally {
  requests = 0
  connections = 0
  readonly failures = new Map<Failure, number>()
  readonly latenciesMs: number[] = []
  /** The first few, in words. */
  readonly examples: string[] = []

  fail(kind: Failure, words: string): void {
    this.failures.set(kind, (this.failures.get(kind) ?? 0) + 1)
    if (this.examples.length < 10) this.examples.push(`${kind}: ${words}`)
  }

  get failed(): number {
    return [...this.failures.values()].reduce((sum, count) => sum + count, 0)
  }
}

export interface ClientOptions {
  readonly port: number
  readonly tls: boolean
  /** A new connection for each request. */
  readonly newConnections: boolean
  readonly tally: Tally
  readonly running: () => boolean
}

const TIMEOUT_MS = 10_000
let number = 0

/**
 * A client in a closed loop: asks, checks the answer to the last byte, asks again. A connection that the proxy said it would
 * close is replaced; one that closes under a request that was sent is a failure, whatever a browser would do about it.
 */
export async function runClient(options: ClientOptions): Promise<void> {
  const { tally, running } = options
  while (running()) {
    const connection = await Connection.open(options)
    if (connection === undefined) continue
    while (running() && connection.usable) {
      const path = `/route-${number % 7}/${number++}`
      const began = performance.now()
      tally.requests++
      const failure = await connection.ask(path)
      if (failure === undefined) tally.latenciesMs.push(performance.now() - began)
      else tally.fail(...failure)
      if (options.newConnections) break
    }
    connection.close()
  }
}

class Connection {
  readonly #socket: Socket
  #text = ''
  #closed = false
  #error = ''
  #wake: () => void = () => {}
  usable = true

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.setEncoding('latin1')
    socket.on('data', (text: string) => {
      this.#text += text
      this.#wake()
    })
    socket.on('error', (error: NodeJS.ErrnoException) => (this.#error = error.code ?? error.message))
    socket.on('end', () => this.#over())
    socket.on('close', () => this.#over())
  }

  /** Undefined after counting why not. */
  static async open({ port, tls, tally }: ClientOptions): Promise<Connection | undefined> {
    tally.connections++
    const socket = tls
      ? connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false })
      : connect({ port, host: '127.0.0.1', noDelay: true })
    const connected = await new Promise<string | undefined>((resolve) => {
      const timer = setTimeout(() => resolve('timed out'), TIMEOUT_MS)
      socket.once(tls ? 'secureConnect' : 'connect', () => resolve(undefined))
      socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message))
      socket.once('close', () => resolve('closed'))
      socket.once('newListener', () => clearTimeout(timer))
    })
    if (connected === undefined) return new Connection(socket)
    tally.requests++
    tally.fail(connected === 'ECONNREFUSED' ? 'refused' : tls ? 'handshake' : 'reset', connected)
    socket.destroy()
    return undefined
  }

  async ask(path: string): Promise<[Failure, string] | undefined> {
    this.#text = ''
    this.#socket.write(`GET ${path} HTTP/1.1\r\nhost: bench.example\r\n\r\n`)
    const deadline = performance.now() + TIMEOUT_MS
    for (;;) {
      const head = this.#text.indexOf('\r\n\r\n')
      const length = head < 0 ? -1 : Number(/\r\ncontent-length: *(\d+)/i.exec(this.#text.slice(0, head))?.[1] ?? -1)
      if (head >= 0 && length >= 0 && this.#text.length >= head + 4 + length) return this.#check(path, head)
      if (this.#closed) {
        this.usable = false
        if (this.#error !== '') return ['reset', `${this.#error} after ${this.#text.length} bytes`]
        return ['lost', `closed after ${this.#text.length} bytes of the answer`]
      }
      if (performance.now() > deadline) {
        this.usable = false
        return ['timeout', path]
      }
      await this.#more()
    }
  }

  #check(path: string, head: number): [Failure, string] | undefined {
    const status = this.#text.slice(9, 12)
    if (/\r\nconnection: *close/i.test(this.#text.slice(0, head))) this.usable = false
    if (status !== '200') return ['status', `${status} for ${path}`]
    return this.#text.slice(head + 4) === bodyOf(path) ? undefined : ['body', path]
  }

  #more(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, 1000)
      this.#wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }

  #over(): void {
    this.#closed = true
    this.usable = false
    this.#wake()
  }

  close(): void {
    this.#socket.destroy()
  }
}
