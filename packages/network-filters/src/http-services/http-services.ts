import type { FormatContext } from '@nuncio/access-log'
import type { Message, Problem, Sources } from '@nuncio/config'
import type { ClusterClients, HttpFilterDefinition, Platform, ProxyView } from '@nuncio/filter-chain'
import type { OverloadState, TimerWheel } from '@nuncio/core'
import type { WriteBatch } from '@nuncio/http-codec'
import type { RouteTable } from '@nuncio/router'

/** Where a finished stream is written down. */
export interface AccessLog {
  log(context: FormatContext): void
  /** Whether it prints `%LOCAL_REPLY_BODY%`, which is kept only for those that do. */
  readonly readsLocalReplyBody?: boolean
}

/** The route table of a connection manager: the one that is current now. A stream keeps the one it began with. */
export interface RouteSource {
  readonly table: RouteTable | undefined
}

/** What the composition root hands to network filters that speak HTTP or use clusters. */
export interface HttpServices {
  readonly batch: WriteBatch
  readonly wheel: TimerWheel
  readonly clusters: ClusterClients
  readonly platform: Platform
  readonly httpFilters: readonly HttpFilterDefinition[]
  /** Makes an access log from its configuration; undefined after reporting a problem. */
  accessLog(config: Message<'envoy.config.accesslog.v3.AccessLog'>, options: LoadOptions): AccessLog | undefined
  /** Compiles an inline route configuration. */
  routeSource(config: Message<'envoy.config.route.v3.RouteConfiguration'>, options: LoadOptions): RouteSource
  /** What the overload manager decided. */
  readonly overload: OverloadState
  readonly proxy: ProxyView
}

/** Where a part of the configuration stands, and who hears of problems with it. */
export interface LoadOptions {
  readonly sources: Sources | undefined
  readonly path: string
  readonly report: (problem: Problem) => void
}
