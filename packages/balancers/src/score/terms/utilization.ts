import { type Host, largestMetric, type LoadBalancerContext, type LoadReport } from '@nuncio/cluster'
import { utilizationOf } from '../../client-side-weighted-round-robin/reported-weights.ts'
import { grown } from '../host-slots.ts'
import type { ScoreTermConfig } from '../messages.ts'
import type { PickClock, ScoreTerm, ScoreTermDefinition } from '../term.ts'

/** What hosts report of their own load (ORCA); 0 for a host that has not, or not for long. */
class Utilization implements ScoreTerm {
  readonly usesTime = true
  readonly #names: readonly string[]
  readonly #expirationMs: number
  readonly #clock: PickClock
  readonly #now: () => number
  #utilization = new Float64Array(0)
  #untilMs = new Float64Array(0)

  constructor(config: ScoreTermConfig, clock: PickClock, now: () => number) {
    this.#names = config.metric_names ?? []
    this.#expirationMs = config.expiration ?? 180_000
    this.#clock = clock
    this.#now = now
  }

  grow(slots: number): void {
    this.#utilization = grown(this.#utilization, slots, 0)
    this.#untilMs = grown(this.#untilMs, slots, Number.NEGATIVE_INFINITY)
  }

  onLeft(slot: number): void {
    this.#untilMs[slot] = Number.NEGATIVE_INFINITY
  }

  measure(_host: Host, slot: number, _context: LoadBalancerContext, out: Float64Array): void {
    out[0] = this.#clock.nowMs <= this.#untilMs[slot]! ? this.#utilization[slot]! : 0
  }

  onLoadReport(_host: Host, slot: number, report: LoadReport): void {
    this.#utilization[slot] = this.#names.length === 0 ? utilizationOf(report, []) : largestMetric(report, this.#names)
    this.#untilMs[slot] = this.#now() + this.#expirationMs
  }
}

export const utilization: ScoreTermDefinition = {
  name: 'utilization',
  description: 'load that the host reports of itself (ORCA), usually 0 to 1',
  create: (config, { clock, time }) => new Utilization(config, clock, () => time.monotonicMs()),
}
