import type { Message } from '@nuncio/config'
import type { Counter, Runtime } from '@nuncio/core'
import type { FilterContext } from '@nuncio/filter-chain'
import { configPlace, runtimeFlag } from '@nuncio/matching'
import { SuccessCriteria } from './criteria.ts'
import type { RejectionRule } from './probability.ts'
import { SuccessWindow } from './window.ts'

type Config = Message<'envoy.extensions.filters.http.admission_control.v3.AdmissionControl'>

const DEFAULT_WINDOW_MS = 30_000
/** Below this a success rate would divide by nothing. */
const MIN_THRESHOLD = 0.01

/** One AdmissionControl message, compiled, with what it remembers. */
export class AdmissionSettings implements RejectionRule {
  readonly isEnabled: () => boolean
  readonly criteria: SuccessCriteria
  readonly window: SuccessWindow
  readonly rejected: Counter
  readonly succeeded: Counter
  readonly failed: Counter
  readonly #config: Config
  readonly #runtime: Runtime

  constructor(config: Config, context: FilterContext) {
    const place = configPlace(config, context)
    this.#config = config
    this.#runtime = context.runtime
    this.isEnabled = runtimeFlag(config.enabled, context.runtime)
    const { success_criteria: criteria = {} } = config
    this.criteria = new SuccessCriteria(criteria, place.at('success_criteria', criteria))
    const seconds = Math.round((config.sampling_window ?? DEFAULT_WINDOW_MS) / 1000)
    if (seconds < 1) place.at('sampling_window').error('out-of-range', 'the window is at least one second long')
    this.window = new SuccessWindow(Math.max(1, seconds) * 1000)
    this.rejected = context.stats.counter('admission_control.rq_rejected')
    this.succeeded = context.stats.counter('admission_control.rq_success')
    this.failed = context.stats.counter('admission_control.rq_failure')
    const threshold = config.sr_threshold?.default_value?.value
    if (threshold !== undefined && threshold < 1)
      place.at('sr_threshold', config.sr_threshold).error('out-of-range', 'the threshold is at least 1 %')
  }

  get threshold(): number {
    return Math.max(MIN_THRESHOLD, this.#percent(this.#config.sr_threshold, 95))
  }
  get aggression(): number {
    const { aggression } = this.#config
    return Math.max(1, this.#number(aggression?.runtime_key, aggression?.default_value ?? 1))
  }
  get max(): number {
    return this.#percent(this.#config.max_rejection_probability, 80)
  }
  /** Below this many requests a second nothing is refused. */
  get minRps(): number {
    const { rps_threshold: rps } = this.#config
    return this.#number(rps?.runtime_key, rps?.default_value ?? 0)
  }

  #percent(config: Config['sr_threshold'], fallback: number): number {
    return Math.min(100, this.#number(config?.runtime_key, config?.default_value?.value ?? fallback)) / 100
  }

  #number(key: string | undefined, fallback: number): number {
    return key === undefined || key === '' ? fallback : this.#runtime.number(key, fallback)
  }
}
