import type { EnumName } from '@nuncio/config'
import type { Route } from '../contracts.ts'
import type { RateLimit, RateLimitDescriptor, RateLimitStream } from './contracts.ts'

/** What becomes of a virtual host's rate limits: they count when the route has none, always, never. */
export type VirtualHostRateLimits = EnumName<'envoy.extensions.common.ratelimit.v3.VhRateLimitsOptions'>

/** Which rate limits of a route count. */
export interface RouteRateLimitOptions {
  /** Only limits of this stage count. */
  readonly stage: number
  /** `include_vh_rate_limits` of a route goes before it. */
  readonly virtualHost: VirtualHostRateLimits
  /** The name of the cluster that the proxy itself belongs to. */
  readonly localCluster: string
  /** Leaves out limits, such as those whose disable key is set. */
  readonly skips?: (limit: RateLimit) => boolean
}

/** Asks the rate limits of whatever route a stream has. */
export class RouteRateLimits {
  readonly #options: RouteRateLimitOptions

  constructor(options: RouteRateLimitOptions) {
    this.#options = options
  }

  /** The descriptors of a stream, those of its route first. A redirect or a direct response has none. */
  describe(stream: RateLimitStream): RateLimitDescriptor[] {
    const out: RateLimitDescriptor[] = []
    const route = stream.route()
    if (route?.kind !== 'forward') return out
    this.#add(route.rateLimits, stream, out)
    if (this.#includesVirtualHost(route)) this.#add(route.virtualHost.rateLimits, stream, out)
    return out
  }

  #includesVirtualHost(route: Extract<Route, { kind: 'forward' }>): boolean {
    if (route.includeVirtualHostRateLimits) return true
    const { virtualHost } = this.#options
    return virtualHost === 'INCLUDE' || (virtualHost === 'OVERRIDE' && route.rateLimits.length === 0)
  }

  #add(limits: readonly RateLimit[], stream: RateLimitStream, out: RateLimitDescriptor[]): void {
    const { stage, localCluster, skips } = this.#options
    for (const limit of limits) {
      if (limit.stage !== stage || skips?.(limit) === true) continue
      const descriptor = limit.describe(stream, localCluster)
      if (descriptor !== undefined) out.push(descriptor)
    }
  }
}

/** The descriptors that a filter's own list makes of a stream, when it begins or when it is done. */
export function describeRateLimits(
  limits: readonly RateLimit[],
  stream: RateLimitStream,
  localCluster: string,
  onStreamDone = false,
): RateLimitDescriptor[] {
  const out: RateLimitDescriptor[] = []
  for (const limit of limits) {
    const descriptor = limit.onStreamDone === onStreamDone ? limit.describe(stream, localCluster) : undefined
    if (descriptor !== undefined) out.push(descriptor)
  }
  return out
}
