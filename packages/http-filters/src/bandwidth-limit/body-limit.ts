import type { TimerWheel } from '@nuncio/core'
import { Pause } from '../pause/pause.ts'
import type { DirectionLimit } from './settings.ts'

/** One body on its way through a limit. Each chunk goes on whole, once all of it is paid for. */
export class BodyLimit {
  /** Milliseconds that this body has waited. */
  waitedMs = 0
  readonly #limit: DirectionLimit
  readonly #pause: Pause
  #firstMs = -1
  #lastMs = -1
  #waiting = false

  constructor(limit: DirectionLimit, wheel: TimerWheel) {
    this.#limit = limit
    this.#pause = new Pause(wheel)
    limit.stats.enabled.inc()
  }

  /** A promise when the chunk has to wait. */
  pass(bytes: number, nowMs: number): Promise<void> | void {
    const { meter, stats } = this.#limit
    if (this.#firstMs < 0) this.#firstMs = nowMs
    stats.incomingTotal.add(bytes)
    stats.incoming.set(bytes)
    const at = meter.take(bytes, nowMs)
    this.#lastMs = at
    if (at <= nowMs) {
      this.#allow(bytes)
      return
    }
    stats.enforced.inc()
    stats.pending.inc()
    this.#waiting = true
    this.waitedMs += at - nowMs
    return this.#later(at, bytes)
  }

  /** Milliseconds from the first byte to the last. */
  get durationMs(): number {
    return this.#firstMs < 0 ? 0 : this.#lastMs - this.#firstMs
  }

  /** The stream is over. */
  close(): void {
    this.#pause.cancel()
    this.#release()
    if (this.#firstMs >= 0) this.#limit.stats.duration.record(this.durationMs)
  }

  async #later(atMs: number, bytes: number): Promise<void> {
    await this.#pause.until(atMs)
    this.#release()
    this.#allow(bytes)
  }

  #release(): void {
    if (this.#waiting) this.#limit.stats.pending.dec()
    this.#waiting = false
  }

  #allow(bytes: number): void {
    this.#limit.stats.allowedTotal.add(bytes)
    this.#limit.stats.allowed.set(bytes)
  }
}
