import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'

/** An HTTP origin on a loopback port that answers its name, or whatever `on` does. */
export class Origin {
  readonly #server: Server
  readonly sockets = new Set<Socket>()
  requests = 0
  on: (request: IncomingMessage, response: ServerResponse) => void

  private constructor(server: Server, name: string) {
    this.#server = server
    this.on = (_request, response) => void response.end(name)
    server.keepAliveTimeout = 0
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      this.requests++
      this.on(request, response)
    })
    server.on('connection', (socket: Socket) => {
      this.sockets.add(socket)
      socket.on('close', () => this.sockets.delete(socket))
    })
  }

  static async listen(name = 'ok', port = 0): Promise<Origin> {
    const origin = new Origin(createServer(), name)
    await new Promise<void>((resolve) => origin.#server.listen(port, '127.0.0.1', resolve))
    return origin
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }
  get address(): string {
    return `127.0.0.1:${this.port}`
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy()
    if (this.#server.listening) await new Promise((resolve) => this.#server.close(resolve))
  }
}
