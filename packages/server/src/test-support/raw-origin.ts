import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'
import type { AddressInfo } from 'node:net'

/** An upstream that does with its connections what a test says. */
export class RawOrigin implements AsyncDisposable {
  readonly #server: Server
  readonly sockets = new Set<Socket>()
  /** Connections so far. */
  accepted = 0
  /** All bytes of each connection, as Latin-1 text. */
  readonly received: string[] = []

  private constructor(onRequest: (socket: Socket, head: string, n: number) => void) {
    this.#server = createServer({ allowHalfOpen: true }, (socket) => {
      const n = this.accepted++
      this.received[n] = ''
      this.sockets.add(socket)
      socket.on('error', () => {})
      socket.on('close', () => this.sockets.delete(socket))
      socket.on('end', () => socket.end())
      let waiting = ''
      socket.on('data', (bytes: Buffer) => {
        const text = bytes.toString('latin1')
        this.received[n] += text
        waiting += text
        for (let end = waiting.indexOf('\r\n\r\n'); end >= 0; end = waiting.indexOf('\r\n\r\n')) {
          const head = waiting.slice(0, end + 4)
          waiting = waiting.slice(end + 4)
          onRequest(socket, head, n)
        }
      })
    })
  }

  /** `onRequest` is called with each head that comes. */
  static async start(onRequest: (socket: Socket, head: string, n: number) => void): Promise<RawOrigin> {
    const origin = new RawOrigin(onRequest)
    origin.#server.listen(0, '127.0.0.1')
    await once(origin.#server, 'listening')
    return origin
  }

  get address(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.sockets) socket.destroy()
    this.#server.close()
    await once(this.#server, 'close')
  }
}

/** An answer with a length. */
export function ok(body: string, extra = ''): string {
  return `HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\n${extra}\r\n${body}`
}

/** Sends bytes and reads until the other side closes. */
export async function exchange(port: number, bytes: string): Promise<string> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
  socket.on('error', () => {})
  socket.write(bytes, 'latin1')
  let text = ''
  socket.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')))
  socket.on('end', () => socket.end())
  await once(socket, 'close')
  return text
}

/** A GET that asks for the connection to be closed behind the answer. */
export function get(path = '/', extra = ''): string {
  return `GET ${path} HTTP/1.1\r\nhost: test\r\nconnection: close\r\n${extra}\r\n`
}

/** Waits, by turns of the event loop, until something on its way has come true. */
export async function until(condition: () => boolean): Promise<void> {
  for (let turn = 0; !condition(); turn++) {
    if (turn === 50_000) throw new Error(`waited in vain for ${condition.toString()}`)
    await new Promise((resolve) => setImmediate(resolve))
  }
}
