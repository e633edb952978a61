import type { Host, LoadBalancerContext } from '@nuncio/cluster'
import { grown } from '../host-slots.ts'
import type { ScoreTermConfig } from '../messages.ts'
import type { PickClock, ScoreTerm, ScoreTermDefinition } from '../term.ts'

const DEFAULT_DECAY_MS = 10_000

/** Failures over requests, both fading with time. */
class ErrorRate implements ScoreTerm {
  readonly usesTime = true
  readonly #decayMs: number
  readonly #clock: PickClock
  readonly #now: () => number
  #requests = new Float64Array(0)
  #failures = new Float64Array(0)
  #heardMs = new Float64Array(0)

  constructor(config: ScoreTermConfig, clock: PickClock, now: () => number) {
    this.#decayMs = config.decay ?? DEFAULT_DECAY_MS
    this.#clock = clock
    this.#now = now
  }

  grow(slots: number): void {
    this.#requests = grown(this.#requests, slots, 0)
    this.#failures = grown(this.#failures, slots, 0)
    this.#heardMs = grown(this.#heardMs, slots, 0)
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
    const keep = Math.exp((this.#heardMs[slot]! - this.#clock.nowMs) / this.#decayMs)
    out[0] = (failures * keep) / (this.#requests[slot]! * keep + 1)
  }

  onRequestDone(_host: Host, slot: number, _latencyMs: number, ok: boolean): void {
    const now = this.#now()
    const keep = Math.exp((this.#heardMs[slot]! - now) / this.#decayMs)
    this.#requests[slot] = this.#requests[slot]! * keep + 1
    this.#failures[slot] = this.#failures[slot]! * keep + (ok ? 0 : 1)
    this.#heardMs[slot] = now
  }
}

export const errorRate: ScoreTermDefinition = {
  name: 'error_rate',
  description: 'share of recent requests that failed, 0 to 1',
  create: (config, { clock, time }) => new ErrorRate(config, clock, () => time.monotonicMs()),
}
