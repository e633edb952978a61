import type { Message } from '@nuncio/config'
import { type Counter, Flag, type StatsScope, type StreamInfo } from '@nuncio/core'
import {
  type Attributes,
  type AuthzAnswer,
  destinationPeer,
  GrpcAuthorizer,
  GrpcServiceClient,
  metadataContext,
  sourcePeer,
  tlsSession,
} from '@nuncio/guards'
import type {
  ConnectionObserver,
  NetworkConnection,
  NetworkFilter,
  NetworkFilterContext,
  NetworkFilterVerdict,
} from '@nuncio/listener'
import { configPlace, MetadataMatcher } from '@nuncio/matching'
import type { HttpServices } from '../http-services/http-services.ts'
import { callParts, connectionContext } from '../side-service/call-parts.ts'
import { inquire, InquiryStats } from '../side-service/inquiry.ts'

export type ExtAuthzConfig = Message<'envoy.extensions.filters.network.ext_authz.v3.ExtAuthz'>

const NAMESPACE = 'envoy.filters.network.ext_authz'
const DEFAULT_TIMEOUT_MS = 200

/** Tells the connection's access log why it was refused. */
class Refused implements ConnectionObserver {
  readonly details: string

  constructor(details: string) {
    this.details = details
  }

  describe(info: StreamInfo): StreamInfo {
    info.setFlag(Flag.UAEX)
    info.details = this.details
    return info
  }
}
const DENIED = new Refused('ext_authz_denied')
const FAILED = new Refused('ext_authz_error')

/** Asks a service about each connection; without a yes it is closed before a byte of it is read. */
export class NetworkExtAuthz implements NetworkFilter {
  readonly #config: ExtAuthzConfig
  readonly #context: NetworkFilterContext<HttpServices>
  readonly #authorizer: GrpcAuthorizer
  readonly #enabled: MetadataMatcher | undefined
  readonly #stats: NetworkAuthzStats

  constructor(config: ExtAuthzConfig, context: NetworkFilterContext<HttpServices>) {
    const { sources, runtime, path } = context
    const place = configPlace(config, { report: (problem) => context.report(problem), sources, runtime, path })
    this.#config = config
    this.#context = context
    const grpc = config.grpc_service
    const timeoutMs = grpc?.timeout ?? DEFAULT_TIMEOUT_MS
    const client = new GrpcServiceClient(grpc, place.at('grpc_service', grpc), callParts(context), timeoutMs)
    this.#authorizer = new GrpcAuthorizer(client)
    const matcher = config.filter_enabled_metadata
    this.#enabled = matcher && new MetadataMatcher(matcher, place.at('filter_enabled_metadata', matcher))
    this.#stats = new NetworkAuthzStats(context.stats.scope(`ext_authz.${config.stat_prefix ?? ''}.`))
  }

  onNewConnection(connection: NetworkConnection): void | Promise<NetworkFilterVerdict> {
    if (this.#enabled?.matches(connection.info.metadata) === false) return this.#stats.disabled.inc()
    return this.#ask(connection)
  }

  async #ask(connection: NetworkConnection): Promise<NetworkFilterVerdict> {
    const context = connectionContext(connection, this.#context)
    const answer = await inquire(connection, NAMESPACE, this.#stats, (signal) =>
      this.#authorizer.check(this.#attributes(connection), context, { signal }),
    )
    if (this.#allows(answer) || this.#config.shadow_mode === true) return 'continue'
    this.#stats.closed.inc()
    const refused = answer.verdict === 'denied' ? DENIED : FAILED
    connection.info.terminationDetails = refused.details
    connection.observe(refused)
    return 'close'
  }

  #allows({ verdict }: AuthzAnswer): boolean {
    const stats = this.#stats
    if (verdict === 'ok') stats.ok.inc()
    else if (verdict === 'denied') stats.denied.inc()
    else {
      stats.error.inc()
      if (this.#config.failure_mode_allow !== true) return false
      stats.failureModeAllowed.inc()
    }
    return verdict !== 'denied'
  }

  #attributes({ info }: NetworkConnection): Attributes {
    const { include_peer_certificate: certificate, include_tls_session: session } = this.#config
    const tls = session === true ? tlsSession(info) : undefined
    return {
      source: sourcePeer(info, '', certificate === true),
      // The name that was asked for is the service, as Envoy tells it.
      destination: destinationPeer(info, info.serverName),
      metadata_context: metadataContext({
        namespaces: this.#config.metadata_context_namespaces ?? [],
        sources: [info.metadata],
      }),
      ...(tls !== undefined && { tls_session: tls }),
    }
  }
}

/** `ext_authz.<stat_prefix>.*` */
class NetworkAuthzStats extends InquiryStats {
  readonly denied: Counter
  readonly disabled: Counter

  constructor(scope: StatsScope) {
    super(scope)
    this.denied = scope.counter('denied')
    this.disabled = scope.counter('disabled')
  }
}
