import { SeededRandom } from '@nuncio/core'
import { FakeTime } from '@nuncio/core/testing'
import { fakeRoute, FilterBench, runFilter, type RunOptions } from '@nuncio/filter-chain/testing'
import { describe, expect, test } from 'vitest'
import { fault } from './index.ts'

const ALWAYS = 'percentage: { numerator: 100 }'
const headers = (...lines: [string, string][]): RunOptions['request'] => ({ headers: lines })
const count = (t: { stats: { counter(name: string): { value: number } } }, name: string): number =>
  t.stats.counter(`http.test.fault.${name}`).value

describe('envoy.filters.http.fault', () => {
  test('answers in the place of the upstream', async () => {
    const t = await runFilter(fault, { config: `abort: { http_status: 418, ${ALWAYS} }` })
    expect([t.status, t.body, t.upstream, t.info.flagsText, t.info.details]).toEqual([
      418,
      'fault filter abort',
      undefined,
      'FI',
      'fault_filter_abort',
    ])
    expect(count(t, 'aborts_injected')).toBe(1)
    expect(t.stats.gauge('http.test.fault.active_faults').value).toBe(0)
  })

  test('aborts with a gRPC status, for gRPC requests as a gRPC answer', async () => {
    const config = `abort: { grpc_status: 5, ${ALWAYS} }`
    const plain = await runFilter(fault, { config })
    expect([plain.status, plain.body]).toEqual([200, 'fault filter abort'])
    const grpc = await runFilter(fault, { config, request: headers(['content-type', 'application/grpc']) })
    expect([grpc.status, grpc.header('grpc-status')]).toEqual([200, '5'])
  })

  test('delays, then aborts', async () => {
    const time = new FakeTime()
    const config = `{ delay: { fixed_delay: 2s, ${ALWAYS} }, abort: { http_status: 503, ${ALWAYS} } }`
    const before = time.monotonicMs()
    const t = await runFilter(fault, { config, time })
    expect([t.status, t.info.flagsText]).toEqual([503, 'DI,FI'])
    expect(time.monotonicMs() - before).toBeGreaterThanOrEqual(2000)
    expect([count(t, 'delays_injected'), count(t, 'aborts_injected')]).toEqual([1, 1])
  })

  test('holds the body while it delays and then lets all of it go on', async () => {
    const t = await runFilter(fault, {
      config: `delay: { fixed_delay: 0.1s, ${ALWAYS} }`,
      request: { method: 'POST', body: ['one', 'two'] },
    })
    expect([t.upstream?.body, t.info.flagsText, t.violations]).toEqual(['onetwo', 'DI', []])
  })

  test('gives up a delay with its stream', async () => {
    const bench = new FilterBench(fault, { config: `delay: { fixed_delay: 60s, ${ALWAYS} }` })
    const open = bench.open()
    expect(bench.stats.gauge('http.test.fault.active_faults').value).toBe(1)
    open.stream.downstreamReset(0, 'gone')
    await bench.time.advanceAsync(120_000)
    expect(open.transcript().upstream).toBeUndefined()
    expect([bench.stats.gauge('http.test.fault.active_faults').value, bench.time.pending]).toEqual([0, 0])
  })

  test('lets headers say what to inject, when it is told to', async () => {
    const config = `{ delay: { header_delay: {}, ${ALWAYS} }, abort: { header_abort: {}, ${ALWAYS} } }`
    const abort = await runFilter(fault, { config, request: headers(['x-envoy-fault-abort-request', '429']) })
    expect(abort.status).toBe(429)
    const delay = await runFilter(fault, { config, request: headers(['x-envoy-fault-delay-request', '50']) })
    expect([delay.status, delay.info.flagsText]).toEqual([200, 'DI'])
    const less = headers(['x-envoy-fault-abort-request', '429'], ['x-envoy-fault-abort-request-percentage', '0'])
    expect((await runFilter(fault, { config, request: less })).status).toBe(200)
  })

  test.each(['199', '600', '-1', '4x9', '', '99999999999999999999'])(
    'passes over %j as a status to abort with',
    async (value) => {
      const config = `abort: { header_abort: {}, ${ALWAYS} }`
      const t = await runFilter(fault, { config, request: headers(['x-envoy-fault-abort-request', value]) })
      expect(t.status).toBe(200)
    },
  )

  test('gives headers no say when the configuration names the fault', async () => {
    const t = await runFilter(fault, {
      config: `abort: { http_status: 500, percentage: { numerator: 0 } }`,
      request: headers(['x-envoy-fault-abort-request', '429'], ['x-envoy-fault-abort-request-percentage', '100']),
    })
    expect(t.status).toBe(200)
  })

  test('hits about the share that is asked for', async () => {
    const bench = new FilterBench(fault, {
      config: 'abort: { http_status: 500, percentage: { numerator: 2500, denominator: TEN_THOUSAND } }',
      random: new SeededRandom(7),
    })
    let hits = 0
    for (let i = 0; i < 2000; i++) hits += (await bench.run()).status === 500 ? 1 : 0
    expect(hits).toBeGreaterThan(430)
    expect(hits).toBeLessThan(570)
  })

  test('takes shares and strengths from the runtime, per calling cluster too', async () => {
    const values: Record<string, number> = {
      'fault.http.me.abort.abort_percent': 100,
      'fault.http.me.abort.http_status': 444,
    }
    const options: RunOptions = {
      config: 'abort: { http_status: 500, percentage: { numerator: 0 } }',
      runtime: {
        number: (key, fallback) => values[key] ?? fallback,
        boolean: (_, fallback) => fallback,
        text: () => undefined,
        fraction: (key, fallback) =>
          values[key] === undefined ? fallback : { numerator: values[key], denominator: 100 },
      },
    }
    expect((await runFilter(fault, options)).status).toBe(200)
    const t = await runFilter(fault, { ...options, request: headers(['x-envoy-downstream-service-cluster', 'me']) })
    expect([t.status, count(t, 'me.aborts_injected')]).toEqual([444, 1])
  })

  test('injects no more than max_active_faults at a time', async () => {
    const bench = new FilterBench(fault, {
      config: `{ max_active_faults: 1, delay: { fixed_delay: 1s, ${ALWAYS} } }`,
    })
    const first = bench.open()
    const second = bench.open()
    expect([first.stream.done, second.stream.done]).toEqual([false, true])
    expect(bench.stats.counter('http.test.fault.faults_overflow').value).toBe(1)
    await bench.time.advanceAsync(1100)
    expect(first.stream.done).toBe(true)
  })

  test.each([
    ['upstream_cluster: other', headers(), 200],
    ['upstream_cluster: upstream', headers(), 500],
    ['downstream_nodes: [a, b]', headers(), 200],
    ['downstream_nodes: [a, b]', headers(['x-envoy-downstream-service-node', 'b']), 500],
    ['headers: [{ name: x-test, present_match: true }]', headers(), 200],
    ['headers: [{ name: x-test, present_match: true }]', headers(['x-test', '']), 500],
  ])('with %s concerns only those requests', async (condition, request, status) => {
    const config = `{ ${condition}, abort: { http_status: 500, ${ALWAYS} } }`
    expect((await runFilter(fault, { config, request, route: fakeRoute({ cluster: 'upstream' }) })).status).toBe(status)
  })

  test('lets a route say something else', async () => {
    const config = `abort: { http_status: 500, ${ALWAYS} }`
    expect((await runFilter(fault, { config, routeConfigs: ['{}'] })).status).toBe(200)
  })

  test('lets a response out no faster than its limit', async () => {
    const time = new FakeTime()
    const before = time.monotonicMs()
    const t = await runFilter(fault, {
      time,
      config: `response_rate_limit: { fixed_limit: { limit_kbps: 1 }, ${ALWAYS} }`,
      upstream: { body: ['x'.repeat(1024), 'y'.repeat(1024)] },
    })
    expect([t.body.length, t.ended, t.violations, count(t, 'response_rl_injected')]).toEqual([2048, true, [], 1])
    expect(time.monotonicMs() - before).toBeGreaterThanOrEqual(2000)
    expect(time.monotonicMs() - before).toBeLessThan(2100)
  })

  test('writes its metadata down', async () => {
    const t = await runFilter(fault, {
      config: `{ filter_metadata: { why: test }, abort: { http_status: 500, ${ALWAYS} } }`,
    })
    expect(t.info.metadata?.get('envoy.filters.http.fault')).toEqual({ why: 'test' })
  })
})
