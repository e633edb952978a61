import type { Message } from '@nuncio/config'
import type { Runtime } from '@nuncio/core'
import { reportAt, type Reporting } from '../decide/problems.ts'

/** `detect_degraded_hosts` is newer than the packaged protos. */
export type OutlierConfig = Message<'envoy.config.cluster.v3.OutlierDetection'> & {
  readonly detect_degraded_hosts?: boolean
}

const DEFAULTS = {
  consecutive_5xx: 5,
  consecutive_gateway_failure: 5,
  consecutive_local_origin_failure: 5,
  enforcing_consecutive_5xx: 100,
  enforcing_consecutive_gateway_failure: 0,
  enforcing_consecutive_local_origin_failure: 100,
  enforcing_success_rate: 100,
  enforcing_local_origin_success_rate: 100,
  enforcing_failure_percentage: 0,
  enforcing_failure_percentage_local_origin: 0,
  max_ejection_percent: 10,
  success_rate_minimum_hosts: 5,
  success_rate_request_volume: 100,
  success_rate_stdev_factor: 1900,
  failure_percentage_threshold: 85,
  failure_percentage_minimum_hosts: 5,
  failure_percentage_request_volume: 50,
} as const

/** A number of outlier detection that the runtime may change: its key there is `outlier_detection.<name>`. */
export type OutlierNumber = keyof typeof DEFAULTS

const TIMES = {
  interval: 10_000,
  base_ejection_time: 30_000,
  max_ejection_time: 300_000,
  max_ejection_time_jitter: 0,
} as const
export type OutlierTime = keyof typeof TIMES

/** Outlier detection as decided: every answer takes the runtime's word before the configuration's. */
export class OutlierInfo {
  readonly config: OutlierConfig
  readonly split: boolean
  readonly alwaysEjectOne: boolean
  readonly unejectOnPassedCheck: boolean
  readonly detectDegraded: boolean
  readonly #runtime: Runtime

  constructor(config: OutlierConfig, runtime: Runtime, to: Reporting) {
    this.config = config
    this.split = config.split_external_local_origin_errors ?? false
    this.alwaysEjectOne = config.always_eject_one_host ?? false
    this.unejectOnPassedCheck = config.successful_active_health_check_uneject_host ?? true
    this.detectDegraded = config.detect_degraded_hosts ?? false
    this.#runtime = runtime
    this.#check(to)
  }

  number(name: OutlierNumber): number {
    return this.#runtime.number(`outlier_detection.${name}`, this.config[name] ?? DEFAULTS[name])
  }

  /** Percent that a detection of this kind is acted on. */
  enforcing(name: string, fallback: number): number {
    return this.#runtime.number(`outlier_detection.${name}`, fallback)
  }

  /** Milliseconds. */
  time(name: OutlierTime): number {
    return this.#runtime.number(`outlier_detection.${name}_ms`, this.#configured(name))
  }

  #configured(name: OutlierTime): number {
    const value = this.config[name]
    if (value !== undefined && (value > 0 || name === 'max_ejection_time_jitter')) return value
    return name === 'max_ejection_time' ? Math.max(TIMES[name], this.#configured('base_ejection_time')) : TIMES[name]
  }

  #check(to: Reporting): void {
    const { config } = this
    if (this.#configured('max_ejection_time') < this.#configured('base_ejection_time')) {
      const message = 'max_ejection_time is below base_ejection_time'
      reportAt(to, config, 'max_ejection_time', { code: 'conflict', message })
    }
    for (const name of Object.keys(DEFAULTS) as OutlierNumber[]) {
      const value = config[name]
      const percent =
        name.startsWith('enforcing_') || name === 'max_ejection_percent' || name === 'failure_percentage_threshold'
      if (value === undefined || !percent || value <= 100) continue
      reportAt(to, config, name, {
        code: 'out-of-range',
        message: `${name} is a percentage: ${value} is above 100`,
      })
    }
  }
}
