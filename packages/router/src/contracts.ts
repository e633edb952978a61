import type { AnyMessage, Message, Position } from '@nuncio/config'
import type { RequestHeaders, ResponseHeaders, StreamInfo } from '@nuncio/core'
import type { CorsPolicy } from './cors/cors-policy.ts'
import type { RouteTracing } from '@nuncio/tracing'
import type { RateLimit } from './rate-limit/contracts.ts'

/**
 * A route configuration compiled for asking. Chance is an argument: equal inputs give equal routes. `random` is the
 * stream's one random number (a bigint when a test file gives one beyond 2^53).
 */
export interface RouteTable {
  readonly name: string
  route(headers: RequestHeaders, info: StreamInfo | undefined, random: number | bigint): Route | undefined
  /** The story of the same decision, by the same compiled objects. */
  explain(headers: RequestHeaders, info: StreamInfo | undefined, random: number | bigint): Explanation
  /** What a route of this table makes of a request, which filters may have changed since route and cluster were chosen. */
  explainRoute(route: Route, headers: RequestHeaders, info: StreamInfo | undefined, cluster: string): RouteOutcome
  /** The name of the first virtual cluster that matches, `other` when only others are defined, '' when none are. */
  virtualCluster(route: Route, headers: RequestHeaders): string
  /** All routes in order of configuration, for coverage, lint and admin. */
  readonly virtualHosts: readonly VirtualHostInfo[]
  readonly config: Message<'envoy.config.route.v3.RouteConfiguration'>
  /** Lower-case names of headers that only internal requests may bring (`internal_only_headers`). */
  readonly internalOnlyHeaders: readonly string[]
  /** The configurations that filters have anywhere in it, for compiling them before the first request. */
  filterConfigs(): readonly PlacedFilterConfig[]
}

/** A `typed_per_filter_config` entry; `FilterConfig` wrappers are opened. */
export interface PlacedFilterConfig {
  readonly name: string
  readonly config: AnyMessage
  /** Relative to the route configuration. */
  readonly path: string
  /** The clusters that requests to which it applies may go to, as far as routes name them. */
  clusters(): Iterable<string>
}

export interface VirtualHostInfo {
  readonly name: string
  readonly domains: readonly string[]
  readonly config: Message<'envoy.config.route.v3.VirtualHost'>
  readonly position: Position | undefined
  readonly routes: readonly RouteInfo[]
  readonly includeRequestAttemptCount: boolean
  readonly includeAttemptCountInResponse: boolean
  readonly includeIsTimeoutRetryHeader: boolean
  readonly rateLimits: readonly RateLimit[]
  readonly metadata: Readonly<Record<string, Readonly<Record<string, unknown>>>>
  /** The first virtual cluster that fits a request, `other` when only others are defined; absent or '': there are none. */
  virtualCluster?(headers: RequestHeaders): string
}

/** One configured route, whatever it does. */
export interface RouteInfo {
  /** Number within its virtual host. */
  readonly index: number
  readonly name: string
  readonly config: Message<'envoy.config.route.v3.Route'>
  readonly position: Position | undefined
  readonly tracing: RouteTracing | undefined
}

/** The outcome of routing. Compiled once for each route (and weighted cluster): routing allocates nothing. */
export type Route = ForwardRoute | RedirectRoute | DirectResponseRoute

interface RouteBase {
  readonly info: RouteInfo
  readonly name: string
  readonly virtualHost: VirtualHostInfo
  /** Filter metadata of the route. */
  readonly metadata: Readonly<Record<string, Readonly<Record<string, unknown>>>>
  /** `tracing` and `decorator`; undefined when it has neither. */
  readonly tracing: RouteTracing | undefined
  /**
   * typed_per_filter_config for a filter's configured name, most specific first (weighted entry, route, virtual host,
   * route configuration). `FilterConfig` wrappers are already opened.
   */
  filterConfigs(name: string): readonly PerFilterConfig[]
  /** Response header mutations of all levels, in order. */
  finalizeResponseHeaders(headers: ResponseHeaders, info: StreamInfo, request: RequestHeaders): void
}

