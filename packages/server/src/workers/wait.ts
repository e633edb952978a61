import type { TimeSource } from '@nuncio/core'

/** `over` settles when the time is up, unless `cancel` was called before. */
export interface Waiting {
  readonly over: Promise<undefined>
  readonly cancel: () => void
}

/** Begins to wait. */
export function wait(time: TimeSource, ms: number): Waiting {
  const { promise, resolve } = Promise.withResolvers<undefined>()
  const timer = time.setTimer(ms, () => resolve(undefined))
  return { over: promise, cancel: () => timer.cancel() }
}
