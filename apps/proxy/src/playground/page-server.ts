import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { PageFile } from './page-files.ts'

/** Serves the playground and one configuration, on loopback only. */
export class PageServer implements AsyncDisposable {
  readonly #server: Server
  readonly #files: ReadonlyMap<string, PageFile>
  readonly #source: () => Uint8Array

  /** `source` is asked anew each time that the page asks for its configuration, at `/source`. */
  constructor(files: readonly PageFile[], source: () => Uint8Array) {
    this.#files = new Map(files.map((file) => [`/${file.name}`, file]))
    this.#source = source
    this.#server = createServer((request, response) => void this.#answer(request, response))
  }

  /** Answers the URL of the page. Rejects with the system's error. */
  async listen(port: number): Promise<string> {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    this.#server.once('error', reject)
    this.#server.listen(port, '127.0.0.1', resolve)
    await promise
    return `http://127.0.0.1:${this.#port}/`
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#server.close(() => resolve())
    this.#server.closeAllConnections()
    await promise
  }

  get #port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    // A page of somebody else's must not read the configuration by a name that resolves to this machine.
    const ours = [`127.0.0.1:${this.#port}`, `localhost:${this.#port}`]
    if (!ours.includes(request.headers.host ?? '')) return end(response, 403, 'this host is not allowed here\n')
    if (request.method !== 'GET' && request.method !== 'HEAD') return end(response, 405, 'only GET is answered\n')
    const path = (request.url ?? '/').split(/[?#]/, 1)[0]!
    try {
      if (path === '/source') return end(response, 200, this.#source())
      const file = this.#files.get(path)
      if (file === undefined) return end(response, 404, 'there is no such file\n')
      return end(response, 200, await file.read(), file.contentType)
    } catch (error) {
      return end(response, 500, `${error instanceof Error ? error.message : String(error)}\n`)
    }
  }
}

function end(
  response: ServerResponse,
  status: number,
  body: string | Uint8Array,
  type = 'text/plain; charset=utf-8',
): void {
  response.writeHead(status, { 'content-type': type, 'cache-control': 'no-cache', 'x-content-type-options': 'nosniff' })
  response.end(body)
}
