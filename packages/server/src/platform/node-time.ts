import type { Timer, TimeSource } from '@nuncio/core'

/** The machine's clock. Its timers do not keep the process alive. */
export class NodeTime implements TimeSource {
  monotonicMs(): number {
    return performance.now()
  }
  wallMs(): number {
    return Date.now()
  }
  setTimer(delayMs: number, onFire: () => void): Timer {
    const timer = setTimeout(onFire, delayMs)
    timer.unref()
    return { cancel: () => clearTimeout(timer) }
  }
}
