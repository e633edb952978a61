import { once } from 'node:events'
import { createServer, type Http2Server, type IncomingHttpHeaders, type ServerHttp2Session } from 'node:http2'
import type { AddressInfo } from 'node:net'

/** An HTTP/2 upstream that takes requests and answers none. */
export class StalledHttp2 implements AsyncDisposable {
  readonly #server: Http2Server = createServer()
  readonly #sessions = new Set<ServerHttp2Session>()
  /** Heads of all requests so far. */
  readonly headers: IncomingHttpHeaders[] = []
  /** Streams that have not ended. */
  open = 0

  private constructor() {
    this.#server.on('session', (session) => {
      this.#sessions.add(session)
      session.on('close', () => this.#sessions.delete(session))
    })
    this.#server.on('stream', (stream, headers) => {
      this.open++
      this.headers.push(headers)
      stream.on('error', () => {})
      stream.on('close', () => this.open--)
      stream.resume()
    })
  }

  static async start(): Promise<StalledHttp2> {
    const upstream = new StalledHttp2()
    upstream.#server.listen(0, '127.0.0.1')
    await once(upstream.#server, 'listening')
    return upstream
  }

  get address(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const session of this.#sessions) session.destroy()
    this.#server.close()
    await once(this.#server, 'close')
  }
}
