import { envoyMessage } from '@nuncio/config'
import type { NetworkFilterDefinition } from '@nuncio/listener'
import type { HttpServices } from '../http-services/http-services.ts'
import { networkRateLimitHonours } from './honours.ts'
import { NetworkRateLimit, type RateLimitConfig } from './ratelimit.ts'

/** `envoy.filters.network.ratelimit`: lets as many connections in as a service, which many proxies ask, allows. */
export const rateLimit: NetworkFilterDefinition<RateLimitConfig, HttpServices> = {
  name: 'envoy.filters.network.ratelimit',
  config: envoyMessage('envoy.extensions.filters.network.ratelimit.v3.RateLimit', networkRateLimitHonours),
  stability: 'stable',
  terminal: false,
  create: (config, context) => new NetworkRateLimit(config, context),
}
