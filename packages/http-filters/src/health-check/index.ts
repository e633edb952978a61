import { envoyMessage, type Message } from '@nuncio/config'
import { Flag, type RequestHeaders, type ResponseHeaders } from '@nuncio/core'
import {
  type FilterContext,
  type FilterStream,
  type HttpFilter,
  type HttpFilterDefinition,
  type LocalReply,
  localReply,
  type Verdict,
} from '@nuncio/filter-chain'
import { compileHeaderMatchers, configPlace, type HeaderMatcher, matchesHeaders } from '@nuncio/matching'
import { AnswerCache } from './answer-cache.ts'
import { compileDemands, type Demands, judge } from './clusters.ts'
import { healthCheckHonours } from './honours.ts'
import { HealthCheckStats } from './stats.ts'

type Config = Message<'envoy.extensions.filters.http.health_check.v3.HealthCheck'>

/** Bytes of a body that an answer waits for. */
const MAX_BODY = 64 * 1024

/** Keeps no state of a stream: one object serves all. */
class HealthCheckFilter implements HttpFilter {
  readonly #context: FilterContext
  readonly #headers: readonly HeaderMatcher[]
  readonly #demands: Demands
  readonly #passThrough: boolean
  readonly #cache: AnswerCache | undefined
  readonly #stats: HealthCheckStats

  constructor(config: Config, context: FilterContext) {
    this.#context = context
    this.#stats = new HealthCheckStats(context.stats)
    this.#headers = compileHeaderMatchers(config.headers, configPlace(config, context))
    this.#demands = compileDemands(config.cluster_min_healthy_percentages)
    this.#passThrough = config.pass_through_mode === true
    const cacheMs = config.cache_time ?? 0
    this.#cache = cacheMs > 0 ? new AnswerCache(cacheMs, context.time.monotonicMs()) : undefined
  }

  onRequestHeaders(headers: RequestHeaders, stream: FilterStream, endStream: boolean): Verdict {
    if (!matchesHeaders(this.#headers, headers)) return undefined
    stream.info.healthCheck = true
    const reply = this.#ownAnswer()
    // With a body it is answered when that is here, so that the connection can be used again.
    return reply === undefined || endStream ? reply : stream.bufferRequest(MAX_BODY).then(() => reply)
  }

  /** Undefined: the upstream answers. */
  #ownAnswer(): LocalReply | undefined {
    if (this.#context.proxy.healthCheckFailed) return this.#answer(503, 'health_check_failed')
    const cache = this.#cache
    if (cache?.isFresh(this.#context.time.monotonicMs()) === true)
      return this.#answer(cache.status, 'health_check_cached', cache.degraded)
    if (this.#passThrough) return undefined
    const judgement = judge(this.#demands, this.#context.clusters)
    return this.#answer(judgement.startsWith('health_check_ok') ? 200 : 503, judgement)
  }

  #answer(status: number, details: string, degraded = false): LocalReply {
    const ok = status >= 200 && status < 300
    this.#stats.answered(ok, details, degraded)
    return localReply(status, details, { flags: ok ? 0 : Flag.LH, headers: degraded ? DEGRADED : [] })
  }

  onResponseHeaders(headers: ResponseHeaders, { info }: FilterStream): void {
    const { proxy, time } = this.#context
    if (info.healthCheck) {
      // What this filter answered itself, from the cache too, is no news.
      if (info.upstreamHost !== undefined)
        this.#cache?.keep(headers.status, headers.has('x-envoy-degraded'), time.monotonicMs())
      headers.set('x-envoy-upstream-healthchecked-cluster', proxy.localCluster)
    }
    if (proxy.healthCheckFailed) headers.set('x-envoy-immediate-health-check-fail', 'true')
  }
}

const DEGRADED: readonly (readonly [string, string])[] = [['x-envoy-degraded', '']]

function createHealthCheck(config: Config, context: FilterContext): () => HttpFilter {
  const place = configPlace(config, context)
  if (config.pass_through_mode === true && config.cluster_min_healthy_percentages !== undefined) {
    place
      .at('cluster_min_healthy_percentages')
      .warn('no-effect', 'in pass-through mode the upstream answers, and no cluster is looked at')
  }
  if (config.pass_through_mode !== true && config.cache_time !== undefined)
    place.at('cache_time').error('oneof-conflict', 'answers are kept in pass-through mode only')
  const filter = new HealthCheckFilter(config, context)
  return () => filter
}

/** `envoy.filters.http.health_check`: answers the health checks of load balancers in front of the proxy. */
export const healthCheck: HttpFilterDefinition<Config> = {
  name: 'envoy.filters.http.health_check',
  config: envoyMessage('envoy.extensions.filters.http.health_check.v3.HealthCheck', healthCheckHonours),
  stability: 'stable',
  create: createHealthCheck,
}
