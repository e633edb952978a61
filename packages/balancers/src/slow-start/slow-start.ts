import type { Message } from '@nuncio/config'
import type { Host } from '@nuncio/cluster'
import type { Runtime, TimeSource } from '@nuncio/core'

type SlowStartConfig = Message<'envoy.extensions.load_balancing_policies.common.v3.SlowStartConfig'>

/** Lets hosts that have just become healthy take their share little by little: `weight × max(min, (age/window)^(1/aggression))`. */
export class SlowStart {
  readonly #windowMs: number
  readonly #least: number
  readonly #aggression: number
  readonly #aggressionKey: string
  readonly #runtime: Runtime
  readonly #time: TimeSource

  constructor(config: SlowStartConfig, time: TimeSource, runtime: Runtime) {
    this.#windowMs = config.slow_start_window ?? 0
    this.#least = (config.min_weight_percent?.value ?? 10) / 100
    this.#aggression = config.aggression?.default_value ?? (config.aggression === undefined ? 1 : 0)
    this.#aggressionKey = config.aggression?.runtime_key ?? ''
    this.#runtime = runtime
    this.#time = time
  }

  /** Whether a host that became healthy at `sinceMs` is still in its window. */
  covers(sinceMs: number): boolean {
    return this.#time.monotonicMs() - sinceMs <= this.#windowMs
  }

  /** Makes the host's weight in `out[0]` what slow start leaves of it. */
  reduce(host: Host, out: Float64Array): void {
    const age = this.#time.monotonicMs() - (host.healthySinceMs ?? Number.NEGATIVE_INFINITY)
    if (age >= this.#windowMs || host.health !== 'healthy') return
    const share = Math.max(1, age) / this.#windowMs
    const aggression = this.#currentAggression()
    out[0]! *= Math.max(this.#least, aggression === 1 ? share : share ** (1 / aggression))
  }

  #currentAggression(): number {
    const value =
      this.#aggressionKey === '' ? this.#aggression : this.#runtime.number(this.#aggressionKey, this.#aggression)
    return value > 0 ? value : 1
  }
}

/** Slow start as configured; undefined when it is off. */
export function createSlowStart(
  config: SlowStartConfig | undefined,
  time: TimeSource,
  runtime: Runtime,
): SlowStart | undefined {
  return (config?.slow_start_window ?? 0) > 0 ? new SlowStart(config!, time, runtime) : undefined
}
