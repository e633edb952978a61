import { Agent, type ClientRequest, type IncomingMessage, request as httpRequest } from 'node:http'
import { bodyOf } from './bodies.ts'

/** How a request ended for its client. */
export type Ending =
  | 'right'
  /** A whole response that belongs to another request, or that was changed. */
  | 'wrong body'
  /** The head came, and the client saw that the body broke off. */
  | 'cut'
  /** Nothing came for so long that nobody would wait. */
  | 'hang'
  /** Another status, or the connection broke before the head. */
  | 'failed'

export interface Answer {
  readonly ending: Ending
  /** What is to be said of it beside: the status or the error. */
  readonly details: string
  readonly ms: number
}

/** A client that keeps its connections. */
export class Client {
  readonly #agent: Agent
  readonly #port: number
  readonly #patienceMs: number

  constructor(port: number, connections: number, patienceMs = 10_000) {
    this.#port = port
    this.#agent = new Agent({ keepAlive: true, maxSockets: connections })
    this.#patienceMs = patienceMs
  }

  /** Sends an idempotent request for an id; never rejects. */
  ask(id: string, method: 'GET' | 'PUT' = 'GET'): Promise<Answer> {
    const began = performance.now()
    return new Promise((resolve) => {
      const end = (ending: Ending, details = ''): void => {
        clearTimeout(patience)
        resolve({ ending, details, ms: performance.now() - began })
      }
      const request = httpRequest({ host: '127.0.0.1', port: this.#port, path: `/${id}`, method, agent: this.#agent })
      const patience = setTimeout(() => {
        end('hang')
        request.destroy()
      }, this.#patienceMs)
      listen(request, id, end)
      request.end(method === 'PUT' ? bodyOf(id) : undefined)
    })
  }

  close(): void {
    this.#agent.destroy()
  }
}

function listen(request: ClientRequest, id: string, end: (ending: Ending, details?: string) => void): void {
  let response: IncomingMessage | undefined
  request.on('error', (error) => end(response === undefined ? 'failed' : 'cut', error.message))
  request.on('response', (message) => {
    response = message
    const chunks: Buffer[] = []
    message.on('data', (chunk: Buffer) => chunks.push(chunk))
    message.on('error', (error) => end('cut', error.message))
    message.on('end', () => {
      if (message.statusCode !== 200) return end('failed', String(message.statusCode))
      const right = Buffer.concat(chunks).toString() === bodyOf(id) && message.headers['x-id'] === id
      end(right ? 'right' : 'wrong body')
    })
  })
}
