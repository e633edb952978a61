import type { Host, LoadBalancerContext } from '@nuncio/cluster'
import { Fading } from '../fading.ts'
import { grown } from '../host-slots.ts'
import type { ScoreTermConfig } from '../messages.ts'
import type { PickClock, ScoreTerm, ScoreTermDefinition } from '../term.ts'

const DEFAULT_DECAY_MS = 10_000

/** Failures over requests, both fading with time. */
class ErrorRate implements ScoreTerm {
  readonly usesTime = true
  readonly #fading: Fading
  readonly #clock: PickClock
  readonly #now: () => number
  #requests = new Float64Array(0)
  #failures = new Float64Array(0)

  constructor(config: ScoreTermConfig, clock: PickClock, now: () => number) {
    this.#fading = new Fading(config.decay ?? DEFAULT_DECAY_MS)
    this.#clock = clock
    this.#now = now
  }

  grow(slots: number): void {
    this.#requests = grown(this.#requests, slots, 0)
    this.#failures = grown(this.#failures, slots, 0)
  }

  onLeft(slot: number): void {
    this.#requests[slot] = this.#failures[slot] = 0
  }

  measure(_host: Host, slot: number, _context: LoadBalancerContext, out: Float64Array): void {
    const failures = this.#failures[slot]!
    if (failures === 0) {
      out[0] = 0
      return
    }
    // One imagined success keeps a single failure from counting as a rate of one, and fades a bad memory out.
    const keep = this.#fading.keep(this.#clock.nowMs)
    out[0] = (failures * keep) / (this.#requests[slot]! * keep + 1)
  }

  onRequestDone(_host: Host, slot: number, _latencyMs: number, ok: boolean): void {
    const now = this.#now()
    this.#fading.rebase(now, this.#requests, this.#failures)
    const one = 1 / this.#fading.keep(now)
    this.#requests[slot]! += one
    if (!ok) this.#failures[slot]! += one
  }
}

export const errorRate: ScoreTermDefinition = {
  name: 'error_rate',
  description: 'share of recent requests that failed, 0 to 1',
  create: (config, { clock, time }) => new ErrorRate(config, clock, () => time.monotonicMs()),
}
