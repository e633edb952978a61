import type { Message } from '@nuncio/config'
import type { FilterContext, FilterStream } from '@nuncio/filter-chain'
import { GrpcAuthorizer, GrpcServiceClient, labelsOf, MutationRules, statusNumber } from '@nuncio/guards'
import { compileRuntimeFraction, type ConfigPlace, MetadataMatcher, type RuntimeFraction } from '@nuncio/matching'
import { formatOptions } from '../header-lists/header-list.ts'
import type { Authorizer, Telling } from './authorizer.ts'
import { GrpcRequestAuthorizer } from './grpc-request-authorizer.ts'
import { compileHeaderNames, type HeaderNames } from './header-names.ts'
import { HttpAuthorizer } from './http-authorizer.ts'
import { AuthzStats } from './stats.ts'

export type ExtAuthzConfig = Message<'envoy.extensions.filters.http.ext_authz.v3.ExtAuthz'>

const DEFAULT_TIMEOUT_MS = 200
const FORBIDDEN = 403

/** How a request's body is told; undefined: not at all. */
export interface BodySettings {
  readonly maxBytes: number
  /** A longer body is told in part, and not refused. */
  readonly partial: boolean
  readonly asBytes: boolean
}

export function bodySettings(
  config: Message<'envoy.extensions.filters.http.ext_authz.v3.BufferSettings'> | undefined,
): BodySettings | undefined {
  if (config === undefined) return undefined
  const { max_request_bytes: maxBytes = 0, allow_partial_message: partial, pack_as_bytes: asBytes } = config
  return { maxBytes, partial: partial === true, asBytes: asBytes === true }
}

/** An ExtAuthz message, compiled. */
export class ExtAuthzSettings {
  readonly authorizer: Authorizer
  readonly telling: Telling
  readonly body: BodySettings | undefined
  readonly failureModeAllow: boolean
  readonly failureModeHeader: boolean
  readonly shadow: boolean
  readonly statusOnError: number
  readonly maxDeniedBody: number
  readonly takesMetadata: boolean
  readonly chargeCluster: boolean
  readonly rules: MutationRules | undefined
  readonly stats: AuthzStats
  readonly #clearRoute: boolean
  readonly #clearRouteHeaders: ReadonlySet<string> | undefined
  readonly #enabled: RuntimeFraction | undefined
  readonly #enabledMetadata: MetadataMatcher | undefined
  readonly #deniesDisabled: (() => boolean) | undefined

  constructor(config: ExtAuthzConfig, place: ConfigPlace, context: FilterContext) {
    this.body = bodySettings(config.with_request_body)
    this.failureModeAllow = config.failure_mode_allow === true
    this.failureModeHeader = config.failure_mode_allow_header_add === true
    this.shadow = config.shadow_mode === true
    this.statusOnError = statusNumber(config.status_on_error?.code) || FORBIDDEN
    this.maxDeniedBody = config.max_denied_response_body_bytes ?? 0
    this.takesMetadata = config.enable_dynamic_metadata_ingestion !== false
    this.chargeCluster = config.charge_cluster_response_stats !== false
    const rules = config.decoder_header_mutation_rules
    this.rules = rules && new MutationRules(rules, place.at('decoder_header_mutation_rules', rules))
    this.stats = new AuthzStats(context.stats, config.stat_prefix ?? '')
    this.#clearRoute = config.clear_route_cache === true
    const clearHeaders = config.clear_route_cache_headers ?? []
    this.#clearRouteHeaders = clearHeaders.length > 0 ? new Set(clearHeaders.map((h) => h.toLowerCase())) : undefined
    this.#enabled = config.filter_enabled && compileRuntimeFraction(config.filter_enabled, place)
    const matcher = config.filter_enabled_metadata
    this.#enabledMetadata = matcher && new MetadataMatcher(matcher, place.at('filter_enabled_metadata', matcher))
    const flag = config.deny_at_disable
    this.#deniesDisabled = flag && (() => context.runtime.boolean(flag.runtime_key ?? '', flag.default_value ?? false))
    this.telling = compileTelling(config, place, context)
    this.authorizer = compileAuthorizer(config, place, context)
  }

  /** Whether this request is asked about at all. */
  isEnabled(stream: FilterStream): boolean {
    return (
      this.#enabled?.selects(stream.random) !== false && this.#enabledMetadata?.matches(stream.info.metadata) !== false
    )
  }

  /** Whether requests that nobody is asked about are refused. */
  get deniesDisabled(): boolean {
    return this.#deniesDisabled?.() === true
  }

  /** Whether an answer that changed these headers (or the query) has the route chosen anew. */
  clearsRoute(changed: readonly string[], query: boolean): boolean {
    if (!this.#clearRoute) return false
    const listed = this.#clearRouteHeaders
    return query || (listed === undefined ? changed.length > 0 : changed.some((name) => listed.has(name)))
  }
}

interface Services {
  readonly grpc_service?: Message<'envoy.config.core.v3.GrpcService'>
  readonly http_service?: Message<'envoy.extensions.filters.http.ext_authz.v3.HttpService'>
}

/** The service that a message names. */
export function compileAuthorizer(
  { grpc_service: grpc, http_service: http }: Services,
  place: ConfigPlace,
  context: FilterContext,
): Authorizer {
  if (http !== undefined) return new HttpAuthorizer(http, place.at('http_service', http), context)
  if (grpc === undefined) place.error('missing-field', 'ext_authz needs a grpc_service or an http_service')
  const { clusters, time, random } = context
  const parts = { clusters, time, random, format: formatOptions(context) }
  const client = new GrpcServiceClient(grpc, place.at('grpc_service', grpc), parts, grpc?.timeout ?? DEFAULT_TIMEOUT_MS)
  return new GrpcRequestAuthorizer(new GrpcAuthorizer(client))
}

function compileTelling(config: ExtAuthzConfig, place: ConfigPlace, context: FilterContext): Telling {
  const names = (field: 'allowed_headers' | 'disallowed_headers'): HeaderNames | undefined =>
    compileHeaderNames(config[field], place.at(field, config[field]))
  if (config.allowed_headers !== undefined && config.http_service?.authorization_request?.allowed_headers !== undefined)
    place.at('allowed_headers').error('rule', 'allowed_headers is also set in authorization_request')
  return {
    allowed: names('allowed_headers'),
    disallowed: names('disallowed_headers'),
    rawHeaders: config.encode_raw_headers === true,
    peerCertificate: config.include_peer_certificate === true,
    tlsSession: config.include_tls_session === true,
    metadataNamespaces: config.metadata_context_namespaces ?? [],
    typedMetadataNamespaces: config.typed_metadata_context_namespaces ?? [],
    routeMetadataNamespaces: config.route_metadata_context_namespaces ?? [],
    routeTypedMetadataNamespaces: config.route_typed_metadata_context_namespaces ?? [],
    labels: labelsOf(context.proxy.nodeMetadata, config.bootstrap_metadata_labels_key ?? ''),
  }
}
