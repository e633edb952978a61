import { readFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import { gzipSync } from 'node:zlib'

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
}

interface Sent {
  readonly name: string
  /** Of its compressed body. */
  readonly bytes: number
  /** When it was asked for, by the wall clock. */
  readonly at: number
}

/** The built page behind a plain file server, below a path of its own, compressed as any host does. */
export class PageServer {
  readonly url: string
  /** Every file that was asked for and is there, in order. */
  readonly sent: Sent[] = []
  /** Requests that were no GET. */
  posts = 0
  readonly #server: Server

  private constructor(server: Server, base: string) {
    this.#server = server
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}${base}`
  }

  static async start(folder: string, base = '/some/where/'): Promise<PageServer> {
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const page = new PageServer(server, base)
    server.on('request', (request, response) => {
      if (request.method !== 'GET') page.posts++
      const at = Date.now()
      const { pathname } = new URL(request.url ?? '/', 'http://page')
      const name = pathname.startsWith(base) ? pathname.slice(base.length) || 'index.html' : ''
      void readFile(path.join(folder, path.normalize(`/${name}`))).then(
        (body) => {
          const packed = gzipSync(body)
          page.sent.push({ name, bytes: packed.length, at })
          response.writeHead(200, {
            'content-type': TYPES[path.extname(name)] ?? 'application/octet-stream',
            'content-encoding': 'gzip',
          })
          response.end(packed)
        },
        () => response.writeHead(404).end(),
      )
    })
    return page
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }
}
