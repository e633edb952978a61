import type { AnyMessage, Message } from '@nuncio/config'
import type { Socket } from 'node:net'
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls'
import type { Listener } from '../live/listener.ts'
import { type Identity, inlineCertificate } from '@nuncio/tls/testing'
import { answer, ListenerHarness } from './harness.ts'

type TlsContext = Message<'envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext'>
type Common = Message<'envoy.extensions.transport_sockets.tls.v3.CommonTlsContext'>

/** A `transport_socket` with TLS towards clients. */
export function tlsSocket(
  common: Common,
  context: Omit<TlsContext, 'common_tls_context'> = {},
): { name: string; typed_config: AnyMessage } {
  const type = 'envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext'
  return {
    name: 'envoy.transport_sockets.tls',
    typed_config: { '@type': type, common_tls_context: common, ...context } as AnyMessage,
  }
}

/** What a TLS client saw. */
export interface ClientView {
  /** What the server sent before it closed. */
  readonly text: string
  /** Code of the error that ended it, '' = none. */
  readonly error: string
  readonly protocol: string
  readonly cipher: string
  readonly alpn: string
  /** Common name of the server's certificate. */
  readonly subject: string
  readonly reused: boolean
  readonly ocsp: Buffer | undefined
  /** The last session that the server handed out. */
  readonly session: Buffer | undefined
}

/** Connects with TLS, accepts any certificate, and reads until the server closes. */
export function tlsTalk(
  at: { readonly address: string; readonly port: number },
  options: ConnectionOptions = {},
  over?: Socket,
): Promise<ClientView> {
  return new Promise((resolve) => {
    const view: { -readonly [K in keyof ClientView]: ClientView[K] } = {
      text: '',
      error: '',
      protocol: '',
      cipher: '',
      alpn: '',
      subject: '',
      reused: false,
      ocsp: undefined,
      session: undefined,
    }
    const target: ConnectionOptions = over === undefined ? { host: at.address, port: at.port } : { socket: over }
    const socket: TLSSocket = connect({ ...target, rejectUnauthorized: false, ...options }, () => {
      view.protocol = socket.getProtocol() ?? ''
      view.cipher = socket.getCipher().name
      view.alpn = socket.alpnProtocol || ''
      view.subject = /CN=(.*)/.exec(socket.getPeerX509Certificate()?.subject ?? '')?.[1] ?? ''
      view.reused = socket.isSessionReused()
    })
    socket.on('session', (session: Buffer) => (view.session = session))
    socket.on('OCSPResponse', (response: Buffer) => (view.ocsp = response ?? undefined))
    socket.on('data', (chunk: Buffer) => (view.text += chunk.toString('latin1')))
    socket.on('error', (error: NodeJS.ErrnoException) => (view.error = error.code ?? error.message))
    socket.on('close', () => resolve(view))
  })
}

/** A harness for listeners with TLS; clients that connect accept any certificate. */
export class TlsHarness extends ListenerHarness {
  readonly #identity: Identity

  /** `identity` is the certificate of listeners whose configuration names none. */
  constructor(identity: Identity, options: ConstructorParameters<typeof ListenerHarness>[0] = {}) {
    super(options)
    this.#identity = identity
  }

  /** Makes a listener whose chain answers `hello` over TLS, and has it listen. */
  listenTls(
    common: Common,
    context: Omit<TlsContext, 'common_tls_context'> = {},
    extra: Message<'envoy.config.listener.v3.Listener'> = {},
  ): Promise<Listener> {
    return this.listen({
      filter_chains: [
        {
          filters: [answer('hello')],
          transport_socket: tlsSocket({ tls_certificates: [inlineCertificate(this.#identity)], ...common }, context),
        },
      ],
      ...extra,
    })
  }

  talkTls(listener: Listener, options: ConnectionOptions = {}): Promise<ClientView> {
    return tlsTalk(listener.addresses[0]!, options)
  }

  /** What making a listener with this TLS says; '' when nothing is wrong. */
  refusal(common: Common, context: Omit<TlsContext, 'common_tls_context'> = {}): string {
    const address = { socket_address: { address: '127.0.0.1', port_value: 0 } }
    try {
      this.make({
        address,
        filter_chains: [
          {
            filters: [answer()],
            transport_socket: tlsSocket({ tls_certificates: [inlineCertificate(this.#identity)], ...common }, context),
          },
        ],
      })
      return ''
    } catch (error) {
      return (error as Error).message
    }
  }

  ssl(name: string): number {
    return this.counter(`ssl.${name}`)
  }
}
