import type { ObservedRequest } from '../wire/observed.ts'

const REMAINING = 'x-envoy-expected-rq-timeout-ms'
/** Where the first try says no time of its own: a later one has up to so many milliseconds, or twice as many, … */
const STEP_MS = 5000

/**
 * Of a request that is tried again, the time that remains for a later try depends on how long those before took: it is told as
 * `at most` what the first had. First tries stay exact. Where requests have no ids, those with the same first line are one.
 */
export function withoutElapsed(requests: readonly ObservedRequest[]): readonly ObservedRequest[] {
  const firsts = new Map<string, number>()
  return requests.map((request) => {
    const { headers, start } = request
    const id = headers['x-request-id']?.[0] ?? start
    const remaining = Number(headers[REMAINING]?.[0])
    const first = firsts.get(id)
    if (first === undefined) firsts.set(id, remaining)
    if (first === undefined || !(remaining > 0)) return request
    const most = remaining <= first ? first : Math.ceil(remaining / STEP_MS) * STEP_MS
    return { ...request, headers: { ...headers, [REMAINING]: [`at most ${most}`] } }
  })
}
