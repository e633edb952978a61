import type { Message } from '@nuncio/config'
import { type Counter, type StatsScope, type TlsInfo, unmoved } from '@nuncio/core'
import { isIP } from 'node:net'
import type { ConnectionOptions, TLSSocket } from 'node:tls'
import { SocketTlsInfo } from '../certificates/tls-info.ts'
import { tlsErrorText, tlsFailureText } from '../errors.ts'
import { LiveMaterial, type TlsEnvironment } from '../material/live-material.ts'
import { decideParameters } from '../parameters.ts'
import { maySign } from '../peer/key-usage.ts'
import type { Peer } from '../peer/peer-verifier.ts'
import { TlsStats } from '../stats.ts'
import { buildClientContext, type ClientContext } from './client-context.ts'
import { type Session, Sessions } from './sessions.ts'

type UpstreamTlsContext = Message<'envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext'>

/** What a client is made in; `place` is that of the `UpstreamTlsContext`. */
export interface TlsClientOptions extends Omit<TlsEnvironment, 'onUpdate' | 'onUpdateFailed'> {
  /** `cluster.<name>.` */
  readonly stats: StatsScope
}

/** What one connection asks for beside the configuration. */
export interface ClientWishes {
  /** SNI; '' = as configured. */
  readonly serverName: string
  /** Names of which the peer's certificate must have one; empty = none asked. */
  readonly verifyNames: readonly string[]
}

/** Whom a handshake is with. */
export interface ClientTarget {
  /** Sessions are kept apart by it. */
  readonly address: string
  /** `hostname` of the endpoint, '' = none: the server name with `auto_host_sni`. */
  readonly hostname: string
}

/** A handshake's result: what to tell about it, or why the connection may not be used (without key material). */
export type HandshakeResult = { readonly info: TlsInfo } | { readonly failure: string }

/** A handshake about to begin: it is judged by the rules that it began with. */
export interface Beginning {
  /** For `tls.connect`, to be completed with host and port, `path` or `socket`. */
  readonly options: ConnectionOptions
  readonly target: ClientTarget
  readonly serverName: string
  readonly verifyNames: readonly string[]
  readonly session: Session | undefined
  readonly context: ClientContext
}

/** A host always shows a certificate, and is not asked for OCSP. */
const UNMOVED = [
  'no_certificate',
  'fail_verify_no_cert',
  'ocsp_staple_requests',
  'ocsp_staple_responses',
  'ocsp_staple_omitted',
  'ocsp_staple_failed',
]

/** The client side of TLS for one cluster; what is wrong with its configuration is reported at `options.place`. */
export class TlsClient {
  readonly stats: TlsStats
  readonly #config: UpstreamTlsContext
  readonly #sni: string
  readonly #alpn: readonly string[] | undefined
  readonly #sessions: Sessions
  readonly #material: LiveMaterial<ClientContext>
  readonly #notReady: Counter

