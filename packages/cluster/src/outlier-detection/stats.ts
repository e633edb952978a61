import type { Counter, Gauge, StatsScope } from '@nuncio/core'
import type { EjectionType } from './events.ts'

/** The part of a counter's name for each kind of detection. */
const NAMES: Readonly<Record<Exclude<EjectionType, 'EXTENSION' | 'DEGRADED'>, string>> = {
  CONSECUTIVE_5XX: 'consecutive_5xx',
  CONSECUTIVE_GATEWAY_FAILURE: 'consecutive_gateway_failure',
  CONSECUTIVE_LOCAL_ORIGIN_FAILURE: 'consecutive_local_origin_failure',
  SUCCESS_RATE: 'success_rate',
  SUCCESS_RATE_LOCAL_ORIGIN: 'local_origin_success_rate',
  FAILURE_PERCENTAGE: 'failure_percentage',
  FAILURE_PERCENTAGE_LOCAL_ORIGIN: 'local_origin_failure_percentage',
}

/** Counters of `cluster.<name>.outlier_detection.*`, the deprecated ones included. */
export class OutlierStats {
  readonly active: Gauge
  readonly enforcedTotal: Counter
  readonly overflow: Counter
  readonly total: Counter
  readonly consecutive5xx: Counter
  readonly successRate: Counter
  readonly #detected = new Map<string, Counter>()
  readonly #enforced = new Map<string, Counter>()

  constructor(scope: StatsScope) {
    const c = (name: string): Counter => scope.counter(`outlier_detection.${name}`)
    this.active = scope.gauge('outlier_detection.ejections_active')
    this.enforcedTotal = c('ejections_enforced_total')
    this.overflow = c('ejections_overflow')
    this.total = c('ejections_total')
    this.consecutive5xx = c('ejections_consecutive_5xx')
    this.successRate = c('ejections_success_rate')
    for (const [type, name] of Object.entries(NAMES)) {
      this.#detected.set(type, c(`ejections_detected_${name}`))
      this.#enforced.set(type, c(`ejections_enforced_${name}`))
    }
    this.#detected.set('DEGRADED', c('ejections_detected_degradation'))
  }

  detected(type: EjectionType): void {
    this.#detected.get(type)?.inc()
  }

  enforced(type: EjectionType): void {
    this.enforcedTotal.inc()
    this.#enforced.get(type)?.inc()
  }
}
