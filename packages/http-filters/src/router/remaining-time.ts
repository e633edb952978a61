import type { RequestHeaders } from '@nuncio/core'
import { type EffectiveTimeouts, expectedTimeout } from '@nuncio/router'
import { setNumber } from './set-number.ts'

type Limits = Pick<EffectiveTimeouts, 'timeoutMs' | 'perTryTimeoutMs' | 'hedgeOnPerTryTimeout'>

/** Tells the host of a later try, `elapsedMs` after the request was complete, how much time remains. */
export function tellRemainingTime(headers: RequestHeaders, limits: Limits, elapsedMs: number): void {
  const remaining = Math.floor(expectedTimeout(limits, elapsedMs))
  if (remaining > 0) setNumber(headers, 'x-envoy-expected-rq-timeout-ms', remaining)
}
