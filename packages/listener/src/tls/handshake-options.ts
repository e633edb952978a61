import type { SecureContext, TLSSocketOptions } from 'node:tls'
import type { ServerContext, ServerContexts } from './server-contexts.ts'

/** What a client is known to ask for before its handshake; everything empty when nobody looked. */
export interface ClientWishes {
  readonly serverName: string
  readonly requestedApplicationProtocols: readonly string[]
  /** `tls` when somebody looked. */
  readonly detectedTransportProtocol: string
}

/**
 * The options of server-side TLS sockets, made once for each context: a handshake allocates none.
 *
 * When somebody looked at the client's hello the context is chosen before the handshake. Otherwise it is chosen in the
 * middle of it, and then sessions are not resumed where names have different contexts: a resumed session would stay in
 * the context of another name.
 */
export class HandshakeOptions {
  readonly contexts: ServerContexts
  readonly #alpn: readonly string[]
  readonly #made = new Map<ServerContext, { readonly withAlpn: TLSSocketOptions; readonly without: TLSSocketOptions }>()
  readonly #blind: TLSSocketOptions

  /** `blind` is the context to begin a handshake with whose client nobody looked at. */
  constructor(contexts: ServerContexts, alpn: readonly string[], blind: ServerContext) {
    this.contexts = contexts
    this.#alpn = alpn
    const chosen = { ...this.#options(blind, alpn.length > 0) }
    if (contexts.several) chosen.SNICallback = (serverName, callback) => callback(null, this.#choose(serverName))
    this.#blind = chosen
  }

  for(wishes: ClientWishes): TLSSocketOptions {
    if (wishes.detectedTransportProtocol !== 'tls') return this.#blind
    const context = this.contexts.select(wishes.serverName)
    let made = this.#made.get(context)
    if (made === undefined) {
      made = { withAlpn: this.#options(context, this.#alpn.length > 0), without: this.#options(context, false) }
      this.#made.set(context, made)
    }
    return this.#agreesOn(wishes.requestedApplicationProtocols) ? made.withAlpn : made.without
  }

  /** Node ends a handshake that finds no common protocol; Envoy goes on without one, so none is offered then. */
  #agreesOn(offered: readonly string[]): boolean {
    return offered.some((protocol) => this.#alpn.includes(protocol))
  }

  /** Never throws, whatever the name. */
  #choose(serverName: string): SecureContext {
    return this.contexts.select(typeof serverName === 'string' ? serverName.toLowerCase() : '').secure
  }

  #options(context: ServerContext, withAlpn: boolean): TLSSocketOptions {
    const { requestCertificate, requireCertificate } = this.contexts
    return {
      isServer: true,
      secureContext: context.secure,
      requestCert: requestCertificate,
      // Only makes OpenSSL insist on a certificate; whether it is a good one is judged after the handshake.
      rejectUnauthorized: requireCertificate,
      ...(withAlpn && { ALPNProtocols: [...this.#alpn] }),
      ...(context.server !== undefined && { server: context.server }),
    }
  }
}
