import { envoyMessage, type Message } from '@nuncio/config'
import type { Counter, RequestHeaders } from '@nuncio/core'
import {
  type FilterContext,
  type FilterStream,
  type HttpFilter,
  type HttpFilterDefinition,
  localReply,
  type Verdict,
} from '@nuncio/filter-chain'
import {
  compileRuntimeFraction,
  compileStringMatchers,
  configPlace,
  type ConfigPlace,
  matchesAny,
  type RuntimeFraction,
  type StringMatcher,
} from '@nuncio/matching'
import { csrfHonours } from './honours.ts'
import { sourceOrigin, targetOrigin } from './origin.ts'

type Config = Message<'envoy.extensions.filters.http.csrf.v3.CsrfPolicy'>

interface CsrfPolicy {
  readonly enabled: RuntimeFraction
  readonly shadow: RuntimeFraction | undefined
  readonly origins: readonly StringMatcher[]
}

interface CsrfStats {
  readonly missing: Counter
  readonly invalid: Counter
  readonly valid: Counter
}

function compilePolicy(config: Config, place: ConfigPlace): CsrfPolicy {
  const { filter_enabled: enabled = {}, shadow_enabled: shadow } = config
  return {
    enabled: compileRuntimeFraction(enabled, place.at('filter_enabled', enabled)),
    shadow: shadow && compileRuntimeFraction(shadow, place.at('shadow_enabled', shadow)),
    origins: compileStringMatchers(config.additional_origins, place, 'additional_origins'),
  }
}

/** Keeps no state of a stream: one object serves all. */
class CsrfFilter implements HttpFilter {
  readonly #policy: (stream: FilterStream) => CsrfPolicy
  readonly #stats: CsrfStats

  constructor(policy: (stream: FilterStream) => CsrfPolicy, stats: CsrfStats) {
    this.#policy = policy
    this.#stats = stats
  }

  onRequestHeaders(headers: RequestHeaders, stream: FilterStream): Verdict {
    const policy = this.#policy(stream)
    const enabled = policy.enabled.selects(stream.random)
    if (!enabled && policy.shadow?.selects(stream.random) !== true) return
    if (!changes(headers.method)) return
    if (this.#isValid(headers, policy) || !enabled) return
    return localReply(403, 'csrf_origin_mismatch', { body: 'Invalid origin' })
  }

  #isValid(headers: RequestHeaders, policy: CsrfPolicy): boolean {
    const source = sourceOrigin(headers)
    if (source === '') {
      this.#stats.missing.inc()
      return false
    }
    const valid = source === targetOrigin(headers) || matchesAny(policy.origins, source)
    const counter = valid ? this.#stats.valid : this.#stats.invalid
    counter.inc()
    return valid
  }
}

function changes(method: string): boolean {
  return method === 'POST' || method === 'PUT' || method === 'DELETE' || method === 'PATCH'
}

function createCsrf(config: Config, context: FilterContext<CsrfPolicy>): () => HttpFilter {
  const own = compilePolicy(config, configPlace(config, context))
  const filter = new CsrfFilter((stream) => context.routeConfig(stream) ?? own, {
    missing: context.stats.counter('csrf.missing_source_origin'),
    invalid: context.stats.counter('csrf.request_invalid'),
    valid: context.stats.counter('csrf.request_valid'),
  })
  return () => filter
}

/** `envoy.filters.http.csrf`: refuses changing requests that come from pages of other hosts. */
export const csrf: HttpFilterDefinition<Config, CsrfPolicy> = {
  name: 'envoy.filters.http.csrf',
  config: envoyMessage('envoy.extensions.filters.http.csrf.v3.CsrfPolicy', csrfHonours),
  routeConfig: envoyMessage('envoy.extensions.filters.http.csrf.v3.CsrfPolicy', csrfHonours),
  stability: 'stable',
  create: createCsrf,
  createRoute: (config, context) => compilePolicy(config as Config, configPlace(config as object, context)),
}
