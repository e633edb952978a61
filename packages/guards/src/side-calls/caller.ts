import { type RandomGenerator, type Span, type TimeSource, uniform } from '@nuncio/core'
import type { AbortSignalLike, ClusterClients, SideRequest, SideResponse } from '@nuncio/filter-chain'
import { backoffMs, isRetriable, isRetriableFailure, type SideRetryPolicy } from './retry-policy.ts'

/** What a call is made for. */
export interface Asker {
  /** Aborts when nobody waits for the answer any more. */
  readonly signal?: AbortSignalLike | undefined
  /** The span of who asks: the call gets one of its own below it. */
  readonly span?: Span | undefined
}

/** What side calls are made with. */
export interface CallParts {
  readonly clusters: ClusterClients
  readonly time: TimeSource
  readonly random: RandomGenerator
}

/** Makes a side call, again as often as a policy has it; `timeoutMs` of the request is for all tries together. */
export function sideCall(
  parts: CallParts,
  cluster: string,
  request: SideRequest,
  policy?: SideRetryPolicy,
): Promise<SideResponse> {
  return policy === undefined
    ? parts.clusters.fetch(cluster, request)
    : callWithRetries(parts, cluster, request, policy)
}

async function callWithRetries(
  parts: CallParts,
  cluster: string,
  request: SideRequest,
  policy: SideRetryPolicy,
): Promise<SideResponse> {
  const { time, random, clusters } = parts
  const endMs = request.timeoutMs > 0 ? time.monotonicMs() + request.timeoutMs : Number.POSITIVE_INFINITY
  const attempt = async (nth: number): Promise<SideResponse> => {
    const leftMs = endMs - time.monotonicMs()
    const one = leftMs === Number.POSITIVE_INFINITY ? request : { ...request, timeoutMs: Math.max(1, leftMs) }
    const ended = await clusters.fetch(cluster, one).then(
      (response) => ({ response, again: isRetriable(policy.on, response) }),
      (error: unknown) => ({ error, again: isRetriableFailure(policy.on, failureOf(error)) }),
    )
    const pauseMs = backoffMs(policy, nth, uniform(random))
    if (ended.again && nth <= policy.retries && time.monotonicMs() + pauseMs < endMs) {
      await pause(time, pauseMs, request.signal)
      return await attempt(nth + 1)
    }
    if ('response' in ended) return ended.response
    throw ended.error
  }
  return await attempt(1)
}

/** The `failure` of a SideCallError; '' of anything else. */
export function failureOf(error: unknown): string {
  const { failure } = (error ?? {}) as { readonly failure?: unknown }
  return typeof failure === 'string' ? failure : ''
}

function pause(time: TimeSource, delayMs: number, signal: AbortSignalLike | undefined): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      timer.cancel()
      signal?.removeEventListener('abort', done)
      resolve()
    }
    const timer = time.setTimer(delayMs, done)
    signal?.addEventListener('abort', done)
  })
}
