import type { AccessLog, FormatEnvironment } from '@nuncio/access-log'
import type { Message, Problem, Sources } from '@nuncio/config'
import type { ClusterClients, HttpFilterDefinition, Platform, ProxyView, RouteSite } from '@nuncio/filter-chain'
import type { OverloadState, RequestHeaders, TimerWheel } from '@nuncio/core'
import type { WriteBatch } from '@nuncio/http-codec'
import type { RouteTable } from '@nuncio/router'
import type { Tracer } from '@nuncio/tracing'

/** Where the requests of a connection manager get their routes. A stream keeps the source that it began with. */
export interface RouteSource {
  /** The table for a request by its headers (`scoped_routes`), or the only one; undefined: there is no route. */
  tableFor(headers: RequestHeaders): RouteTable | undefined
  /** Lower-case names of headers that only internal clients may send (`internal_only_headers`). */
  readonly internalOnlyHeaders: readonly string[]
  /** Settles when there is a first table, or is to be none; undefined: it is there. */
  readonly ready?: Promise<void> | undefined
  /** The last stream that may ask is over. */
  close?(): void
}

/** What a source of routes is made with. */
export interface RouteSourceOptions extends LoadOptions {
  /**
   * Compiles what a table says to the filters of the connection manager, before a request gets it; `path` is that of the
   * route configuration.
   */
  compileFilters(table: RouteTable, path: string, site: RouteSite): void
}

/** A tracing provider that those who are configured alike share; whoever was given it lets it go once. */
export interface LiveTracer {
  readonly tracer: Tracer
  release(): void
}

/** What a connection manager says of its routes. */
export type RouteConfig = Pick<
  Message<'envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager'>,
  'route_config' | 'scoped_routes' | 'rds' | 'stat_prefix'
>

/** What the composition root hands to network filters that speak HTTP or use clusters. */
export interface HttpServices {
  readonly batch: WriteBatch
  readonly wheel: TimerWheel
  readonly clusters: ClusterClients
  readonly platform: Platform
  readonly httpFilters: readonly HttpFilterDefinition[]
  /** Makes an access log from its entry, which stands at `options.path`; undefined after reporting a problem. */
  accessLog(config: Message<'envoy.config.accesslog.v3.AccessLog'>, options: LoadOptions): AccessLog | undefined
  /**
   * The tracing provider of a connection manager: its own, or that of the bootstrap. Undefined when there is none, or
   * after reporting a problem; `options.path` is the provider's.
   */
  tracer(
    config: Message<'envoy.config.trace.v3.Tracing.Http'> | undefined,
    options: LoadOptions,
  ): LiveTracer | undefined
  /** What spans say of this proxy, '' = not named; and what formats may read. */
  readonly tracing: {
    readonly node: { readonly id: string; readonly zone: string }
    readonly environment: FormatEnvironment
  }
  /** Compiles routes that stand in a connection manager, or subscribes to those that it names. */
  routeSource(config: RouteConfig, options: RouteSourceOptions): RouteSource
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