export interface PerFilterConfig {
  readonly disabled: boolean
  readonly config: AnyMessage | undefined
}

export interface RedirectRoute extends RouteBase {
  readonly kind: 'redirect'
  readonly status: number
  /** The `Location`. */
  location(headers: RequestHeaders, info?: StreamInfo): string
  /**
   * Gives the request the path that a rewrite makes, once the location is known: what is said of the request from then on, in
   * headers and in logs, has the new path, as that of a request that is forwarded. `suppress`: no x-envoy-original-path.
   */
  rewritePath(headers: RequestHeaders, suppress: boolean): void
}

export interface DirectResponseRoute extends RouteBase {
  readonly kind: 'direct'
  readonly status: number
  readonly body: Uint8Array | undefined
  /** `body_format`, when given: formats the body for one request. */
  readonly formatBody:
    | ((info: StreamInfo, request: RequestHeaders) => { body: Uint8Array; contentType: string })
    | undefined
  /** The `Location` that Envoy adds to 201 and 3xx direct responses; undefined for others. */
  location(headers: RequestHeaders, info?: StreamInfo): string | undefined
}

export interface ForwardRoute extends RouteBase {
  readonly kind: 'forward'
  /** The cluster's name; '' when a `cluster_header` is absent. */
  clusterName(headers: RequestHeaders): string
  readonly clusterNotFoundStatus: number
  readonly priority: 0 | 1
  /** Milliseconds; 0 = off. */
  readonly timeoutMs: number
  /** undefined = the connection manager's `stream_idle_timeout`. */
  readonly idleTimeoutMs: number | undefined
  readonly flushTimeoutMs: number | undefined
  /** undefined = the connection manager's. */
  readonly maxStreamDurationMs: number | undefined
  /** Whether `max_stream_duration` is given: then `timeout` is not used at all, and `timeoutMs` is 0. */
  readonly usesMaxStreamDuration: boolean
  /** How `grpc-timeout` is honoured; undefined = it is not. */
  readonly grpcTimeout: { readonly maxMs: number; readonly offsetMs: number } | undefined
  readonly retryPolicy: RetryPolicy | undefined
  readonly hedgeOnPerTryTimeout: boolean
  readonly hashPolicy: HashPolicy | undefined
  readonly metadataMatch: Readonly<Record<string, unknown>> | undefined
  readonly mirrorPolicies: readonly MirrorPolicy[]
  readonly internalRedirect: InternalRedirectPolicy | undefined
  /** Set after a host is chosen: `:authority` becomes the endpoint's hostname. */
  readonly autoHostRewrite: boolean
  readonly appendXForwardedHost: boolean
  /** Bytes of a request body kept for retries and shadows; undefined = the connection's limit. */
  readonly requestBodyLimit: number | undefined
  /** Upgrade types (lower-case) that the route switches on or off; connect_config beside. */
  readonly upgrades: ReadonlyMap<string, UpgradeRule>
  readonly statPrefix: string
  readonly rateLimits: readonly RateLimit[]
  readonly includeVirtualHostRateLimits: boolean
  /** The `cors` of the route and of its virtual host, most specific first. */
  readonly cors: readonly CorsPolicy[]
  /** Header mutations of all levels, host rewrite, path rewrite, in Envoy's order. `suppress`: no x-envoy-original-*. */
  finalizeRequestHeaders(headers: RequestHeaders, info: StreamInfo, suppress: boolean): void
}

export interface UpgradeRule {
  readonly enabled: boolean
  readonly connect: Message<'envoy.config.route.v3.RouteAction.UpgradeConfig.ConnectConfig'> | undefined
}

export interface RetryPolicy {
  /** Bits of `RetryOn`. */
  readonly on: number
  readonly numRetries: number
  /** 0 = none. */
  readonly perTryTimeoutMs: number
  readonly perTryIdleTimeoutMs: number
  readonly retriableStatusCodes: readonly number[]
  readonly retriableHeaders: readonly HeaderPredicate[]
  /** When not empty, one must match the request or nothing is retried. */
  readonly retriableRequestHeaders: readonly HeaderPredicate[]
  readonly baseIntervalMs: number
  readonly maxIntervalMs: number
  readonly rateLimited:
    | { readonly headers: readonly { readonly name: string; readonly unix: boolean }[]; readonly maxIntervalMs: number }
    | undefined
  readonly hostPredicates: readonly AnyMessage[]
  readonly priorityPredicate: AnyMessage | undefined
  readonly hostSelectionAttempts: number
}