  constructor(config: UpstreamTlsContext, options: TlsClientOptions) {
    this.stats = new TlsStats(options.stats)
    unmoved(this.stats.scope, UNMOVED)
    this.#config = config
    this.#sni = (config.sni ?? '').toLowerCase()
    this.#sessions = new Sessions(config.max_session_keys ?? 1)
    const common = config.common_tls_context ?? {}
    this.#alpn = common.alpn_protocols?.length ? common.alpn_protocols : undefined
    const place = options.place.at('common_tls_context', config.common_tls_context)
    const parameters = decideParameters(common.tls_params, 'client', place.at('tls_params', common.tls_params), {
      renegotiation: config.allow_renegotiation ?? false,
    })
    const factory = options.stats.scope('client_ssl_socket_factory.')
    unmoved(factory, ['downstream_context_secrets_not_ready'])
    this.#notReady = factory.counter('upstream_context_secrets_not_ready')
    const updated = factory.counter('ssl_context_update_by_sds')
    const failed = this.stats.scope.counter('key_rotation_failed')
    const environment: TlsEnvironment = {
      time: options.time,
      logger: options.logger,
      secrets: options.secrets,
      certificates: options.certificates,
      keyLogFiles: options.keyLogFiles,
      place,
      waitFor: (ready) => options.waitFor(ready),
      onUpdate: () => {
        updated.inc()
        this.#sessions.clear()
      },
      onUpdateFailed: () => failed.inc(),
    }
    this.#material = new LiveMaterial(common, { keys: undefined, sds: undefined }, environment, (material, at) =>
      buildClientContext(material, parameters, options.time, at),
    )
  }

  /** Whether there is anything to shake hands with; a client that waits for its secrets has not, which counts. */
  ready(): boolean {
    if (this.#material.current !== undefined) return true
    this.#notReady.inc()
    return false
  }

  /**
   * What a handshake needs; call only when `ready`. Nobody judges the peer but `finish`: call it on `'secureConnect'`
   * before anything is sent. `protocols` are offered where the configuration names none.
   */
  begin(target: ClientTarget, wishes: ClientWishes | undefined, protocols: readonly string[]): Beginning {
    const context = this.#material.current!
    const serverName = this.#serverName(target, wishes)
    const session = this.#sessions.take(sessionKey(target, serverName))
    const alpn = this.#alpn ?? protocols
    const options: ConnectionOptions = {
      secureContext: context.secure,
      rejectUnauthorized: false,
      checkServerIdentity: noIdentityCheck,
      // Not left out: Node would ask for the host then. An address cannot stand in SNI.
      servername: isIP(serverName) === 0 ? serverName : '',
      ...(alpn.length > 0 && { ALPNProtocols: [...alpn] }),
      ...(session !== undefined && { session: session.bytes }),
    }
    return { options, target, serverName, verifyNames: wishes?.verifyNames ?? [], session, context }
  }

  #serverName({ hostname }: ClientTarget, wishes: ClientWishes | undefined): string {
    if (wishes !== undefined && wishes.serverName !== '') return wishes.serverName
    return this.#config.auto_host_sni === true && hostname !== '' ? hostname.toLowerCase() : this.#sni
  }

  /** To be told of a socket that `begin`'s options made, before its handshake begins. */
  follow(socket: TLSSocket): void {
    this.#material.keyLog?.follow(socket)
  }

  /** Judges a finished handshake, counts it, and keeps its session for the next one. Never throws. */
  finish(socket: TLSSocket, beginning: Beginning): HandshakeResult {
    const { context, session, serverName } = beginning
    const peer = socket.isSessionReused() && session !== undefined ? session.peer : peerOf(socket)
    if (!socket.isSessionReused() && signs(socket) && peer.certificate !== undefined && !maySign(peer.certificate)) {
      this.stats.connectionError.inc()
      return { failure: tlsErrorText('KEY_USAGE_BIT_INCORRECT') }
    }
    const bySni = this.#config.auto_sni_san_validation === true && serverName !== ''
    const verdict = context.verifier.check(peer, {
      purpose: 'server',
      required: context.required,
      names: bySni ? [serverName] : beginning.verifyNames,
      onlyThese: bySni,
    })
    if (verdict.fault !== undefined) {
      this.stats.faults[verdict.fault].inc()
      return { failure: verdict.details }
    }
    const info = new SocketTlsInfo(socket, serverName, peer.certificate, verdict.validated)
    this.stats.agreed(socket, info, verdict)
    this.#keepSessions(socket, beginning, peer)
    return { info }
  }

  /** A session of TLS 1.2 is there already; those of TLS 1.3 come as tickets, any time. */
  #keepSessions(socket: TLSSocket, { target, serverName, context }: Beginning, peer: Peer): void {
    const key = sessionKey(target, serverName)
    const once = socket.getProtocol() === 'TLSv1.3'
    const keep = (bytes: Buffer): void => {
      if (this.#material.current === context) this.#sessions.keep(key, { bytes, once, peer })
    }
    const first = once || socket.isSessionReused() ? undefined : socket.getSession()
    if (first !== undefined) keep(first)
    socket.on('session', keep)
  }

  /** Counts a connection that broke before its handshake was done; its reason, when it is one of TLS. */
  failed(error: NodeJS.ErrnoException): string | undefined {
    this.stats.connectionError.inc()
    return tlsFailureText(error)
  }

  /** Stops following files and secrets; open connections go on. */
  dispose(): void {
    this.#material.close()
    this.#sessions.clear()
  }
}

/** The peer of a full handshake (a resumed one shows no certificate: its peer is that of the session). */
function peerOf(socket: TLSSocket): Peer {
  // With no automatic refusal Node notes the code here (its types say Error).
  const error = socket.authorizationError as (Error & { code?: string }) | string | null | undefined
  const code = typeof error === 'string' ? error : (error?.code ?? error?.message ?? '')
  return { certificate: socket.getPeerX509Certificate(), chainError: socket.authorized ? '' : code || 'UNKNOWN' }
}

/** Whether the peer's key has signed the handshake: not with suites that begin with a bare `AES`. */
function signs(socket: TLSSocket): boolean {
  return /^(?:ECDHE|DHE|TLS)/.test(socket.getCipher().name)
}

function sessionKey({ address }: ClientTarget, serverName: string): string {
  return `${serverName} ${address}`
}

function noIdentityCheck(): undefined {
  return undefined
}
