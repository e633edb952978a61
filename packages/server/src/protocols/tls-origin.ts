import type { Identity } from '@nuncio/tls/testing'
import { once } from 'node:events'
import {
  createSecureServer,
  type Http2SecureServer,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
} from 'node:http2'
import type { AddressInfo } from 'node:net'
import type { TLSSocket } from 'node:tls'

/** What an upstream with TLS saw of a request. */
export interface SeenOverTls {
  readonly serverName: string
  readonly headers: IncomingHttpHeaders
  readonly protocol: 'h2' | 'http/1.1'
  /** Common name of the proxy's certificate; '' = it showed none. */
  readonly client: string
}

/** An upstream with TLS, of HTTP/2 and HTTP/1.1, that answers `hello`. */
export class TlsOrigin implements AsyncDisposable {
  readonly #server: Http2SecureServer
  readonly #sessions = new Set<ServerHttp2Session>()
  readonly #sockets = new Set<TLSSocket>()
  readonly seen: SeenOverTls[] = []

  private constructor(identity: Identity, clients: Identity | undefined) {
    const mutual = clients === undefined ? {} : { ca: clients.cert, requestCert: true, rejectUnauthorized: true }
    const options = { cert: identity.chain, key: identity.key, allowHTTP1: true, ...mutual }
    this.#server = createSecureServer(options, (request, response) => {
      const http2 = request.httpVersionMajor === 2
      const socket = (http2 ? request.stream.session!.socket : request.socket) as TLSSocket
      this.seen.push({
        serverName: (socket as { readonly servername?: string | false }).servername || '',
        headers: request.headers,
        protocol: http2 ? 'h2' : 'http/1.1',
        client: /CN=(.*)/.exec(socket.getPeerX509Certificate()?.subject ?? '')?.[1] ?? '',
      })
      request.resume()
      response.end('hello')
    })
    this.#server.on('tlsClientError', () => {})
    this.#server.on('session', (session) => this.#sessions.add(session))
    this.#server.on('secureConnection', (socket: TLSSocket) => this.#sockets.add(socket))
  }

  /** `clients`: the authority of certificates that clients must show. */
  static async start(identity: Identity, clients?: Identity): Promise<TlsOrigin> {
    const origin = new TlsOrigin(identity, clients)
    origin.#server.listen(0, '127.0.0.1')
    await once(origin.#server, 'listening')
    return origin
  }

  get address(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const session of this.#sessions) session.destroy()
    for (const socket of this.#sockets) socket.destroy()
    this.#server.close()
    await once(this.#server, 'close')
  }
}
