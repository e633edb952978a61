import { describe, expect, test } from 'vitest'
import { retryPolicy } from './testing/retry-policy.ts'
import { RouterBench } from './testing/router-bench.ts'

describe('the host that a session asked for', () => {
  test('gets the first try, and no other', () => {
    const bench = new RouterBench({ route: { retryPolicy: retryPolicy() } })
    bench.stream.overrideUpstreamHost('10.0.0.3:80')
    bench.request()
    expect(bench.attempt(0).host.address).toBe('10.0.0.3:80')
    bench.respond(0, 503)
    bench.time.advance(30)
    expect(bench.attempt(1).host.address).toBe('10.0.0.1:80')
  })
  test('is replaced by another when it is gone', () => {
    const bench = new RouterBench()
    bench.stream.overrideUpstreamHost('10.9.9.9:80')
    bench.request()
    expect(bench.attempt(0).host.address).toBe('10.0.0.1:80')
  })
  test.each([503, 421])('is not, when only that one will do: %i', (status) => {
    const bench = new RouterBench()
    bench.stream.overrideUpstreamHost('10.9.9.9:80', { status })
    bench.request()
    expect(bench.outcome).toMatchObject({ status, fate: 'no_healthy_host' })
  })
})
