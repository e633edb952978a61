import type { Timer, TimeSource } from '../time/time-source.ts'

interface Pending {
  readonly at: number
  readonly order: number
  readonly onFire: () => void
}

/**
 * A clock that moves only when told to. Timers fire in order of their time, then of their setting; a timer set by a
 * callback fires in the same `advance` when it falls within it.
 */
export class FakeTime implements TimeSource {
  #now: number
  #wall: number
  #order = 0
  readonly #pending = new Set<Pending>()

  /** `startMs` is an odd number on purpose: code that mixes up origins shows. */
  constructor(startMs = 1_000_003, wallMs = Date.UTC(2026, 0, 1)) {
    this.#now = startMs
    this.#wall = wallMs
  }

  monotonicMs(): number {
    return this.#now
  }

  wallMs(): number {
    return this.#wall
  }

  setTimer(delayMs: number, onFire: () => void): Timer {
    const entry: Pending = { at: this.#now + Math.max(0, delayMs), order: this.#order++, onFire }
    this.#pending.add(entry)
    return { cancel: () => void this.#pending.delete(entry) }
  }

  /** Timers that have neither fired nor been cancelled. */
  get pending(): number {
    return this.#pending.size
  }

  /** Moves time forward, firing what falls due on the way. */
  advance(ms: number): void {
    const until = this.#now + ms
    for (;;) {
      const next = this.#earliest()
      if (next === undefined || next.at > until) break
      this.#pending.delete(next)
      this.#wall += next.at - this.#now
      this.#now = next.at
      next.onFire()
    }
    this.#wall += until - this.#now
    this.#now = until
  }

  /** As `advance`, but lets promises settle after each timer that fires. */
  async advanceAsync(ms: number): Promise<void> {
    const until = this.#now + ms
    for (;;) {
      await settle()
      const next = this.#earliest()
      if (next === undefined || next.at > until) break
      this.advance(next.at - this.#now)
    }
    this.advance(until - this.#now)
    await settle()
  }

  /** Moves only the wall clock, as an operator or NTP would. */
  jumpWall(ms: number): void {
    this.#wall += ms
  }

  #earliest(): Pending | undefined {
    let best: Pending | undefined
    for (const entry of this.#pending) {
      if (best === undefined || entry.at < best.at || (entry.at === best.at && entry.order < best.order)) best = entry
    }
    return best
  }
}

async function settle(): Promise<void> {
  for (let i = 0; i < 16; i++) await Promise.resolve()
}
