import type { ObservedRequest } from '../wire/observed.ts'

const REMAINING = 'x-envoy-expected-rq-timeout-ms'
/** Where nobody knows what the first try had: a later one has up to so many milliseconds, or twice as many, … */
const STEP_MS = 5000
/** Tries of several origins have up to so many milliseconds, or twice as many, …; none takes as long before the next. */
const APART_MS = 500

/**
 * Of a request that is tried again, the time that remains for a later try depends on how long those before took: it is told as
 * `at most` what the first had. First tries stay exact, unless other origins have had the request too, among whom nobody knows who
 * was first. Where requests have no ids, those with the same first line are one.
 */
export function withoutElapsed(requests: readonly ObservedRequest[]): readonly ObservedRequest[] {
  const told = new Map<ObservedRequest, ObservedRequest>()
  for (const tries of Map.groupBy(requests, idOf).values()) {
    const [first, ...later] = tries
    const apart = later.some(({ origin }) => origin !== first!.origin)
    const most = apart ? roundedUp(Math.max(...tries.map(remainingOf).filter((ms) => ms > 0)), APART_MS) : 0
    for (const each of apart ? tries : later) {
      const remaining = remainingOf(each)
      if (remaining > 0) told.set(each, atMost(each, apart ? most : mostAfter(remainingOf(first!), remaining)))
    }
  }
  return requests.map((request) => told.get(request) ?? request)
}

function idOf({ headers, start }: ObservedRequest): string {
  return headers['x-request-id']?.[0] ?? start
}

function remainingOf({ headers }: ObservedRequest): number {
  return Number(headers[REMAINING]?.[0])
}

function mostAfter(first: number, remaining: number): number {
  return remaining <= first ? first : roundedUp(remaining, STEP_MS)
}

function roundedUp(ms: number, step: number): number {
  return Math.ceil(ms / step) * step
}

function atMost(request: ObservedRequest, ms: number): ObservedRequest {
  return { ...request, headers: { ...request.headers, [REMAINING]: [`at most ${ms}`] } }
}
