import type { Message } from '@nuncio/config'
import type { SideResponse } from '@nuncio/filter-chain'
import type { ConfigPlace } from '@nuncio/matching'
import { parseRetryOn, RetryOn } from '@nuncio/router'

/** When, how often and after what pause a side call is made again. */
export interface SideRetryPolicy {
  /** Bits of `RetryOn`. */
  readonly on: number
  readonly retries: number
  readonly baseMs: number
  readonly maxMs: number
}

// The API's default; that of routes is 25.
const BASE_MS = 1000

/** Compiles a core RetryPolicy; without `retry_on` it is `defaultOn`. Undefined when there is none. */
export function compileSideRetry(
  config: Message<'envoy.config.core.v3.RetryPolicy'> | undefined,
  place: ConfigPlace,
  defaultOn: string,
): SideRetryPolicy | undefined {
  if (config === undefined) return undefined
  const { base_interval: base, max_interval: max } = config.retry_back_off ?? {}
  const baseMs = Math.max(1, base ?? BASE_MS)
  const maxMs = max ?? baseMs * 10
  if (maxMs < baseMs)
    place.at('retry_back_off', config.retry_back_off).error('rule', 'max_interval is less than base_interval')
  return { on: parseRetryOn(config.retry_on ?? defaultOn), retries: config.num_retries ?? 1, baseMs, maxMs }
}

/** Milliseconds before the nth retry (from 1): uniform below a limit that doubles from the base up to the maximum. */
export function backoffMs({ baseMs, maxMs }: SideRetryPolicy, nth: number, chance: number): number {
  return Math.floor(chance * Math.min(baseMs * 2 ** (nth - 1), maxMs))
}

/** Whether an answer is one to try again after. */
export function isRetriable(on: number, { status, headers, grpcStatus }: SideResponse): boolean {
  return (onStatus(status) & on) !== 0 || (onGrpc(grpcStatus) & on) !== 0 || (on & onLimited(headers)) !== 0
}

function onStatus(status: number): number {
  if (status === 409) return RetryOn['retriable-4xx']
  if (status < 500) return 0
  return status >= 502 && status <= 504 ? RetryOn['5xx'] | RetryOn['gateway-error'] : RetryOn['5xx']
}

function onGrpc(status: number): number {
  switch (status) {
    case 1:
      return RetryOn.cancelled
    case 4:
      return RetryOn['deadline-exceeded']
    case 8:
      return RetryOn['resource-exhausted']
    case 13:
      return RetryOn.internal
    case 14:
      return RetryOn.unavailable
    default:
      return 0
  }
}

function onLimited(headers: SideResponse['headers']): number {
  return headers.has('x-envoy-ratelimited') ? RetryOn['envoy-ratelimited'] : 0
}

/** Whether a call that had no answer is made again. */
export function isRetriableFailure(on: number, failure: string): boolean {
  const reset = RetryOn['5xx'] | RetryOn['gateway-error'] | RetryOn.reset
  if (failure === 'connect') return (on & (reset | RetryOn['connect-failure'] | RetryOn['reset-before-request'])) !== 0
  return failure === 'reset' && (on & (reset | RetryOn['refused-stream'])) !== 0
}