export interface HeaderPredicate {
  matches(headers: { getJoined(name: string): string | undefined }): boolean
}

/** Conditions of `retry_on`; the words of resilience.md 1.2. */
export const RetryOn = {
  '5xx': 1,
  'gateway-error': 2,
  reset: 4,
  'reset-before-request': 8,
  'connect-failure': 16,
  'retriable-4xx': 32,
  'refused-stream': 64,
  'retriable-status-codes': 128,
  'retriable-headers': 256,
  'envoy-ratelimited': 512,
  'http3-post-connect-failure': 1024,
  cancelled: 2048,
  'deadline-exceeded': 4096,
  internal: 8192,
  'resource-exhausted': 16384,
  unavailable: 32768,
} as const

/** Words of `x-envoy-retry-on` or `retry_on` as bits; unknown words are ignored as Envoy does. */
export function parseRetryOn(text: string): number {
  let bits = 0
  for (const word of text.split(',')) bits |= (RetryOn as Record<string, number>)[word.trim()] ?? 0
  return bits
}

/** A hash in two unsigned halves; reused between calls. `cookie` is a Set-Cookie to add to the response, or ''. */
export interface HashResult {
  has: boolean
  high: number
  low: number
  cookie: string
}

export interface HashPolicy {
  /** Fills `out` for a request; allocates nothing unless a cookie is generated. */
  hash(headers: RequestHeaders, info: StreamInfo, out: HashResult): void
}

export interface MirrorPolicy {
  clusterName(headers: RequestHeaders): string
  /** Whether this request is mirrored, by the stream's random number. */
  selects(random: number): boolean
  readonly disableShadowHostSuffix: boolean
  readonly hostRewriteLiteral: string
  /** Whether its span is sampled; undefined: as that of the request. */
  readonly traceSampled?: boolean | undefined
  mutateHeaders(headers: RequestHeaders, info: StreamInfo): void
}

export interface InternalRedirectPolicy {
  readonly maxRedirects: number
  readonly codes: ReadonlySet<number>
  readonly allowCrossScheme: boolean
  readonly predicates: readonly AnyMessage[]
  readonly responseHeadersToCopy: readonly string[]
}

/** The ordered story of one routing decision. */
export interface Explanation extends RouteOutcome {
  readonly virtualHost:
    | { readonly name: string; readonly domain: string; readonly position: Position | undefined }
    | undefined
  /** Why this virtual host, and why not the others that came near. */
  readonly hostSteps: readonly ExplainStep[]
  /** Routes that were tried, in order, each with its first failing predicate; the winner last. */
  readonly routes: readonly RouteTrial[]
  readonly matched: RouteTrial | undefined
  /** For a miss: the route that came furthest. */
  readonly nearestMiss: RouteTrial | undefined
}

/** What becomes of a request by its route. */
export interface RouteOutcome {
  /** What the route decides: cluster, rewritten path and host, header changes, timeouts, retries, each with its place. */
  readonly outcome: readonly ExplainStep[]
  readonly cluster: string
  readonly rewrittenPath: string
  readonly rewrittenHost: string
  /** `auto_host_rewrite`: in place of `rewrittenHost` comes the hostname of the endpoint, where that has one. */
  readonly hostByEndpoint: boolean
  /** `redirect` and `direct`: the status and Location. */
  readonly status: number
  readonly location: string
}

export interface ExplainStep {
  readonly text: string
  readonly position: Position | undefined
}

export interface RouteTrial {
  readonly index: number
  readonly name: string
  readonly position: Position | undefined
  readonly matched: boolean
  /** Predicates in the order of evaluation up to the first that failed. */
  readonly predicates: readonly {
    readonly text: string
    readonly ok: boolean
    readonly position: Position | undefined
  }[]
}
