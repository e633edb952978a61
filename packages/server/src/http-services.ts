import type { FormatEnvironment } from '@nuncio/access-log'
import type { Message } from '@nuncio/config'
import type { OverloadState, RandomGenerator, Runtime, StatsStore, TimerWheel, TimeSource } from '@nuncio/core'
import type { ClusterClients, HttpFilterDefinition, ProxyView } from '@nuncio/filter-chain'
import type { WriteBatch } from '@nuncio/http-codec'
import {
  type AccessLog,
  findingReporter,
  type HttpServices,
  inlineRoutes,
  type LiveTracer,
  type LoadOptions,
  logMatchers,
  type RouteConfig,
  type RouteSource,
  type RouteSourceOptions,
  RouteSubscriptions,
} from '@nuncio/network-filters'
import { createAccessLog, type LogFiles } from '@nuncio/telemetry'
import type { RouteTableOptions } from '@nuncio/router'
import type { ResourceSource } from '@nuncio/xds'
import { nodePlatform } from './platform/node-platform.ts'
import type { Tracers } from './tracing/tracers.ts'
import { Replaceable } from './reload/replaceable.ts'

/** What the services are made of. */
export interface ServiceParts {
  readonly batch: WriteBatch
  readonly wheel: TimerWheel
  readonly time: TimeSource
  readonly random: RandomGenerator
  readonly runtime: Runtime
  readonly clusters: ClusterClients
  readonly stats: StatsStore
  readonly resources: ResourceSource
  readonly overload: OverloadState
  /** Given ones before the built-in ones. */
  readonly httpFilters: readonly HttpFilterDefinition[]
  readonly logFiles: LogFiles
  readonly environment: FormatEnvironment
  readonly proxy: ProxyView & { healthCheckFailed: boolean }
  readonly localNode: string
  readonly localZone: string
  readonly tracers: Tracers
}

/** What network filters that speak HTTP are handed. */
export class ServerHttpServices implements HttpServices {
  readonly batch: WriteBatch
  readonly wheel: TimerWheel
  readonly clusters: ClusterClients
  readonly platform = nodePlatform
  readonly definitions: Replaceable<readonly HttpFilterDefinition[]>
  readonly proxy: ProxyView & { healthCheckFailed: boolean }
  readonly overload: OverloadState
  readonly tracing: HttpServices['tracing']
  readonly rds: RouteSubscriptions
  readonly #parts: ServiceParts
  readonly #tables: Omit<RouteTableOptions, 'report'>

  constructor(parts: ServiceParts) {
    this.batch = parts.batch
    this.wheel = parts.wheel
    this.clusters = parts.clusters
    this.definitions = new Replaceable(parts.httpFilters)
    this.proxy = parts.proxy
    this.overload = parts.overload
    this.tracing = { node: { id: parts.localNode, zone: parts.localZone }, environment: parts.environment }
    this.#parts = parts
    const { clusters, environment, resources, runtime, stats, time } = parts
    this.#tables = { runtime, formatEnvironment: environment, readFile: nodePlatform.readFile }
    this.rds = new RouteSubscriptions({
      resources,
      stats,
      tables: { ...this.#tables, clusters: { has: (name) => clusters.get(name) !== undefined } },
      wallMs: () => time.wallMs(),
    })
  }

  get httpFilters(): readonly HttpFilterDefinition[] {
    return this.definitions.value
  }

  accessLog(config: Message<'envoy.config.accesslog.v3.AccessLog'>, options: LoadOptions): AccessLog | undefined {
    const { time, random, runtime, logFiles, environment } = this.#parts
    const { path } = options
    return createAccessLog(config, {
      files: logFiles,
      environment,
      report: findingReporter(path, options.report, options.sources),
      readFile: nodePlatform.readFile,
      runtime,
      time,
      random,
      matchers: logMatchers(path, options.report, options.sources),
    })
  }

  tracer(
    config: Message<'envoy.config.trace.v3.Tracing.Http'> | undefined,
    options: LoadOptions,
  ): LiveTracer | undefined {
    return this.#parts.tracers.obtain(config, options)
  }

  routeSource(config: RouteConfig, options: RouteSourceOptions): RouteSource {
    if (config.rds !== undefined)
      return this.rds.source(config.rds, config.stat_prefix ?? '', { ...options, path: `${options.path}.rds` })
    const { scoped_routes: scoped, stat_prefix: prefix = '' } = config
    if (scoped?.scoped_rds !== undefined)
      return this.rds.scoped(scoped, prefix, { ...options, path: `${options.path}.scoped_routes` })
    return inlineRoutes(config, { ...options, ...this.#tables })
  }
}
