/** A pending callback. Cancelling twice, or after it fired, does nothing. */
export interface Timer {
  cancel(): void
}

/**
 * The only clock of nuncio. Pure code is handed one; nothing reads the machine's clock itself, so a test can
 * move time by hand (`FakeTime` in `@nuncio/core/testing`).
 */
export interface TimeSource {
  /** Milliseconds, with fractions, from a fixed but unknown origin; never goes back. */
  monotonicMs(): number
  /** Milliseconds since 1970-01-01 UTC; may jump. Only for dates that people or protocols read. */
  wallMs(): number
  /** Calls `onFire` once, `delayMs` or a little later. Does not keep a process alive. */
  setTimer(delayMs: number, onFire: () => void): Timer
}
