import type { Host, LoadBalancerContext } from '@nuncio/cluster'
import { grown } from '../host-slots.ts'
import type { ScoreTermConfig } from '../messages.ts'
import type { PickClock, ScoreTerm, ScoreTermDefinition } from '../term.ts'

const DEFAULT_DECAY_MS = 10_000

/**
 * Peak EWMA: a latency above the average counts at once, one below it bit by bit; what is known fades while nothing is
 * heard, so that a host that was slow is tried again. A host of which nothing is known counts as the average one.
 */
class LatencyEwma implements ScoreTerm {
  readonly usesTime = true
  readonly #decayMs: number
  readonly #timesActive: boolean
  readonly #clock: PickClock
  readonly #now: () => number
  #ewma = new Float64Array(0)
  /** -1 = nothing was heard. */
  #heardMs = new Float64Array(0)
  /** The average over all hosts, plain EWMA. */
  #usual = 0
  #usualMs = -1

  constructor(config: ScoreTermConfig, clock: PickClock, now: () => number) {
    this.#decayMs = config.decay ?? DEFAULT_DECAY_MS
    this.#timesActive = config.times_active ?? false
    this.#clock = clock
    this.#now = now
  }

  grow(slots: number): void {
    this.#ewma = grown(this.#ewma, slots, 0)
    this.#heardMs = grown(this.#heardMs, slots, -1)
  }

  onLeft(slot: number): void {
    this.#ewma[slot] = 0
    this.#heardMs[slot] = -1
  }

  measure(host: Host, slot: number, _context: LoadBalancerContext, out: Float64Array): void {
    const heard = this.#heardMs[slot]!
    const latency = heard < 0 ? this.#usual : this.#ewma[slot]! * Math.exp((heard - this.#clock.nowMs) / this.#decayMs)
    out[0] = this.#timesActive ? latency * (host.stats.rqActive + 1) : latency
  }

  onRequestDone(_host: Host, slot: number, latencyMs: number): void {
    if (!(latencyMs >= 0)) return
    const now = this.#now()
    const heard = this.#heardMs[slot]!
    const keep = heard < 0 ? 0 : Math.exp((heard - now) / this.#decayMs)
    const before = this.#ewma[slot]!
    this.#ewma[slot] = latencyMs > before ? latencyMs : before * keep + latencyMs * (1 - keep)
    this.#heardMs[slot] = now
    const usually = this.#usualMs < 0 ? 0 : Math.exp((this.#usualMs - now) / this.#decayMs)
    this.#usual = this.#usual * usually + latencyMs * (1 - usually)
    this.#usualMs = now
  }
}

export const latencyEwma: ScoreTermDefinition = {
  name: 'latency_ewma',
  description: 'milliseconds to the head of the response: peak EWMA',
  create: (config, { clock, time }) => new LatencyEwma(config, clock, () => time.monotonicMs()),
}
