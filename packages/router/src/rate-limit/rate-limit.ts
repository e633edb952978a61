import type { Message } from '@nuncio/config'
import type { ConfigPlace } from '@nuncio/matching'
import type { RouteTableOptions } from '../options.ts'
import { NO_ENTRY, type RateLimitAction } from './action.ts'
import { compileAction } from './actions.ts'
import type { RateLimit, RateLimitDescriptor, RateLimitEntry, RateLimitStream } from './contracts.ts'
import { compileHits, type Hits } from './hits.ts'
import { compileLimitOverride, type LimitOverride } from './limit-override.ts'

type Config = Message<'envoy.config.route.v3.RateLimit'>

/**
 * Where a list of rate limits stands. `route`: `rate_limits` of a route or virtual host. `filter`: a list of a filter's
 * own, which has no stages, no disable key and no limits. `filter-with-limits`: as `filter`, and limits are allowed.
 */
export type RateLimitHome = 'route' | 'filter' | 'filter-with-limits'

const NONE: readonly RateLimit[] = Object.freeze([])

/** Compiles the list of rate limits in a field of the message at `place`. */
export function compileRateLimits(
  configs: readonly Config[] | undefined,
  home: RateLimitHome,
  place: ConfigPlace,
  options: RouteTableOptions,
  field = 'rate_limits',
): readonly RateLimit[] {
  if (configs === undefined || configs.length === 0) return NONE
  return configs.map((config, i) => {
    const at = place.item(field, i, config)
    if (home === 'route') warnOfHits(config, at)
    else refuseForeignFields(config, home, at)
    return new CompiledRateLimit(config, home, at, options)
  })
}

/** Envoy reads them only where a filter has the list itself, and says nothing. */
function warnOfHits(config: Config, place: ConfigPlace): void {
  if (config.hits_addend !== undefined)
    place
      .at('hits_addend', config.hits_addend)
      .warn(
        'no-effect',
        'hits_addend does nothing in the rate_limits of a route',
        'move the rate limit into the rate_limits of the filter, or of its typed_per_filter_config',
      )
}

function refuseForeignFields(config: Config, home: RateLimitHome, place: ConfigPlace): void {
  for (const field of ['stage', 'disable_key'] as const) {
    if (config[field] !== undefined && config[field] !== '')
      place.at(field).error('unsupported', `${field} is for the rate_limits of routes, not of filters`)
  }
  if (home === 'filter' && config.limit !== undefined)
    place.at('limit', config.limit).error('unsupported', 'limit is for limits that a service keeps, not for local ones')
}

class CompiledRateLimit implements RateLimit {
  readonly stage: number
  readonly disableKey: string
  readonly onStreamDone: boolean
  readonly #headers: RateLimitDescriptor['headers']
  readonly #actions: readonly RateLimitAction[]
  readonly #limit: LimitOverride | undefined
  readonly #hits: Hits | undefined

  constructor(config: Config, home: RateLimitHome, place: ConfigPlace, options: RouteTableOptions) {
    this.stage = config.stage ?? 0
    this.disableKey = config.disable_key ?? ''
    this.onStreamDone = config.apply_on_stream_done === true
    this.#headers = config.x_ratelimit_option ?? 'UNSPECIFIED'
    this.#actions = (config.actions ?? []).flatMap(
      (action, i) => compileAction(action, place.item('actions', i, action), options) ?? [],
    )
    this.#limit = config.limit && compileLimitOverride(config.limit)
    this.#hits =
      home === 'route' || config.hits_addend === undefined
        ? undefined
        : compileHits(config.hits_addend, place.at('hits_addend', config.hits_addend), options)
  }

  describe(stream: RateLimitStream, localCluster: string): RateLimitDescriptor | undefined {
    const entries: RateLimitEntry[] = []
    for (const action of this.#actions) {
      const entry = action.entry(stream, localCluster)
      if (entry === undefined) return undefined
      if (entry !== NO_ENTRY) entries.push(entry)
    }
    const hits = this.#hits?.count(stream)
    if (hits !== undefined && hits < 0) return undefined
    return { entries, limit: this.#limit?.of(stream.info), hits, headers: this.#headers }
  }
}
