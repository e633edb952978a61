import type { Message } from '@nuncio/config'
import { type Counter, type TimeSource, unmoved } from '@nuncio/core'
import type { ConfigPlace } from '@nuncio/matching'
import { constants } from 'node:crypto'
import type { Socket } from 'node:net'
import type { DownstreamTransport, Handshake, TransportSocketContext } from '../../contracts.ts'
import {
  buildServerContexts,
  decideParameters,
  HandshakeOptions,
  type KeyLog,
  LiveMaterial,
  type OcspPolicy,
  type ServerContextOptions,
  stapleOcsp,
  type TlsMaterial,
  TlsStats,
} from '@nuncio/tls'
import { startHandshake } from './handshake.ts'

type Config = Message<'envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext'>

/** TLS on the connections of one filter chain; `eager`: from their first byte (else when asked, STARTTLS). */
export class TlsTransport implements DownstreamTransport {
  readonly protocol: 'raw_buffer' | 'tls'
  readonly direct: boolean
  readonly canStartSecure: boolean
  readonly stats: TlsStats
  readonly #material: LiveMaterial<HandshakeOptions>
  readonly #notReady: Counter

  constructor(config: Config, context: TransportSocketContext, eager: boolean) {
    this.protocol = eager ? 'tls' : 'raw_buffer'
    this.direct = !eager
    this.canStartSecure = !eager
    this.stats = new TlsStats(context.stats)
    const factory = context.stats.scope('server_ssl_socket_factory.')
    this.#notReady = factory.counter('downstream_context_secrets_not_ready')
    unmoved(factory, ['upstream_context_secrets_not_ready'])
    const updated = factory.counter('ssl_context_update_by_sds')
    const failed = this.stats.scope.counter('key_rotation_failed')
    const common = config.common_tls_context ?? {}
    const place = context.place.at('common_tls_context', config.common_tls_context)
    const parameters = decideParameters(common.tls_params, 'server', place.at('tls_params', common.tls_params), {
      clientCiphersFirst: config.prefer_client_ciphers ?? false,
    })
    const options = { parameters, alpn: common.alpn_protocols ?? [], sessionScope: sessionScope(context, config) }
    const tickets = { keys: config.session_ticket_keys, sds: config.session_ticket_keys_sds_secret_config }
    this.#material = new LiveMaterial(
      common,
      tickets,
      {
        time: context.time,
        logger: context.logger,
        secrets: context.secrets,
        certificates: context.certificates,
        keyLogFiles: context.keyLogFiles,
        place,
        waitFor: (ready) => context.waitFor(ready),
        onUpdate: () => updated.inc(),
        onUpdateFailed: () => failed.inc(),
      },
      (material, at) => this.#build(config, options, material, context.time, at),
    )
  }

  #build(
    config: Config,
    own: Pick<ServerContextOptions, 'parameters' | 'sessionScope'> & { readonly alpn: readonly string[] },
    material: TlsMaterial,
    time: TimeSource,
    place: ConfigPlace,
  ): HandshakeOptions | undefined {
    const policy: OcspPolicy = config.ocsp_staple_policy ?? 'LENIENT_STAPLING'
    if (policy === 'MUST_STAPLE' && material.certificates.some((one) => one.staple === undefined)) {
      place.error(
        'missing-data',
        'MUST_STAPLE needs an OCSP response for each certificate',
        'Add ocsp_staple to the certificates.',
      )
      return undefined
    }
    const options: ServerContextOptions = {
      ...own,
      time,
      sessionTimeout: config.session_timeout === undefined ? undefined : Math.ceil(config.session_timeout / 1000),
      secureOptions: config.disable_stateless_session_resumption === true ? constants.SSL_OP_NO_TICKET : 0,
      requireClientCertificate: config.require_client_certificate ?? false,
      fullScan: config.full_scan_certs_on_sni_mismatch ?? false,
      onOcspRequest: (server, certificate) => stapleOcsp(server, certificate, policy, time, this.stats),
    }
    const contexts = buildServerContexts(material, options, place)
    if (contexts === undefined) return undefined
    for (const [i, { leaf }] of material.certificates.entries()) {
      this.stats.expiration(String(i)).set(Math.floor(leaf.validToDate.getTime() / 1000))
    }
    return new HandshakeOptions(contexts, own.alpn)
  }

  get keyLog(): KeyLog | undefined {
    return this.#material.keyLog
  }

  secure(socket: Socket, handshake: Handshake): Socket {
    const options = this.#material.current
    if (options !== undefined) return startHandshake(this, options, socket, handshake)
    this.#notReady.inc()
    process.nextTick(() => handshake.onHandshakeFailure('TLS error: Secret is not supplied by SDS'))
    return socket
  }

  dispose(): void {
    this.#material.close()
  }
}

/** Other certificates, authorities or rules: other sessions. Ticket keys come and go, and sessions stay. */
function sessionScope(context: TransportSocketContext, config: Config): string {
  const { session_ticket_keys: _, session_ticket_keys_sds_secret_config: __, ...rules } = config
  return `${context.sessionScope} ${JSON.stringify(rules)}`
}
