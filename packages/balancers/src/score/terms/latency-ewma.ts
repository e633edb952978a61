import type { Host, LoadBalancerContext } from '@nuncio/cluster'
import { Fading } from '../fading.ts'
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
  readonly #fading: Fading
  readonly #timesActive: boolean
  readonly #clock: PickClock
  readonly #now: () => number
  /** As it was when the host was last heard of. */
  #ewma = new Float64Array(0)
  /** The same, as `#fading` stores it. */
  #stored = new Float64Array(0)
  /** -1 = nothing was heard. */
  #heardMs = new Float64Array(0)
  /** The average over all hosts, plain EWMA. */
  #usual = 0
  #usualMs = -1

  constructor(config: ScoreTermConfig, clock: PickClock, now: () => number) {
    this.#decayMs = config.decay ?? DEFAULT_DECAY_MS
    this.#fading = new Fading(this.#decayMs)
    this.#timesActive = config.times_active ?? false
    this.#clock = clock
    this.#now = now
  }

  grow(slots: number): void {
    this.#ewma = grown(this.#ewma, slots, 0)
    this.#stored = grown(this.#stored, slots, 0)
    this.#heardMs = grown(this.#heardMs, slots, -1)
  }

  onLeft(slot: number): void {
    this.#ewma[slot] = this.#stored[slot] = 0
    this.#heardMs[slot] = -1
  }

  measure(host: Host, slot: number, _context: LoadBalancerContext, out: Float64Array): void {
    const known = this.#heardMs[slot]! >= 0
    const latency = known ? this.#stored[slot]! * this.#fading.keep(this.#clock.nowMs) : this.#usual
    out[0] = this.#timesActive ? latency * (host.stats.rqActive + 1) : latency
  }

  onRequestDone(_host: Host, slot: number, latencyMs: number): void {
    if (!(latencyMs >= 0)) return
    const now = this.#now()
    this.#fading.rebase(now, this.#stored)
    const heard = this.#heardMs[slot]!
    const keep = heard < 0 ? 0 : Math.exp((heard - now) / this.#decayMs)
    const before = this.#ewma[slot]!
    const latency = latencyMs > before ? latencyMs : before * keep + latencyMs * (1 - keep)
    this.#ewma[slot] = latency
    this.#stored[slot] = latency / this.#fading.keep(now)
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
