import type { Message } from '@nuncio/config'
import type { Runtime } from '@nuncio/core'
import type { ConfigPlace } from '@nuncio/matching'

type Config = Message<'envoy.extensions.filters.http.adaptive_concurrency.v3.GradientControllerConfig'>

const KEYS = 'adaptive_concurrency.gradient_controller.'

/** A gradient controller's numbers; the runtime may change them. Times are milliseconds. */
export class GradientSettings {
  /** Undefined: the least latency is measured. */
  readonly fixedMinRttMs: number | undefined
  readonly #config: Config
  readonly #runtime: Runtime

  constructor(config: Config, place: ConfigPlace) {
    this.#config = config
    this.#runtime = place.scope.runtime
    const { min_rtt_calc_params: params } = config
    this.fixedMinRttMs = params?.fixed_value
    if (params === undefined) return
    const at = place.at('min_rtt_calc_params', params)
    if (params.interval === undefined && params.fixed_value === undefined)
      at.error('missing-field', 'the least latency is either measured (interval) or known (fixed_value)')
    else if (params.interval !== undefined && params.fixed_value !== undefined)
      at.at('interval').warn('no-effect', 'nothing is measured where fixed_value says the least latency')
  }

  get minRttIntervalMs(): number {
    return this.#number('min_rtt_calc_interval_ms', this.#config.min_rtt_calc_params?.interval ?? 0)
  }
  get sampleIntervalMs(): number {
    const { concurrency_limit_params: params } = this.#config
    return Math.max(1, this.#number('sample_rtt_calc_interval_ms', params?.concurrency_update_interval ?? 0))
  }
  get maxLimit(): number {
    return this.#number('max_concurrency_limit', this.#config.concurrency_limit_params?.max_concurrency_limit ?? 1000)
  }
  get minLimit(): number {
    return Math.max(1, this.#number('min_concurrency', this.#config.min_rtt_calc_params?.min_concurrency ?? 3))
  }
  /** How many requests the least latency is measured on. */
  get minRttRequests(): number {
    return this.#number('min_rtt_aggregate_request_count', this.#config.min_rtt_calc_params?.request_count ?? 50)
  }
  /** 0 to 1, as the others below. */
  get percentile(): number {
    return this.#share('sample_aggregate_percentile', this.#config.sample_aggregate_percentile, 50)
  }
  get jitter(): number {
    return this.#share('jitter', this.#config.min_rtt_calc_params?.jitter, 15)
  }
  get buffer(): number {
    return this.#share('min_rtt_buffer', this.#config.min_rtt_calc_params?.buffer, 25)
  }

  #share(key: string, config: { readonly value?: number } | undefined, fallback: number): number {
    const percent = this.#number(key, config === undefined ? fallback : (config.value ?? 0))
    return Math.min(100, Math.max(0, percent)) / 100
  }

  #number(key: string, fallback: number): number {
    return this.#runtime.number(KEYS + key, fallback)
  }
}
