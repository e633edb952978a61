import type { JsonObject, MessageSchema, MessageSpec } from '@nuncio/config'
import { LOCALITY_HONOURS } from '../honours.ts'
import type { LocalityLbConfig } from '../locality/config.ts'

/** `nuncio.load_balancing_policies.score.v1.Score`: f(host) = Σ weight · g(host). */
export interface ScoreConfig {
  /** At least one. */
  readonly terms?: readonly ScoreTermConfig[]
  /** Default `P2C`. */
  readonly pick?: 'P2C' | 'BEST' | 'SOFTMAX'
  /** Default `LOWEST`. */
  readonly prefer?: 'LOWEST' | 'HIGHEST'
  /** For `P2C`: how many hosts are drawn; default 2. */
  readonly choice_count?: number
  /** For `SOFTMAX`: a difference in score by this much makes a host e times as likely; default 1. */
  readonly temperature?: number
  /** How often scales of `MAX` and `MIN_MAX` are looked at, ms; default 100. */
  readonly rescale_interval?: number
  readonly locality_lb_config?: LocalityLbConfig
}

export type Normalizer = 'NONE' | 'MAX' | 'MIN_MAX' | 'SATURATE' | 'LOG'

/** One term of a score as it is configured. */
export interface ScoreTermConfig {
  /** One that comes with nuncio, or one's own. */
  readonly name?: string
  /** Default 1; may be 0 or below. */
  readonly weight?: number
  /** Default `NONE`. */
  readonly normalizer?: Normalizer
  /** For `SATURATE`: the value that becomes one half; default 1. */
  readonly scale?: number
  /** For `latency_ewma` and `error_rate`: how fast the past is forgotten, ms; default 10 s. */
  readonly decay?: number
  /** For `latency_ewma`: multiply by active requests + 1. */
  readonly times_active?: boolean
  /** For `utilization`: metrics of a load report of which the largest counts; none: Envoy's own order. */
  readonly metric_names?: readonly string[]
  /** For `utilization`: how old a report may be, ms; default 3 min. */
  readonly expiration?: number
  /** For one's own terms. */
  readonly parameters?: JsonObject
}

const SCORE_TYPE = 'nuncio.load_balancing_policies.score.v1.Score'
const TERM_TYPE = `${SCORE_TYPE}.Term`

const duration = { t: 'google.protobuf.Duration', r: { duration: { gt: {} } } } as const

const MESSAGES: Readonly<Record<string, MessageSpec>> = {
  [SCORE_TYPE]: {
    f: {
      terms: { t: TERM_TYPE, n: 1, a: 1, r: { repeated: { min_items: 1 } } },
      pick: { t: `${SCORE_TYPE}.Pick`, n: 2, r: { enum: { defined_only: true } } },
      prefer: { t: `${SCORE_TYPE}.Prefer`, n: 3, r: { enum: { defined_only: true } } },
      choice_count: { t: 'google.protobuf.UInt32Value', n: 4, r: { uint32: { gte: 2 } } },
      temperature: { t: 'google.protobuf.DoubleValue', n: 5, r: { double: { gt: 0 } } },
      rescale_interval: { ...duration, n: 6 },
      locality_lb_config: { t: 'envoy.extensions.load_balancing_policies.common.v3.LocalityLbConfig', n: 7 },
    },
  },
  [TERM_TYPE]: {
    f: {
      name: { t: 'string', n: 1, r: { string: { min_len: 1 } } },
      weight: { t: 'google.protobuf.DoubleValue', n: 2 },
      normalizer: { t: `${TERM_TYPE}.Normalizer`, n: 3, r: { enum: { defined_only: true } } },
      scale: { t: 'google.protobuf.DoubleValue', n: 4, r: { double: { gt: 0 } } },
      decay: { ...duration, n: 5 },
      times_active: { t: 'bool', n: 6 },
      metric_names: { t: 'string', n: 7, a: 1 },
      expiration: { ...duration, n: 8 },
      parameters: { t: 'google.protobuf.Struct', n: 9 },
    },
  },
}

export const SCORE_SCHEMA: MessageSchema<ScoreConfig> = {
  type: SCORE_TYPE,
  honours: { [SCORE_TYPE]: '*', [TERM_TYPE]: '*', ...LOCALITY_HONOURS },
  messages: MESSAGES,
  enums: {
    [`${SCORE_TYPE}.Pick`]: { P2C: 0, BEST: 1, SOFTMAX: 2 },
    [`${SCORE_TYPE}.Prefer`]: { LOWEST: 0, HIGHEST: 1 },
    [`${TERM_TYPE}.Normalizer`]: { NONE: 0, MAX: 1, MIN_MAX: 2, SATURATE: 3, LOG: 4 },
  },
}
