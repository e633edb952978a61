import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { bodyOf } from './bodies.ts'
import { type Fault, NO_FAULT } from './fault.ts'

/** An origin over real sockets that answers each id with its body, or fails as it is told. */
export class Origin {
  readonly ip: string
  port = 0
  /** Requests that came. */
  requests = 0
  /** Uploads that were not what belongs to their id: a message was cut or mixed on its way. */
  wrongUploads = 0
  /** How long an answer takes, ms. */
  readonly latencyMs: number
  #fault: Fault = NO_FAULT
  #server: Server | undefined = undefined
  readonly #sockets = new Set<Socket>()

  constructor(ip: string, latencyMs = 0) {
    this.ip = ip
    this.latencyMs = latencyMs
  }

  get address(): string {
    return `${this.ip}:${this.port}`
  }
  get fault(): Fault {
    return this.#fault
  }

  /** Listens; on a free port when `port` is 0. */
  async listen(port: number): Promise<void> {
    const server = createServer((request, response) => this.#onRequest(request, response))
    server.on('connection', (socket) => {
      this.#sockets.add(socket)
      socket.on('close', () => this.#sockets.delete(socket))
      socket.on('error', () => {})
    })
    server.on('clientError', (_error, socket) => socket.destroy())
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(port, this.ip, resolve)
    })
    this.#server = server
    this.port = (server.address() as { port: number }).port
  }

  /** Begins to fail in this way, or stops to. */
  async suffer(fault: Fault): Promise<void> {
    const before = this.#fault
    this.#fault = fault
    if (fault.kind === 'killed') await this.close()
    else if (before.kind === 'killed') await this.listen(this.port)
    // What was paused will never be answered.
    else if (before.kind === 'paused') this.#reset()
  }

  async close(): Promise<void> {
    const server = this.#server
    this.#server = undefined
    this.#reset()
    if (server !== undefined) await new Promise((resolve) => server.close(resolve))
  }

  #reset(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy()
  }

  #onRequest(request: IncomingMessage, response: ServerResponse): void {
    this.requests++
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('error', () => {})
    request.on('end', () => {
      const id = request.url!.slice(1)
      if (request.method === 'PUT' && Buffer.concat(chunks).toString() !== bodyOf(id)) this.wrongUploads++
      const fault = this.#fault
      if (fault.kind === 'paused') return
      const delayMs = this.latencyMs + (fault.kind === 'slow' ? fault.ms : 0)
      if (delayMs === 0) this.#answer(id, response)
      else setTimeout(() => this.#answer(id, response), delayMs)
    })
  }

  #answer(id: string, response: ServerResponse): void {
    const fault = this.#fault
    const body = bodyOf(id)
    if (fault.kind === 'broken') return breakOff(response.socket, whole(id, body), fault)
    response.on('error', () => {})
    response.writeHead(fault.kind === 'status' ? fault.code : 200, { 'x-id': id })
    response.end(body)
  }
}

function whole(id: string, body: string): Buffer {
  return Buffer.from(`HTTP/1.1 200 OK\r\nx-id: ${id}\r\ncontent-length: ${body.length}\r\n\r\n${body}`)
}

function breakOff(socket: Socket | null, message: Buffer, fault: Extract<Fault, { kind: 'broken' }>): void {
  if (socket === null || socket.destroyed) return
  const end = (): void => void (fault.how === 'reset' ? socket.resetAndDestroy() : socket.destroy())
  if (fault.atByte === 0) end()
  else socket.write(message.subarray(0, Math.min(fault.atByte, message.length)), end)
}
