import { envoyMessage, type Message } from '@nuncio/config'
import type { HttpFilterDefinition } from '@nuncio/filter-chain'
import { configPlace } from '@nuncio/matching'
import { rateLimitHonours } from './honours.ts'
import { RateLimitFilter } from './ratelimit-filter.ts'
import { compileRouteLimits, type RateLimitConfig, RateLimitSettings, type RouteLimits } from './settings.ts'

type PerRoute = Message<'envoy.extensions.filters.http.ratelimit.v3.RateLimitPerRoute'>

/** `envoy.filters.http.ratelimit`: lets as many requests through as a service, which many proxies ask, allows. */
export const rateLimit: HttpFilterDefinition<RateLimitConfig, RouteLimits> = {
  name: 'envoy.filters.http.ratelimit',
  config: envoyMessage('envoy.extensions.filters.http.ratelimit.v3.RateLimit', rateLimitHonours),
  routeConfig: envoyMessage('envoy.extensions.filters.http.ratelimit.v3.RateLimitPerRoute', rateLimitHonours),
  stability: 'stable',
  create: (config, context) => {
    const settings = new RateLimitSettings(config, configPlace(config, context), context)
    return () => new RateLimitFilter(settings, context)
  },
  createRoute: (config, context) =>
    compileRouteLimits(config as PerRoute, configPlace(config as object, context), context),
}
