import type { Timer, TimeSource } from '@nuncio/core'

/** The machine's clock. Its timers do not keep the process alive. */
export class NodeTime implements TimeSource {
  /** Timers that have neither fired nor been cancelled. */
  pending = 0

  monotonicMs(): number {
    return performance.now()
  }
  wallMs(): number {
    return Date.now()
  }
  setTimer(delayMs: number, onFire: () => void): Timer {
    this.pending++
    let waits = true
    const over = (): void => {
      if (waits) this.pending--
      waits = false
    }
    const timer = setTimeout(() => {
      over()
      onFire()
    }, delayMs)
    timer.unref()
    return {
      cancel: () => {
        over()
        clearTimeout(timer)
      },
    }
  }
}
