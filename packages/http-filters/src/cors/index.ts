import { envoyMessage } from '@nuncio/config'
import type { Counter, RequestHeaders, ResponseHeaders } from '@nuncio/core'
import {
  type FilterContext,
  type FilterStream,
  type HttpFilter,
  type HttpFilterDefinition,
  type LocalReply,
  localReply,
  type Verdict,
} from '@nuncio/filter-chain'
import { configPlace } from '@nuncio/matching'
import { type CorsConfig, compileCorsPolicy, type CorsPolicy } from '@nuncio/router'
import { corsHonours } from './honours.ts'
import { EffectivePolicy } from './policy.ts'

interface Shared {
  readonly valid: Counter
  readonly invalid: Counter
  policy(stream: FilterStream): EffectivePolicy
}

class CorsFilter implements HttpFilter {
  readonly #shared: Shared
  #policy: EffectivePolicy | undefined = undefined
  #origin = ''

  constructor(shared: Shared) {
    this.#shared = shared
  }

  onRequestHeaders(headers: RequestHeaders, stream: FilterStream): Verdict {
    const origin = headers.get('origin') ?? ''
    if (origin === '') return
    const policy = this.#shared.policy(stream)
    if (!policy.exists) return
    const enabled = policy.enabled(stream.random)
    if (!enabled && !policy.shadow(stream.random)) return
    const preflight = headers.method === 'OPTIONS' && (headers.get('access-control-request-method') ?? '') !== ''
    if (!policy.allows(origin)) {
      this.#shared.invalid.inc()
      if (enabled && preflight && !policy.flag('forwardOthersPreflights', true)) return preflightReply(policy, headers)
      return
    }
    this.#shared.valid.inc()
    if (!enabled) return
    this.#policy = policy
    this.#origin = origin
    if (preflight) return preflightReply(policy, headers)
  }

  onResponseHeaders(headers: ResponseHeaders): void {
    const policy = this.#policy
    if (policy === undefined) return
    headers.set('access-control-allow-origin', this.#origin)
    if (policy.flag('credentials', false)) headers.set('access-control-allow-credentials', 'true')
    const exposed = policy.text('exposed')
    if (exposed !== '') headers.set('access-control-expose-headers', exposed)
  }
}

/** What is allowed; for whom, the response hook says. */
function preflightReply(policy: EffectivePolicy, headers: RequestHeaders): LocalReply {
  return localReply(200, 'cors_response', { headers: preflightHeaders(policy, headers) })
}

function preflightHeaders(policy: EffectivePolicy, request: RequestHeaders): readonly (readonly [string, string])[] {
  const lines: [string, string][] = []
  const add = (name: string, value: string): void => void (value !== '' && lines.push([name, value]))
  add('access-control-allow-methods', orAsked(policy.text('methods'), request.get('access-control-request-method')))
  add('access-control-allow-headers', orAsked(policy.text('headers'), request.get('access-control-request-headers')))
  add('access-control-max-age', policy.text('maxAge'))
  if (policy.flag('privateNetwork', false) && request.get('access-control-request-private-network') === 'true') {
    add('access-control-allow-private-network', 'true')
  }
  return lines
}

/** `*` allows whatever is asked for, by its name. */
function orAsked(allowed: string, asked: string | undefined): string {
  return allowed === '*' ? (asked ?? '') : allowed
}

function createCors(_config: unknown, context: FilterContext<CorsPolicy>): () => HttpFilter {
  const policies = new WeakMap<object, EffectivePolicy>()
  const none = new EffectivePolicy([])
  const shared: Shared = {
    valid: context.stats.counter('cors.origin_valid'),
    invalid: context.stats.counter('cors.origin_invalid'),
    policy: (stream) => {
      const route = stream.route()
      // As in Envoy, what the proxy answers by itself is under no policy.
      if (route?.kind !== 'forward') return none
      let policy = policies.get(route)
      if (policy !== undefined) return policy
      const levels = context.routeConfigs(stream)
      // The older place of policies counts where nothing stands in the newer one.
      policies.set(route, (policy = new EffectivePolicy(levels.length > 0 ? levels : route.cors)))
      return policy
    },
  }
  return () => new CorsFilter(shared)
}

/** `envoy.filters.http.cors`: answers preflights and marks responses, by the policies of route and virtual host. */
export const cors: HttpFilterDefinition<unknown, CorsPolicy> = {
  name: 'envoy.filters.http.cors',
  config: envoyMessage('envoy.extensions.filters.http.cors.v3.Cors', corsHonours),
  routeConfig: envoyMessage('envoy.extensions.filters.http.cors.v3.CorsPolicy', corsHonours),
  stability: 'stable',
  create: createCors,
  createRoute: (config, context) => compileCorsPolicy(config as CorsConfig, configPlace(config as object, context)),
}
