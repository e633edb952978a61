import type { ClusterManager, HostPredicate, Outcome } from '@nuncio/cluster'
import type { AnyMessage } from '@nuncio/config'
import type { LoadShedPoint, RandomGenerator, RequestHeaders, Runtime, TimerWheel, TimeSource } from '@nuncio/core'
import type { HttpFilterChain } from '@nuncio/filter-chain'
import type { EffectiveTimeouts, HashResult, TimeoutDefaults } from '@nuncio/router'
import type { RouterStats } from './router-stats.ts'
import type { Tallies } from './tallies.ts'
import type { TryWorld } from './upstream-filters/try-chain.ts'
import type { UpstreamLog } from './upstream-log.ts'

/** What all streams of one router filter share. */
export interface RouterSettings {
  readonly suppressEnvoyHeaders: boolean
  /** `start_child_span`: tries have spans, whatever the connection manager says. */
  readonly startsChildSpan: boolean
  /** Undefined where tries are not logged. */
  readonly upstreamLog: UpstreamLog | undefined
  /** `upstream_http_filters`; undefined where there are none. */
  readonly upstreamFilters: HttpFilterChain | undefined
  readonly tryWorld: TryWorld
  readonly timeoutDefaults: TimeoutDefaults
  /** The first header that fails `strict_check_headers`; undefined when the check is off. */
  readonly strictHeaders:
    | ((headers: RequestHeaders) => { readonly name: string; readonly value: string } | undefined)
    | undefined
  readonly stats: RouterStats
  readonly loadShed: LoadShedPoint
  /** Whether codes and times are counted; `dynamic_stats`. */
  readonly dynamicStats: boolean
  readonly tallies: Tallies
  readonly clusters: ClusterManager
  /** See `ProxyView.localAddress`; '' = not known. */
  readonly localAddress: string
  readonly time: TimeSource
  readonly wheel: TimerWheel
  readonly random: RandomGenerator
  readonly runtime: Runtime
  hostPredicates(configs: readonly AnyMessage[]): readonly HostPredicate[]
  /** Scratch objects of one event loop turn: filled and read at once, never kept. */
  readonly hashResult: HashResult
  readonly timeouts: EffectiveTimeouts
  readonly outcome: { -readonly [K in keyof Outcome]: Outcome[K] }
}
