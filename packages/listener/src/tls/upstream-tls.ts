import type { Message } from '@nuncio/config'
import type { StatsScope, TlsInfo } from '@nuncio/core'
import type { X509Certificate } from 'node:crypto'
import {
  type ConnectionOptions,
  createSecureContext,
  type SecureContext,
  type SecureContextOptions,
  type TLSSocket,
} from 'node:tls'
import { chainError } from './chain-error.ts'
import { LiveMaterial, type TlsEnvironment, type TlsMaterial } from './live-material.ts'
import { decideParameters } from './parameters.ts'
import { PeerVerifier } from './peer-verifier.ts'
import { SessionCache } from './session-cache.ts'
import { TlsStats } from './stats.ts'
import { SocketTlsInfo } from './tls-info.ts'
import { DnsMatcher, type Validation } from './validation.ts'
import type { ConfigPlace } from '@nuncio/matching'

type UpstreamTlsContext = Message<'envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext'>

/** What one upstream connection asks for beside the cluster's configuration. */
export interface UpstreamTlsWishes {
  /** Instead of `sni` (`auto_sni`, `auto_host_sni`); undefined = `sni`. */
  readonly serverName?: string | undefined
  /** The certificate must be for this name, whatever the configuration asks for (`auto_san_validation`). */
  readonly requiredName?: string | undefined
  /** Instead of `alpn_protocols`, as when HTTP/2 is chosen by ALPN. */
  readonly alpnProtocols?: readonly string[] | undefined
}

/** How a handshake with an upstream ended. */
export type UpstreamHandshake =
  | { readonly ok: true; readonly tls: TlsInfo }
  /** For `%UPSTREAM_TRANSPORT_FAILURE_REASON%`; never holds key material. */
  | { readonly ok: false; readonly details: string }

/** What `createUpstreamTls` is made in; `place` is that of the `UpstreamTlsContext`. */
export interface UpstreamTlsOptions extends Omit<TlsEnvironment, 'onUpdate' | 'onUpdateFailed'> {
  /** `cluster.<name>.` */
  readonly stats: StatsScope
}

/** TLS towards the hosts of one cluster. */
export interface UpstreamTls {
  readonly stats: TlsStats
  /** False while secrets have yet to arrive: connecting would fail. */
  readonly ready: boolean
  /** The server name that a connection with these wishes will ask for; '' = none. */
  serverName(wishes: UpstreamTlsWishes): string
  /**
   * Options for `tls.connect`, to be completed with `host` and `port`, `path` or `socket`. Undefined while not ready.
   * The peer is not judged by `connect`: call `verify` on `'secureConnect'` before anything is sent.
   */
  connectOptions(wishes: UpstreamTlsWishes): ConnectionOptions | undefined
  /** Judges the peer after `'secureConnect'`, counts, and keeps the session for the next connection. Never throws. */
  verify(socket: TLSSocket, wishes: UpstreamTlsWishes): UpstreamHandshake
  /** Counts a handshake that failed with an error, and says it in the words of a failure reason. */
  failed(error: NodeJS.ErrnoException): string
  dispose(): void
}

/** What is in use at a time. */
interface ClientContext {
  readonly secure: SecureContext
  readonly verifier: PeerVerifier | undefined
  readonly validation: Validation | undefined
}

/** Makes the TLS of a cluster; what is wrong with its configuration is reported at `place`. */
export function createUpstreamTls(config: UpstreamTlsContext, options: UpstreamTlsOptions): UpstreamTls {
  return new LiveUpstreamTls(config, options)
}

class LiveUpstreamTls implements UpstreamTls {
  readonly stats: TlsStats
  readonly #sni: string
  readonly #alpn: readonly string[]
  readonly #material: LiveMaterial<ClientContext>
  readonly #sessions: SessionCache

