import { fakeRoute } from '@nuncio/filter-chain/testing'
import { latin1Bytes, type RequestHeaders, responseHeaders } from '@nuncio/core'
import { RetryOn } from '@nuncio/router'
import { FakeRuntime } from '@nuncio/core/testing'
import { describe, expect, it } from 'vitest'
import { FakeCluster } from './testing/fake-cluster.ts'
import { retryPolicy as policy } from './testing/retry-policy.ts'
import { RouterBench } from './testing/router-bench.ts'

describe('retries', () => {
  it('tries again after a 503, keeps the body, and says so in the fate', () => {
    const bench = new RouterBench({ route: { retryPolicy: policy({}) } }).request([], ['body'])
    bench.respond(0, 503, [], 'no')
    expect(bench.encoder.status).toBe(0)
    bench.time.advance(30)
    expect(bench.attempt(1)).toMatchObject({ body: 'body', ended: true })
    bench.respond(1, 200, [], 'yes')
    expect(bench.outcome).toMatchObject({ status: 200, body: 'yes', fate: 'success_after_retry' })
    expect([bench.cluster.counter('upstream_rq_retry'), bench.cluster.counter('upstream_rq_retry_success')]).toEqual([
      1, 1,
    ])
    expect(bench.cluster.breakers[0].retries).toBe(0)
  })

  it('sends the last response on, with URX, when the retries are used up', () => {
    const bench = new RouterBench({ route: { retryPolicy: policy({}) } }).request()
    bench.respond(0, 503)
    bench.time.advance(30)
    bench.respond(1, 503, [], 'still no')
    expect(bench.outcome).toMatchObject({ status: 503, body: 'still no', flags: 'URX', fate: 'retry_limit' })
    expect(bench.cluster.counter('upstream_rq_retry_limit_exceeded')).toBe(1)
  })

  it('goes by the request as its route has made it', () => {
    const finalizeRequestHeaders = (headers: RequestHeaders): void => headers.set('x-envoy-retry-on', '5xx')
    const bench = new RouterBench({ route: { finalizeRequestHeaders } }).request()
    bench.respond(0, 503)
    bench.time.advance(30)
    bench.respond(1, 200)
    expect(bench.outcome).toMatchObject({ status: 200, fate: 'success_after_retry' })
    expect(bench.attempt(1).headers!.has('x-envoy-retry-on')).toBe(false)
  })

  it('does not retry past the circuit breaker', () => {
    const bench = new RouterBench({
      cluster: new FakeCluster({ maxRetries: 0 }),
      route: { retryPolicy: policy({}) },
    }).request()
    bench.respond(0, 503)
    expect(bench.outcome).toMatchObject({ status: 503, flags: 'UO', fate: 'budget_exhausted' })
    expect(bench.cluster.counter('upstream_rq_retry_overflow')).toBe(1)
  })

  it('retries a connect failure and reports each outcome', () => {
    const cluster = new FakeCluster()
    cluster.mode = 'remote connection failure'
    const bench = new RouterBench({
      cluster,
      route: { retryPolicy: policy({ on: RetryOn['connect-failure'] }) },
    }).request()
    cluster.mode = 'ready'
    bench.time.advance(30)
    bench.respond(0, 200)
    expect(bench.outcome).toMatchObject({ status: 200, fate: 'success_after_retry' })
    expect(cluster.outcomes.map((o) => o.reset ?? o.status)).toEqual(['remote connection failure', 200])
  })

  it('never retries an overflow', () => {
    const cluster = new FakeCluster()
    cluster.mode = 'overflow'
    const bench = new RouterBench({
      cluster,
      route: { retryPolicy: policy({ on: RetryOn['5xx'] | RetryOn.reset }) },
    }).request()
    expect(bench.outcome).toMatchObject({ status: 503, flags: 'UO', fate: 'overflow' })
    expect(bench.encoder.headers).toContainEqual(['x-envoy-overloaded', 'true'])
    const quiet = new RouterBench({ cluster, config: { suppress_envoy_headers: true } }).request()
    expect(quiet.encoder.headers.map(([name]) => name)).not.toContain('x-envoy-overloaded')
  })

  it('tries again after a per-try timeout and answers 504 when none is left', () => {
    const bench = new RouterBench({
      route: { retryPolicy: policy({ perTryTimeoutMs: 100, baseIntervalMs: 1 }) },
    }).request()
    bench.time.advance(110)
    expect(bench.attempt(0).resetReason).toBe('local reset')
    bench.time.advance(110)
    expect(bench.cluster.requests).toHaveLength(2)
    expect(bench.outcome).toMatchObject({
      status: 504,
      flags: 'URX,UT',
      details: 'upstream_per_try_timeout',
      fate: 'retry_limit',
    })
  })

  it('hedges: a slow try runs on beside the next, and the first good response wins', () => {
    const bench = new RouterBench({
      route: { hedgeOnPerTryTimeout: true, retryPolicy: policy({ perTryTimeoutMs: 100, baseIntervalMs: 1 }) },
    }).request()
    bench.time.advance(110)
    expect(bench.cluster.requests).toHaveLength(2)
    expect(bench.attempt(0).resetReason).toBeUndefined()
    bench.respond(0, 200, [], 'slow but first')
    expect(bench.outcome).toMatchObject({ status: 200, body: 'slow but first' })
    expect(bench.attempt(1).resetReason).toBe('local reset')
  })

  it('hedges a try that is idle too, and gives up none that has begun to answer', () => {
    const bench = new RouterBench({
      route: { hedgeOnPerTryTimeout: true, retryPolicy: policy({ perTryIdleTimeoutMs: 100, baseIntervalMs: 1 }) },
    }).request()
    bench.time.advance(110)
    expect(bench.cluster.requests).toHaveLength(2)
    bench.attempt(0).callbacks.onHeaders(responseHeaders(200), false)
    bench.time.advance(500)
    bench.attempt(0).callbacks.onData(latin1Bytes('late'), true)
    expect(bench.outcome).toMatchObject({ status: 200, body: 'late' })
  })

  it('begins no hedged try once the slow one has answered', () => {
    const bench = new RouterBench({
      route: { hedgeOnPerTryTimeout: true, retryPolicy: policy({ perTryTimeoutMs: 100, baseIntervalMs: 25 }) },
    }).request()
    bench.time.advance(101)
    expect(bench.cluster.breakers[0].retries).toBe(1)
    bench.attempt(0).callbacks.onHeaders(responseHeaders(200), false)
    expect(bench.cluster.breakers[0].retries).toBe(0)
    bench.time.advance(1000)
    expect(bench.cluster.requests).toHaveLength(1)
    bench.attempt(0).callbacks.onData(latin1Bytes('late'), true)
    expect(bench.outcome).toMatchObject({ status: 200, body: 'late' })
  })

  it('hedges whatever the policy retries, as long as a retry is left', () => {
    const retryPolicy = policy({ on: RetryOn['retriable-4xx'], perTryTimeoutMs: 100, baseIntervalMs: 1 })
    const bench = new RouterBench({ route: { hedgeOnPerTryTimeout: true, retryPolicy } }).request()
    bench.time.advance(110)
    expect(bench.cluster.requests).toHaveLength(2)
    bench.respond(1, 200)
    expect(bench.outcome).toMatchObject({ status: 200, fate: 'success_after_retry' })
    expect(bench.attempt(0).resetReason).toBe('local reset')
  })

  it('does not retry a try again that was hedged, and sends its failure on when no other is left', () => {
    const hedging = { hedgeOnPerTryTimeout: true, timeoutMs: 0 }
    const bench = new RouterBench({
      route: { ...hedging, retryPolicy: policy({ perTryTimeoutMs: 100, baseIntervalMs: 1, numRetries: 3 }) },
    }).request()
    bench.time.advance(110)
    bench.respond(0, 503, [], 'first')
    expect(bench.encoder.status).toBe(0)
    bench.time.advance(110)
    bench.time.advance(110)
    bench.time.advance(110)
    expect(bench.cluster.requests).toHaveLength(4)
    bench.respond(1, 503)
    bench.respond(2, 503)
    bench.respond(3, 503, [], 'last')
    expect(bench.outcome).toMatchObject({ status: 503, body: 'last', flags: 'URX' })
    expect(bench.cluster.outcomes.filter((outcome) => outcome.reset === 'timeout')).toHaveLength(4)
    expect(bench.cluster.outcomes).toHaveLength(4)
  })

  it('retries a newer try that fails while a hedged one is still at it', () => {
    const retryPolicy = policy({ perTryTimeoutMs: 100, baseIntervalMs: 1, numRetries: 2 })
    const bench = new RouterBench({ route: { hedgeOnPerTryTimeout: true, timeoutMs: 0, retryPolicy } }).request()
    bench.time.advance(110)
    bench.attempt(1).callbacks.onReset('remote reset', '')
    expect(bench.encoder.status).toBe(0)
    bench.time.advance(10)
    expect(bench.cluster.requests).toHaveLength(3)
    expect(bench.cluster.breakers[0].retries).toBe(1)
    bench.respond(0, 200)
    expect(bench.cluster.breakers[0].retries).toBe(0)
  })

  it('consumes the headers of an internal request that ask for retries in vain', () => {
    const bench = new RouterBench().request([
      ['x-envoy-internal', 'true'],
      ['x-envoy-retriable-status-codes', '418'],
    ])
    expect(bench.attempt(0).headers!.has('x-envoy-retriable-status-codes')).toBe(false)
  })

  it('waits as long as a rate-limited response asks', () => {
    const rateLimited = { headers: [{ name: 'retry-after', unix: false }], maxIntervalMs: 300_000 }
    const bench = new RouterBench({
      route: {
        timeoutMs: 0,
        retryPolicy: policy({ on: RetryOn['retriable-status-codes'], retriableStatusCodes: [429], rateLimited }),
      },
    }).request()
    bench.respond(0, 429, [['retry-after', '2']])
    bench.time.advance(1990)
    expect(bench.cluster.requests).toHaveLength(1)
    bench.time.advance(1020)
    expect(bench.cluster.requests).toHaveLength(2)
    expect(bench.cluster.counter('upstream_rq_retry_backoff_ratelimited')).toBe(1)
    expect(bench.cluster.counter('upstream_rq_retry_backoff_exponential')).toBe(0)
  })

  it('is switched off, or on for a share, by the runtime', () => {
    for (const [share, tries] of [
      [0, 1],
      [100, 2],
    ] as const) {
      const bench = new RouterBench({
        route: { retryPolicy: policy() },
        runtime: new FakeRuntime({ 'upstream.use_retry': share }),
      }).request()
      bench.respond(0, 503)
      bench.time.advance(30)
      expect(bench.cluster.requests).toHaveLength(tries)
    }
  })

  it('tells the upstream whether the try before timed out, where that is asked for', () => {
    const virtualHost = { ...fakeRoute({}).virtualHost, includeIsTimeoutRetryHeader: true }
    const retryPolicy = policy({ perTryTimeoutMs: 50, numRetries: 2, baseIntervalMs: 1 })
    const bench = new RouterBench({ route: { retryPolicy, virtualHost } }).request()
    const told = (): (string | undefined)[] => [
      bench.attempt(bench.cluster.requests.length - 1).headers!.get('x-envoy-is-timeout-retry'),
    ]
    const all = told()
    bench.time.advance(60)
    all.push(...told())
    bench.respond(1, 503)
    bench.time.advance(10)
    all.push(...told())
    expect(all).toEqual([undefined, 'true', 'false'])
  })

  it('gives the body up when it is too large to replay, and then does not retry', () => {
    const bench = new RouterBench({ route: { retryPolicy: policy({}), requestBodyLimit: 5 } }).request(
      [],
      ['123', '4567', '8'],
    )
    expect(bench.attempt(0).body).toBe('12345678')
    bench.respond(0, 503)
    expect(bench.outcome).toMatchObject({ status: 503, fate: 'body_too_large_to_replay' })
    expect(bench.cluster.counter('retry_or_shadow_abandoned')).toBe(1)
    expect(bench.cluster.breakers[0].retries).toBe(0)
  })

  it('is asked for by headers, which do not go on', () => {
    const bench = new RouterBench().request([
      ['x-envoy-retry-on', 'gateway-error'],
      ['x-envoy-max-retries', '2'],
    ])
    expect(bench.attempt(0).headers!.has('x-envoy-retry-on')).toBe(false)
    bench.respond(0, 502)
    bench.time.advance(30)
    bench.respond(1, 504)
    bench.time.advance(60)
    bench.respond(2, 200)
    expect(bench.outcome).toMatchObject({ status: 200, fate: 'success_after_retry' })
  })

  it('avoids hosts that were tried', () => {
    const hostPredicates = [{ '@type': 'envoy.extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate' }]
    const cluster = new FakeCluster()
    cluster.hosts = [cluster.hosts[0]!, cluster.hosts[0]!, cluster.hosts[1]!]
    const bench = new RouterBench({
      cluster,
      route: { retryPolicy: policy({ hostPredicates, hostSelectionAttempts: 3 }) },
    }).request()
    bench.respond(0, 503)
    bench.time.advance(30)
    expect(bench.attempt(1).host.address).not.toBe(bench.attempt(0).host.address)
  })
})
