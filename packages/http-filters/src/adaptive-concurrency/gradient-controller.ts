import { type Counter, Deadline, type Gauge, Histogram, type RandomGenerator, type StatsScope, type TimerWheel, type TimeSource } from '@nuncio/core' // prettier-ignore
import { newLimit } from './limit.ts'
import type { GradientSettings } from './settings.ts'

/** After so many windows at the lowest limit the least latency was probably measured wrong. */
const WINDOWS_AT_MINIMUM = 5
/** Latencies are kept in microseconds: many are shorter than a millisecond. */
const MICROS = 1000

export interface ControllerParts {
  readonly settings: GradientSettings
  readonly time: TimeSource
  readonly wheel: TimerWheel
  readonly random: RandomGenerator
  /** Ends with a dot. */
  readonly scope: StatsScope
}

class Alarm extends Deadline {
  readonly #ring: () => void
  constructor(ring: () => void) {
    super()
    this.#ring = ring
  }
  override onDeadline(): void {
    this.#ring()
  }
}

/**
 * Learns how many requests an upstream can take at once: from time to time the least latency is measured with few requests,
 * in between the limit follows how latencies compare with it.
 */
export class GradientController {
  limit: number
  outstanding = 0
  readonly #parts: ControllerParts
  readonly #samples = new Histogram('latency')
  readonly #stats: ControllerStats
  readonly #sampleAlarm = new Alarm(() => this.#closeWindow())
  readonly #minRttAlarm = new Alarm(() => this.#measureMinRtt())
  #minRttMicros = 0
  /** The limit to go on with after a measurement; 0 = none is under way. */
  #deferredLimit = 0
  /** Requests that began before a measurement say nothing in it. */
  #epochMs = -1
  #windowsAtMinimum = 0

  constructor(parts: ControllerParts) {
    this.#parts = parts
    this.#stats = new ControllerStats(parts.scope)
    const { settings } = parts
    this.limit = settings.minLimit
    this.#stats.limit.set(this.limit)
    if (settings.fixedMinRttMs === undefined) this.#measureMinRtt()
    else this.#setMinRtt(settings.fixedMinRttMs * MICROS)
    this.#arm(this.#sampleAlarm, settings.sampleIntervalMs)
  }

  /** Whether a request may go on; then `done` or `cancelled` has to follow. */
  admit(): boolean {
    if (this.outstanding >= this.limit) {
      this.#stats.blocked.inc()
      return false
    }
    this.outstanding++
    return true
  }

  /** A request that began at `startMs` got its whole answer. */
  done(startMs: number): void {
    this.outstanding--
    if (startMs < this.#epochMs) return
    this.#samples.record((this.#parts.time.monotonicMs() - startMs) * MICROS)
    this.#finishMeasurement()
  }

  /** A request ended without an answer. */
  cancelled(): void {
    this.outstanding--
  }

  dispose(): void {
    this.#parts.wheel.cancel(this.#sampleAlarm)
    this.#parts.wheel.cancel(this.#minRttAlarm)
  }

  get #measures(): boolean {
    return this.#deferredLimit > 0
  }

  #measureMinRtt(): void {
    if (this.#measures) return
    this.#stats.measuring.set(1)
    this.#deferredLimit = this.limit
    this.#setLimit(this.#parts.settings.minLimit)
    this.#samples.reset()
    this.#epochMs = this.#parts.time.monotonicMs()
  }

  #finishMeasurement(): void {
    const { settings } = this.#parts
    if (!this.#measures || this.#samples.count < settings.minRttRequests) return
    this.#setMinRtt(this.#takeSamples())
    this.#setLimit(this.#deferredLimit)
    this.#deferredLimit = 0
    this.#stats.measuring.set(0)
    this.#arm(this.#minRttAlarm, this.#withJitter(settings.minRttIntervalMs))
    this.#arm(this.#sampleAlarm, settings.sampleIntervalMs)
  }

  #closeWindow(): void {
    // A measurement that has begun arms the alarm again when it is through.
    if (this.#measures) return
    const { settings } = this.#parts
    if (this.#samples.count > 0) this.#adjust(this.#takeSamples())
    this.#arm(this.#sampleAlarm, settings.sampleIntervalMs)
  }

  #adjust(sampleMicros: number): void {
    const { buffer, minLimit, maxLimit } = this.#parts.settings
    const next = newLimit({
      limit: this.limit,
      minRtt: this.#minRttMicros,
      sampleRtt: sampleMicros,
      buffer,
      min: minLimit,
      max: maxLimit,
    })
    this.#stats.sampleRtt.set(Math.floor(sampleMicros / MICROS))
    this.#stats.gradient.set(Math.floor(next.gradient * 1000))
    this.#stats.headroom.set(Math.floor(next.headroom))
    this.#setLimit(next.limit)
  }

  #setLimit(limit: number): void {
    const { minLimit, fixedMinRttMs } = this.#parts.settings
    const stays = !this.#measures && this.limit === minLimit && limit === minLimit
    this.#windowsAtMinimum = stays ? this.#windowsAtMinimum + 1 : 0
    this.limit = limit
    this.#stats.limit.set(limit)
    if (this.#windowsAtMinimum >= WINDOWS_AT_MINIMUM && fixedMinRttMs === undefined) this.#arm(this.#minRttAlarm, 0)
  }

  #setMinRtt(micros: number): void {
    this.#minRttMicros = micros
    this.#stats.minRtt.set(Math.floor(micros / MICROS))
  }

  #takeSamples(): number {
    // Nothing takes no time at all; a latency of 0 could not be divided by.
    const micros = Math.max(1, this.#samples.quantile(this.#parts.settings.percentile))
    this.#samples.reset()
    return micros
  }

  /** Proxies that began together are not to measure together for ever. */
  #withJitter(ms: number): number {
    const range = Math.floor(ms * this.#parts.settings.jitter)
    return range < 1 ? ms : ms + (this.#parts.random.uint32() % range)
  }

  #arm(alarm: Alarm, ms: number): void {
    this.#parts.wheel.arm(alarm, this.#parts.time.monotonicMs() + ms)
  }
}

class ControllerStats {
  readonly blocked: Counter
  readonly limit: Gauge
  readonly gradient: Gauge
  readonly headroom: Gauge
  readonly measuring: Gauge
  readonly minRtt: Gauge
  readonly sampleRtt: Gauge

  constructor(scope: StatsScope) {
    this.blocked = scope.counter('rq_blocked')
    this.limit = scope.gauge('concurrency_limit')
    this.gradient = scope.gauge('gradient')
    this.headroom = scope.gauge('burst_queue_size')
    this.measuring = scope.gauge('min_rtt_calculation_active')
    this.minRtt = scope.gauge('min_rtt_msecs')
    this.sampleRtt = scope.gauge('sample_rtt_msecs')
  }
}
