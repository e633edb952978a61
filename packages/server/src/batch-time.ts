import type { TimeSource } from '@nuncio/core'
import type { WriteBatch } from '@nuncio/http-codec'

/** The clock of the data plane: read once for each callback of the event loop, however often it is asked. */
export function batchTime(time: TimeSource, batch: WriteBatch): TimeSource {
  return {
    monotonicMs: () => batch.nowMs(),
    wallMs: () => time.wallMs(),
    setTimer: (delayMs, onFire) => time.setTimer(delayMs, onFire),
  }
}
