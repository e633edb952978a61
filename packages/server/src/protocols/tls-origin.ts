import type { Identity } from '@nuncio/listener/testing'
import { once } from 'node:events'
import type { IncomingHttpHeaders } from 'node:http'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { TLSSocket } from 'node:tls'

/** What an upstream with TLS saw of a request. */
export interface SeenOverTls {
  readonly serverName: string
  readonly headers: IncomingHttpHeaders
  /** Common name of the proxy's certificate; '' = it showed none. */
  readonly client: string
}

/** An HTTP/1.1 upstream with TLS that answers `hello`. */
export class TlsOrigin implements AsyncDisposable {
  readonly #server: Server
  readonly seen: SeenOverTls[] = []

  private constructor(identity: Identity, clients: Identity | undefined) {
    const mutual = clients === undefined ? {} : { ca: clients.cert, requestCert: true, rejectUnauthorized: true }
    this.#server = createServer({ cert: identity.chain, key: identity.key, ...mutual }, (request, response) => {
      const socket = request.socket as TLSSocket & { readonly servername: string | false }
      this.seen.push({
        serverName: socket.servername || '',
        headers: request.headers,
        client: /CN=(.*)/.exec(socket.getPeerX509Certificate()?.subject ?? '')?.[1] ?? '',
      })
      request.resume()
      response.end('hello')
    })
    this.#server.on('tlsClientError', () => {})
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
    this.#server.closeAllConnections()
    this.#server.close()
    await once(this.#server, 'close')
  }
}