  constructor(config: UpstreamTlsContext, options: UpstreamTlsOptions) {
    this.stats = new TlsStats(options.stats)
    this.#sni = config.sni ?? ''
    this.#sessions = new SessionCache(config.max_session_keys ?? 1)
    const common = config.common_tls_context ?? {}
    this.#alpn = common.alpn_protocols ?? []
    const place = options.place.at('common_tls_context', config.common_tls_context)
    const parameters = decideParameters(common.tls_params, 'client', place.at('tls_params', common.tls_params))
    const updated = options.stats.counter('client_ssl_socket_factory.ssl_context_update_by_sds')
    const failed = this.stats.scope.counter('key_rotation_failed')
    const environment: TlsEnvironment = {
      ...options,
      place,
      waitFor: (ready) => options.waitFor(ready),
      onUpdate: () => {
        updated.inc()
        this.#sessions.clear()
      },
      onUpdateFailed: () => failed.inc(),
    }
    this.#material = new LiveMaterial(common, { keys: undefined, sds: undefined }, environment, (material, at) =>
      buildClientContext(material, parameters, at),
    )
  }

  get ready(): boolean {
    return this.#material.current !== undefined
  }

  serverName(wishes: UpstreamTlsWishes): string {
    return wishes.serverName ?? this.#sni
  }

  connectOptions(wishes: UpstreamTlsWishes): ConnectionOptions | undefined {
    const current = this.#material.current
    if (current === undefined) return undefined
    const serverName = this.serverName(wishes)
    const alpn = wishes.alpnProtocols ?? this.#alpn
    const session = this.#sessions.get(serverName)?.session
    return {
      secureContext: current.secure,
      // Not left out: Node would ask for the host then.
      servername: isHostName(serverName) ? serverName : '',
      rejectUnauthorized: false,
      checkServerIdentity: noIdentityCheck,
      ...(alpn.length > 0 && { ALPNProtocols: [...alpn] }),
      ...(session !== undefined && { session }),
    }
  }

  verify(socket: TLSSocket, wishes: UpstreamTlsWishes): UpstreamHandshake {
    const { stats } = this
    const serverName = this.serverName(wishes)
    const reused = socket.isSessionReused()
    const peer = socket.getPeerX509Certificate() ?? (reused ? this.#sessions.get(serverName)?.peer : undefined)
    const verdict = this.#judge(socket, peer, wishes)
    if (typeof verdict === 'string') return { ok: false, details: `TLS_error:${verdict}` }
    const tls = new SocketTlsInfo(socket, serverName, peer, verdict)
    stats.handshake.inc()
    stats.count('versions', tls.version)
    stats.count('ciphers', tls.cipher)
    if (reused) stats.sessionReused.inc()
    this.#keepSessions(socket, serverName, peer)
    return { ok: true, tls }
  }

  /** Whether the peer was validated; a text says why it must not be spoken to. */
  #judge(socket: TLSSocket, peer: X509Certificate | undefined, wishes: UpstreamTlsWishes): boolean | string {
    const { stats } = this
    const current = this.#material.current
    const verdict = current?.verifier?.check(peer, chainError(socket), 'server', true)
    if (verdict?.fault !== undefined) {
      stats.faults[verdict.fault].inc()
      return verdict.details
    }
    if (verdict?.untrusted === true) stats.faults.fail_verify_error.inc()
    if (wishes.requiredName !== undefined && !isCertificateFor(peer, wishes.requiredName, current?.verifier)) {
      stats.faults.fail_verify_san.inc()
      return 'verify cert failed: SAN matcher'
    }
    return verdict?.validated ?? false
  }

  /** TLS 1.3 sends its sessions after the handshake, TLS 1.2 within it. */
  #keepSessions(socket: TLSSocket, serverName: string, peer: X509Certificate | undefined): void {
    const keep = (session: Buffer | undefined): void => {
      if (session !== undefined) this.#sessions.set(serverName, { session, peer })
    }
    if (socket.getProtocol() !== 'TLSv1.3') keep(socket.getSession())
    socket.on('session', keep)
  }

  failed(error: NodeJS.ErrnoException): string {
    const code = error.code ?? 'unknown'
    if (code.startsWith('ERR_')) this.stats.connectionError.inc()
    return code.startsWith('ERR_') ? `TLS_error:${code}` : code
  }

  dispose(): void {
    this.#material.close()
    this.#sessions.clear()
  }
}

function buildClientContext(
  material: TlsMaterial,
  parameters: Readonly<SecureContextOptions>,
  place: ConfigPlace,
): ClientContext | undefined {
  const { certificates, validation } = material
  if (certificates.length > 1) place.warn('unsupported', 'only the first client certificate is used')
  try {
    const secure = createSecureContext({
      ...parameters,
      ...certificates[0]?.options,
      ...(validation?.ca && { ca: [...validation.ca], allowPartialTrustChain: true }),
      ...(validation?.crl && { crl: validation.crl }),
    })
    return { secure, validation, verifier: validation && new PeerVerifier(validation) }
  } catch (error) {
    place.error(
      'tls-refused',
      `OpenSSL refuses this context: ${(error as NodeJS.ErrnoException).code ?? 'unknown reason'}`,
    )
    return undefined
  }
}

/** A name from a request is worth nothing when anybody may have signed for it: there must be a verifier. */
function isCertificateFor(
  peer: X509Certificate | undefined,
  name: string,
  verifier: PeerVerifier | undefined,
): boolean {
  if (peer === undefined || verifier === undefined) return false
  return verifier
    .namesOf(peer)
    .some((one) =>
      isHostName(name) ? new DnsMatcher(name).matches(one) : one.kind === 'IP_ADDRESS' && one.value === name,
    )
}

/** An IP address cannot stand in SNI. */
function isHostName(name: string): boolean {
  return name !== '' && !name.includes(':') && !/^[\d.]+$/.test(name)
}

function noIdentityCheck(): undefined {
  return undefined
}
