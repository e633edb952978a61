import { describe, expect, it } from 'vitest'
import { FakeCluster } from './testing/fake-cluster.ts'
import { retryPolicy as policy } from './testing/retry-policy.ts'
import { RouterBench } from './testing/router-bench.ts'

describe('limits of time and size', () => {
  it('answers 504 UMSDR when the stream takes longer than its cluster lets it', () => {
    const bench = new RouterBench({ cluster: new FakeCluster({}, { maxStreamDurationMs: 100 }) }).request()
    bench.time.advance(110)
    expect(bench.attempt(0).resetReason).toBe('local reset')
    expect(bench.outcome).toMatchObject({
      status: 504,
      flags: 'UMSDR',
      details: 'upstream_max_stream_duration_reached',
    })
    expect(bench.cluster.counter('upstream_rq_max_duration_reached')).toBe(1)
  })

  it('tells a later try how much time remains', () => {
    const bench = new RouterBench({
      route: { timeoutMs: 15_000, retryPolicy: policy({ baseIntervalMs: 1 }) },
    }).request()
    bench.time.advance(400)
    bench.respond(0, 503)
    bench.time.advance(10)
    expect([0, 1].map((n) => bench.attempt(n).headers?.get('x-envoy-expected-rq-timeout-ms'))).toEqual([
      '14600',
      '14600',
    ])
  })

  it('answers 507 when the body outgrows what may be kept while a retry is waited for', () => {
    const bench = new RouterBench({ route: { requestBodyLimit: 5, retryPolicy: policy() } }).request([], [])
    bench.stream.requestData(Uint8Array.of(1, 2, 3), false)
    bench.respond(0, 503)
    bench.stream.requestData(Uint8Array.of(4, 5, 6), true)
    expect(bench.outcome).toMatchObject({
      status: 507,
      body: 'exceeded request buffer limit while retrying upstream',
      details: 'request_payload_exceeded_retry_buffer_limit',
      fate: 'body_too_large_to_replay',
    })
    expect(bench.cluster.requests).toHaveLength(1)
    expect(bench.cluster.breakers[0].retries).toBe(0)
  })

  it('sends a body that is too large to keep, once there is a connection, and does not retry it', () => {
    const cluster = new FakeCluster()
    cluster.mode = 'wait'
    const route = { requestBodyLimit: 3, retryPolicy: policy({ baseIntervalMs: 1 }) }
    const bench = new RouterBench({ cluster, route }).request([], ['fo', 'ur'])
    cluster.waiting[0]!()
    expect(bench.attempt(0)).toMatchObject({ body: 'four', ended: true })
    bench.respond(0, 503)
    expect(bench.outcome).toMatchObject({ status: 503, flags: '-', fate: 'body_too_large_to_replay' })
    expect(cluster.counter('retry_or_shadow_abandoned')).toBe(1)
  })

  it('counts no retry of a request whose body was too large to keep', () => {
    const route = { requestBodyLimit: 3, retryPolicy: policy({ baseIntervalMs: 1 }) }
    const bench = new RouterBench({ route }).request([], ['four'])
    bench.respond(0, 503)
    expect(['upstream_rq_retry', 'retry_or_shadow_abandoned'].map((name) => bench.cluster.counter(name))).toEqual([
      0, 1,
    ])
    expect(bench.outcome).toMatchObject({ status: 503, fate: 'body_too_large_to_replay' })
  })
})
