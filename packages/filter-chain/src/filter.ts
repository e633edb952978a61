import type { AccessLog } from '@nuncio/access-log'
import type { AnyMessage, Message, MessageSchema, Problem, Sources } from '@nuncio/config'
import type { ClusterManager, SideRequest, SideResponse } from '@nuncio/cluster'
import type {
  HeaderMap,
  LoadShedPoint,
  Logger,
  RandomGenerator,
  RequestHeaders,
  ResponseHeaders,
  Runtime,
  StatsScope,
  TimerWheel,
  TimeSource,
} from '@nuncio/core'
import type { HttpFilterChain } from './engine/plan.ts'
import type { FilterStream } from './filter-stream.ts'
import type { LocalReply } from './local-reply.ts'
import type { MoreData } from './more-data.ts'
import type { Platform } from './platform.ts'
import type { ProxyView } from './proxy-view.ts'

/**
 * What a hook answers. Nothing: go on. A `LocalReply`: answer now, the response side starts here. A promise: the chain
 * holds this stream, with backpressure, until it settles to one of the two. Most hooks answer nothing and cost nothing.
 */
export type Verdict = void | LocalReply | Promise<void | LocalReply>

/** As a verdict; bytes go on in the chunk's place (an empty array swallows it), and `MoreData` is not all of them. */
export type DataAnswer = void | Uint8Array | MoreData | LocalReply
/** What a hook for data answers: at once, or as a promise that holds the stream until it settles. */
export type DataVerdict = DataAnswer | Promise<DataAnswer>

/**
 * One filter on one stream. Every hook is optional; which exist is learnt once, when the chain is built.
 *
 * A chunk is lent: it is valid until the hook returns (or its promise settles: the chain copies what it must hold).
 * `endStream` is true on the last call of a direction when no trailers follow. After `onComplete` nothing is called.
 * What a hook throws, or rejects with, becomes a 500 (or a reset, when the response has begun), a counter and a log line.
 */
export interface HttpFilter {
  onRequestHeaders?(headers: RequestHeaders, stream: FilterStream, endStream: boolean): Verdict
  onRequestData?(chunk: Uint8Array, stream: FilterStream, endStream: boolean): DataVerdict
  onRequestTrailers?(trailers: HeaderMap, stream: FilterStream): Verdict
  onResponseHeaders?(headers: ResponseHeaders, stream: FilterStream, endStream: boolean): Verdict
  onResponseData?(chunk: Uint8Array, stream: FilterStream, endStream: boolean): DataVerdict
  onResponseTrailers?(trailers: HeaderMap, stream: FilterStream): Verdict
  /** A matcher around this filter has decided for this stream (see `match-delegate`): what its action was compiled to. */
  onMatch?(action: unknown, stream: FilterStream): void
  /** The stream is over, however it ended; comes exactly once, also when it was aborted. Cancel what you started. */
  onComplete?(stream: FilterStream): void
}

/** What all filters of a chain work with. */
export interface FilterServices {
  /** `http.<stat_prefix>.` */
  readonly stats: StatsScope
  readonly time: TimeSource
  /** Coarse deadlines without a timer each; see `Deadline` of @nuncio/core. */
  readonly wheel: TimerWheel
  readonly random: RandomGenerator
  readonly runtime: Runtime
  readonly logger: Logger
  readonly clusters: ClusterClients
  readonly platform: Platform
  readonly proxy: ProxyView
  /** Asked by terminal filters before they take on a request (`http_downstream_filter_check`). */
  readonly loadShed: LoadShedPoint
  readonly sources: Sources | undefined
}

/** What a filter's configuration is given when it loads. */
export interface FilterContext<R = unknown> extends FilterServices {
  /** The filter's name in the chain: the key of its per-route configuration. */
  readonly name: string
  /** Where the filter's configuration stands, for problems; see `configPlace` of @nuncio/matching. */
  readonly path: string
  /** Says something about the configuration; an error keeps it from being used. */
  report(problem: Problem): void
  /** The most specific per-route configuration for the stream's route, compiled by `createRoute` or as parsed. */
  routeConfig(stream: FilterStream): R | undefined
  /** All levels, most specific first, for filters that merge. */
  routeConfigs(stream: FilterStream): readonly R[]
  /** Called when this configuration has been replaced and its last stream is over. */
  onDispose(dispose: () => void): void
  /**
   * Makes the filter of another typed configuration, which stands at `path`, for filters that wrap others (composite,
   * matchers). It is told what routes say to this filter, where that is of its type. Undefined after reporting what is wrong.
   */
  resolve(config: AnyMessage | undefined, path: string): (() => HttpFilter) | undefined
  /**
   * Makes an access log from its entry, which stands at `path`. Undefined after reporting what is wrong, and where logs
   * are not written at all. It is closed when this configuration is disposed of.
   */
  accessLog(config: Message<'envoy.config.accesslog.v3.AccessLog'>, path: string): AccessLog | undefined
  /** Makes the chain of filters that a router runs on each try, from the list at `path`. */
  upstreamChain(filters: readonly HttpFilterConfig[], path: string): HttpFilterChain
}

/** One entry of `http_filters`, as it was written. */
export type HttpFilterConfig = Message<'envoy.extensions.filters.network.http_connection_manager.v3.HttpFilter'>

/** Side calls to a cluster: authorization, JWKS, rate limits. Balanced, with its circuit breakers and statistics. */
export interface ClusterClients extends ClusterManager {
  /**
   * Sends a request to a cluster and reads the whole answer; rejects with a `SideCallError` when there is no cluster,
   * no host, no answer in time, or too large a one.
   */
  fetch(cluster: string, request: SideRequest): Promise<SideResponse>
}

/** What a registry holds of a filter; everything else about it derives from this. */
export interface HttpFilterDefinition<C = unknown, R = unknown> {
  /** `envoy.filters.http.cors` */
  readonly name: string
  readonly config: MessageSchema<C>
  readonly routeConfig?: MessageSchema<unknown>
  readonly stability: 'stable' | 'alpha' | 'wip'
  /** The last in a chain: it answers, or forwards upstream (only `router` and the like). */
  readonly terminal?: boolean
  /** Whether it may stand in a chain that runs on each try of a request (`also`), or stands only there (`only`). */
  readonly upstream?: 'also' | 'only'
  /** Once for each configuration; the result once for each stream (it may be the same object when it keeps no state). */
  create(config: C, context: FilterContext<R>): () => HttpFilter
  /** Compiles per-route configuration once; without it `routeConfig` gives the message as parsed. */
  createRoute?(config: unknown, context: FilterContext<R>): R
}

/** A definition as it is: it types what `create` and `createRoute` are given by what they are given it from. */
export function defineHttpFilter<C, R = unknown>(definition: HttpFilterDefinition<C, R>): HttpFilterDefinition<C, R> {
  return definition
}

/** Lets a list hold definitions of any configuration; each is given only its own. */
// oxlint-disable-next-line typescript/no-explicit-any -- `create` takes exactly what `config` describes
export type AnyHttpFilterDefinition = HttpFilterDefinition<any, any>
