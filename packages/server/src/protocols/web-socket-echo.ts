import { once } from 'node:events'
import { WebSocketServer } from 'ws'

/** A WebSocket upstream that echoes; the text `close:<code>` has it close with that code. */
export class WebSocketEcho implements AsyncDisposable {
  readonly #server = new WebSocketServer({ port: 0, host: '127.0.0.1', handleProtocols: () => 'second' })
  readonly requests: { url: string | undefined; headers: Record<string, unknown> }[] = []
  /** Close codes that clients sent. */
  readonly closes: [number, string][] = []

  private constructor() {
    this.#server.on('connection', (socket, request) => {
      this.requests.push({ url: request.url, headers: request.headers })
      socket.on('close', (code, reason) => this.closes.push([code, reason.toString()]))
      socket.on('message', (data: Buffer, binary) => {
        const close = binary ? null : /^close:(\d+)$/.exec(data.toString())
        if (close) socket.close(Number(close[1]), 'as you wish')
        else socket.send(data, { binary })
      })
    })
  }

  static async start(): Promise<WebSocketEcho> {
    const echo = new WebSocketEcho()
    await once(echo.#server, 'listening')
    return echo
  }

  get address(): string {
    return `127.0.0.1:${(this.#server.address() as { port: number }).port}`
  }
  get open(): number {
    return this.#server.clients.size
  }

  /** Sends a text to all clients. */
  push(text: string): void {
    for (const socket of this.#server.clients) socket.send(text)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#server.clients) socket.terminate()
    await new Promise((resolve) => this.#server.close(resolve))
  }
}
