import type { TLSSocketOptions } from 'node:tls'
import type { ServerContext, ServerContexts } from './server-contexts.ts'

/** What a client is known to ask for before its handshake. */
export interface HelloWishes {
  readonly serverName: string
  readonly protocols: readonly string[]
}

/** The options of server-side TLS sockets, made once for each context: a handshake allocates none. */
export class HandshakeOptions {
  readonly contexts: ServerContexts
  readonly #alpn: readonly string[]
  readonly #made = new Map<ServerContext, { readonly withAlpn: TLSSocketOptions; readonly without: TLSSocketOptions }>()

  constructor(contexts: ServerContexts, alpn: readonly string[]) {
    this.contexts = contexts
    this.#alpn = alpn
  }

  /**
   * Whether a handshake can only begin when it is known what the client asks for: OpenSSL could choose another context in
   * the middle of it too, but would then know only one of its certificates, and would have resumed a session of another
   * name before.
   */
  get needsWishes(): boolean {
    return this.contexts.several
  }

  /** Undefined: nobody knows what the client asks for. */
  for(wishes: HelloWishes | undefined): TLSSocketOptions {
    const context = wishes === undefined ? this.contexts.unnamed : this.contexts.select(wishes.serverName)
    let made = this.#made.get(context)
    if (made === undefined) {
      made = { withAlpn: this.#options(context, this.#alpn), without: this.#options(context, []) }
      this.#made.set(context, made)
    }
    // Node ends a handshake that finds no common protocol; Envoy goes on without one. So none is offered when it is known
    // that there is none.
    const common = wishes === undefined || wishes.protocols.some((protocol) => this.#alpn.includes(protocol))
    return common ? made.withAlpn : made.without
  }

  #options(context: ServerContext, alpn: readonly string[]): TLSSocketOptions {
    const { requestCertificate, requireCertificate } = this.contexts
    return {
      isServer: true,
      secureContext: context.secure,
      requestCert: requestCertificate,
      // Only makes OpenSSL insist on a certificate; whether it is a good one is judged after the handshake.
      rejectUnauthorized: requireCertificate,
      ...(alpn.length > 0 && { ALPNProtocols: [...alpn] }),
      ...(context.server !== undefined && { server: context.server }),
    }
  }
}
