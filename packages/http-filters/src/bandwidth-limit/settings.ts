import type { Message } from '@nuncio/config'
import type { FilterContext } from '@nuncio/filter-chain'
import { type ConfigPlace, runtimeFlag } from '@nuncio/matching'
import { Meter } from './meter.ts'
import { type DirectionStats, directionStats } from './stats.ts'

export type BandwidthConfig = Message<'envoy.extensions.filters.http.bandwidth_limit.v3.BandwidthLimit'>

const DEFAULT_STEP_MS = 50

/** One direction that is limited. */
export interface DirectionLimit {
  readonly meter: Meter
  readonly stats: DirectionStats
}

/** One BandwidthLimit message, compiled, with what is left of its bandwidth. */
export interface BandwidthSettings {
  readonly isEnabled: () => boolean
  readonly request: DirectionLimit | undefined
  readonly response: DirectionLimit | undefined
  /** How the names of response trailers begin; undefined: there are none. */
  readonly trailerPrefix: string | undefined
}

export function compileBandwidth(
  config: BandwidthConfig,
  place: ConfigPlace,
  context: FilterContext<BandwidthSettings>,
): BandwidthSettings {
  const { enable_mode: mode = 'DISABLED', limit_kbps: limit, fill_interval: step = DEFAULT_STEP_MS } = config
  if (limit === undefined && mode !== 'DISABLED') place.error('missing-field', 'a bandwidth limit needs limit_kbps')
  const scope = context.stats.store.scope(`${config.stat_prefix ?? ''}.http_bandwidth_limit.`)
  const direction = (name: 'request' | 'response', on: boolean): DirectionLimit | undefined => {
    const stats = directionStats(scope, name)
    return on && limit !== undefined ? { meter: new Meter(limit, step, context.time.monotonicMs()), stats } : undefined
  }
  const { response_trailer_prefix: prefix = '' } = config
  return {
    isEnabled: runtimeFlag(config.runtime_enabled, context.runtime),
    request: direction('request', mode === 'REQUEST' || mode === 'REQUEST_AND_RESPONSE'),
    response: direction('response', mode === 'RESPONSE' || mode === 'REQUEST_AND_RESPONSE'),
    trailerPrefix:
      config.enable_response_trailers === true ? (prefix === '' ? '' : `${prefix.toLowerCase()}-`) : undefined,
  }
}
