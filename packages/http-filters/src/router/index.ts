import { createHostPredicate, type HostPredicate } from '@nuncio/cluster'
import { type AnyMessage, envoyMessage, type Message } from '@nuncio/config'
import type { RequestHeaders } from '@nuncio/core'
import type { HttpFilterDefinition } from '@nuncio/filter-chain'
import { emptyTimeouts, parseGrpcTimeout } from '@nuncio/router'
import { routerHonours } from './honours.ts'
import { RouterStats } from './router-stats.ts'
import { RouterStream } from './router-stream.ts'
import type { RouterSettings } from './settings.ts'
import { Tallies } from './tallies.ts'
import { createTryWorld } from './upstream-filters/try-world.ts'
import { createUpstreamLog } from './upstream-log.ts'

type Router = Message<'envoy.extensions.filters.http.router.v3.Router'>

const NUMBER = (value: string): boolean => /^\d{1,15}$/.test(value)
const CHECKS: Readonly<Record<string, (value: string) => boolean>> = {
  'x-envoy-upstream-rq-timeout-ms': NUMBER,
  'x-envoy-upstream-rq-per-try-timeout-ms': NUMBER,
  'x-envoy-max-retries': NUMBER,
  'x-envoy-retry-on': (value) => value.trim() !== '',
  'x-envoy-retry-grpc-on': (value) => value.trim() !== '',
  'grpc-timeout': (value) => parseGrpcTimeout(value) !== undefined,
}

function strictCheck(names: readonly string[]): RouterSettings['strictHeaders'] {
  if (names.length === 0) return undefined
  return (headers: RequestHeaders) => {
    for (const name of names) {
      const value = headers.get(name)
      if (value !== undefined && CHECKS[name]?.(value) === false) return { name, value }
    }
    return undefined
  }
}

/** Unknown predicates were refused when the configuration was checked. */
const UNREPORTED = { report: () => {} }

/** Caches compiled predicates by the list that configured them. */
function predicates(): (configs: readonly AnyMessage[]) => readonly HostPredicate[] {
  const compiled = new WeakMap<readonly AnyMessage[], readonly HostPredicate[]>()
  return (configs) => {
    let found = compiled.get(configs)
    if (found === undefined)
      compiled.set(configs, (found = configs.flatMap((config) => createHostPredicate(config, UNREPORTED) ?? [])))
    return found
  }
}

/** `envoy.filters.http.router`: the last filter of every chain that forwards. */
export const router: HttpFilterDefinition<Router> = {
  name: 'envoy.filters.http.router',
  config: envoyMessage('envoy.extensions.filters.http.router.v3.Router', routerHonours),
  stability: 'stable',
  terminal: true,
  create(config, context) {
    const { upstream_http_filters: filters = [] } = config
    const settings: RouterSettings = {
      suppressEnvoyHeaders: config.suppress_envoy_headers ?? false,
      startsChildSpan: config.start_child_span ?? false,
      upstreamLog: createUpstreamLog(config, context),
      upstreamFilters:
        filters.length === 0 ? undefined : context.upstreamChain(filters, `${context.path}.upstream_http_filters`),
      tryWorld: createTryWorld(context),
      strictHeaders: strictCheck(config.strict_check_headers ?? []),
      stats: new RouterStats(context.stats),
      loadShed: context.loadShed,
      dynamicStats: config.dynamic_stats ?? true,
      tallies: new Tallies(context.stats.store),
      clusters: context.clusters,
      localAddress: context.proxy.localAddress ?? '',
      time: context.time,
      wheel: context.wheel,
      random: context.random,
      runtime: context.runtime,
      hostPredicates: predicates(),
      timeouts: emptyTimeouts(),
      timeoutDefaults: {
        streamIdleTimeoutMs: 0,
        maxStreamDurationMs: 0,
        respectExpectedTimeout: config.respect_expected_rq_timeout ?? false,
      },
      hashResult: { has: false, high: 0, low: 0, cookie: '' },
      outcome: { status: 0, reset: undefined, latencyMs: -1, grpcStatus: -1 },
    }
    return () => new RouterStream(settings)
  },
}
