import type { TimeSource } from '@nuncio/core'
import type { WriteBatch } from '@nuncio/http-codec'

/** The clock of the data plane: read once for each callback of the event loop, however often it is asked. */
export function batchTime(time: TimeSource, batch: WriteBatch): TimeSource {
  let at = Number.NaN
  let wall = 0
  return {
    monotonicMs: () => batch.nowMs(),
    wallMs: () => {
      const now = batch.nowMs()
      if (now !== at) {
        at = now
        wall = time.wallMs()
      }
      return wall
    },
    setTimer: (delayMs, onFire) => time.setTimer(delayMs, onFire),
  }
}
