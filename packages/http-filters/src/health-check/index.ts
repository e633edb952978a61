import { envoyMessage, type Message } from '@nuncio/config'
import { Flag, type RequestHeaders } from '@nuncio/core'
import {
  type FilterContext,
  type FilterStream,
  type HttpFilter,
  type HttpFilterDefinition,
  localReply,
  type Verdict,
} from '@nuncio/filter-chain'
import { compileHeaderMatchers, configPlace, type HeaderMatcher, matchesHeaders } from '@nuncio/matching'
import { compileDemands, type Demands, judge } from './clusters.ts'
import { healthCheckHonours } from './honours.ts'

type Config = Message<'envoy.extensions.filters.http.health_check.v3.HealthCheck'>

/** Keeps no state of a stream: one object serves all. */
class HealthCheckFilter implements HttpFilter {
  readonly #context: FilterContext
  readonly #headers: readonly HeaderMatcher[]
  readonly #demands: Demands
  readonly #passThrough: boolean

  constructor(config: Config, context: FilterContext) {
    this.#context = context
    this.#headers = compileHeaderMatchers(config.headers, configPlace(config, context))
    this.#demands = compileDemands(config.cluster_min_healthy_percentages)
    this.#passThrough = config.pass_through_mode === true
  }

  onRequestHeaders(headers: RequestHeaders, stream: FilterStream): Verdict {
    if (!matchesHeaders(this.#headers, headers)) return
    stream.info.healthCheck = true
    if (this.#passThrough) return
    const judgement = judge(this.#demands, this.#context.clusters)
    const ok = judgement.startsWith('health_check_ok')
    return localReply(ok ? 200 : 503, judgement, { flags: ok ? 0 : Flag.LH })
  }
}

function createHealthCheck(config: Config, context: FilterContext): () => HttpFilter {
  if (config.pass_through_mode === true && config.cluster_min_healthy_percentages !== undefined) {
    configPlace(config, context)
      .at('cluster_min_healthy_percentages')
      .error('oneof-conflict', 'in pass-through mode the upstream answers, and no cluster is looked at')
  }
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
