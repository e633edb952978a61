import { FATES, type ResetReason, responseHeaders } from '@nuncio/core'
import { RetryOn, type RetryPolicy } from '@nuncio/router'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FakeCluster } from './testing/fake-cluster.ts'
import { retryPolicy } from './testing/retry-policy.ts'
import { RouterBench } from './testing/router-bench.ts'

/** What happens next to the newest try, or to the client. */
type Event =
  | { readonly is: 'response'; readonly status: number; readonly whole: boolean }
  | { readonly is: 'reset'; readonly reason: ResetReason }
  | { readonly is: 'time'; readonly ms: number }
  | { readonly is: 'client leaves' }
  | { readonly is: 'pool'; readonly mode: FakeCluster['mode'] }

const event: fc.Arbitrary<Event> = fc.oneof(
  fc.record({
    is: fc.constant('response' as const),
    status: fc.constantFrom(200, 204, 404, 500, 503),
    whole: fc.boolean(),
  }),
  fc.record({
    is: fc.constant('reset' as const),
    reason: fc.constantFrom<ResetReason[]>('remote reset', 'connection termination', 'protocol error', 'overflow'),
  }),
  fc.record({ is: fc.constant('time' as const), ms: fc.constantFrom(5, 60, 200, 2000) }),
  fc.record({ is: fc.constant('client leaves' as const) }),
  fc.record({
    is: fc.constant('pool' as const),
    mode: fc.constantFrom<FakeCluster['mode'][]>('ready', 'overflow', 'remote connection failure'),
  }),
)

const world = fc.record({
  policy: fc.record({
    on: fc.constantFrom(0, RetryOn['5xx'], RetryOn.reset, RetryOn['connect-failure']),
    numRetries: fc.integer({ min: 0, max: 3 }),
    perTryTimeoutMs: fc.constantFrom(0, 50),
  }),
  hedge: fc.boolean(),
  maxRetries: fc.constantFrom(0, 3),
  hosts: fc.constantFrom(0, 2),
  body: fc.constantFrom(undefined, ['ab', 'cd'], ['far too long', 'to be kept']),
  events: fc.array(event, { maxLength: 12 }),
})

function play(bench: RouterBench, events: readonly Event[]): void {
  for (const each of events) {
    const latest = bench.cluster.requests.at(-1)
    if (each.is === 'time') bench.time.advance(each.ms)
    else if (each.is === 'pool') bench.cluster.mode = each.mode
    else if (each.is === 'client leaves') bench.stream.downstreamReset(0, 'downstream_remote_disconnect')
    else if (latest?.resetReason !== undefined || latest === undefined || bench.stream.done) continue
    else if (each.is === 'reset') latest.callbacks.onReset(each.reason, '')
    else {
      latest.callbacks.onHeaders(responseHeaders(each.status, []), each.whole)
      if (each.whole) latest.resetReason = 'local reset'
    }
  }
}

function fatesOf(cluster: FakeCluster): Record<string, number> {
  const prefix = 'cluster.upstream.fate.'
  const found = [...cluster.stats.counters.values()].filter(({ name }) => name.startsWith(prefix))
  return Object.fromEntries(found.map(({ name, value }) => [name.slice(prefix.length), value]))
}

describe('fates', () => {
  it('are exactly one for each request, whatever happens to its tries', () => {
    fc.assert(
      fc.property(world, ({ policy, hedge, maxRetries, hosts, body, events }) => {
        const cluster = new FakeCluster({ maxRetries })
        cluster.hosts = cluster.hosts.slice(0, hosts)
        const route = { retryPolicy: retryPolicy(policy), hedgeOnPerTryTimeout: hedge, requestBodyLimit: 8 }
        const bench = new RouterBench({ cluster, route: { ...route, timeoutMs: 1000 } }).request([], body)
        play(bench, events)
        if (!bench.stream.done) bench.stream.downstreamReset(0, 'downstream_remote_disconnect')
        const fates = fatesOf(cluster)
        expect(Object.values(fates)).toEqual([1])
        expect(Object.keys(FATES)).toContain(Object.keys(fates)[0])
        expect(Object.keys(fates)[0]).toBe(bench.stream.info.fate)
        expect(cluster.breakers[0].retries).toBe(0)
      }),
      { seed: 20, numRuns: 1500 },
    )
  })

  it('is that the client left, when it leaves in the middle of a good response', () => {
    const bench = new RouterBench().request()
    bench.attempt(0).callbacks.onHeaders(responseHeaders(200, []), false)
    bench.stream.downstreamReset(0, 'downstream_remote_disconnect')
    expect(bench.outcome.fate).toBe('client_abort')
    expect(fatesOf(bench.cluster)).toEqual({ client_abort: 1 })
  })

  it('is a timeout, when the route timeout passes in the middle of a good response', () => {
    const bench = new RouterBench({ route: { timeoutMs: 100 } }).request()
    bench.attempt(0).callbacks.onHeaders(responseHeaders(200, []), false)
    bench.time.advance(110)
    expect(fatesOf(bench.cluster)).toEqual({ timeout: 1 })
  })

  it('counts no cluster for a request that has none', () => {
    const bench = new RouterBench({ none: true }).request()
    expect(bench.outcome.fate).toBe('no_route')
    expect(fatesOf(bench.cluster)).toEqual({})
  })

  it.each<[string, Partial<RetryPolicy>, string]>([
    ['is not retryable', { on: RetryOn['connect-failure'] }, 'not_retryable'],
    ['has no retries left', { numRetries: 0 }, 'retry_limit'],
  ])('of a 503 that %s says so', (_what, policy, fate) => {
    const bench = new RouterBench({ route: { retryPolicy: retryPolicy(policy) } }).request()
    bench.respond(0, 503)
    expect(fatesOf(bench.cluster)).toEqual({ [fate]: 1 })
  })
})
