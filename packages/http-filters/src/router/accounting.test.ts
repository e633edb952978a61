import { MessageSizes, TimeoutBudgets } from '@nuncio/cluster'
import { responseHeaders } from '@nuncio/core'
import { fakeRoute } from '@nuncio/filter-chain/testing'
import { describe, expect, it } from 'vitest'
import { FakeCluster } from './testing/fake-cluster.ts'
import { retryPolicy as policy } from './testing/retry-policy.ts'
import { RouterBench } from './testing/router-bench.ts'

describe('what is counted', () => {
  const virtualHost = { ...fakeRoute().virtualHost, name: 'v', virtualCluster: () => 'vc' }

  it('is the answer in place of a response too, by whom the request came from', () => {
    const cluster = new FakeCluster()
    cluster.hosts = []
    new RouterBench({ cluster }).request([['x-envoy-internal', 'true']])
    expect(cluster.counter('upstream_rq_503')).toBe(1)
    expect(cluster.counter('internal.upstream_rq_503')).toBe(1)
    new RouterBench({ cluster }).request()
    expect(cluster.counter('external.upstream_rq_5xx')).toBe(1)
    expect(cluster.counter('upstream_rq_completed')).toBe(2)
  })

  it('is a response that is retried only as such', () => {
    const bench = new RouterBench({ route: { retryPolicy: policy({}) } }).request()
    bench.respond(0, 503)
    bench.time.advance(30)
    bench.respond(1, 200)
    expect(bench.cluster.counter('retry.upstream_rq_503')).toBe(1)
    expect(bench.cluster.counter('upstream_rq_503')).toBe(0)
    expect(bench.cluster.counter('upstream_rq_completed')).toBe(1)
  })

  it('goes to the virtual cluster and the route with a prefix as well', () => {
    const route = { virtualHost, statPrefix: 'r', retryPolicy: policy({}) }
    const bench = new RouterBench({ route }).request()
    bench.respond(0, 503)
    bench.time.advance(30)
    bench.respond(1, 503)
    for (const prefix of ['vhost.v.vcluster.vc.', 'vhost.v.route.r.']) {
      const counts = ['total', 'retry', 'retry_limit_exceeded', '503', '5xx', 'completed'].map(
        (name) => bench.stats.counter(`${prefix}upstream_rq_${name}`).value,
      )
      expect(counts).toEqual([2, 1, 1, 1, 1, 1])
    }
    expect(bench.stream.info.virtualClusterName).toBe('vc')
  })

  it('that fits no virtual cluster counts as one of the others, which have no name in logs', () => {
    const route = { virtualHost: { ...virtualHost, virtualCluster: () => 'other' } }
    const bench = new RouterBench({ route }).request()
    bench.respond(0, 200)
    expect(bench.stats.counter('vhost.v.vcluster.other.upstream_rq_total').value).toBe(1)
    expect(bench.stream.info.virtualClusterName).toBe('')
  })

  it('is a timeout of the route for each that counts it', () => {
    const bench = new RouterBench({ route: { virtualHost, timeoutMs: 100 } }).request()
    bench.time.advance(110)
    expect(bench.stats.counter('vhost.v.vcluster.vc.upstream_rq_timeout').value).toBe(1)
    expect(bench.cluster.counter('upstream_rq_504')).toBe(1)
  })

  it('is the time to the end of the response, from zone to zone where both are known', () => {
    const cluster = Object.assign(new FakeCluster(), { ownZone: 'a' })
    cluster.hosts = [{ ...cluster.hosts[0]!, locality: { region: '', zone: 'b', subZone: '' } }]
    const bench = new RouterBench({ cluster }).request()
    bench.attempt(0).callbacks.onHeaders(responseHeaders(200, []), false)
    bench.time.advance(40)
    bench.attempt(0).callbacks.onData(new Uint8Array(1), true)
    expect(cluster.stats.histogram('cluster.upstream.upstream_rq_time').sum).toBe(40)
    expect(cluster.counter('zone.a.b.upstream_rq_200')).toBe(1)
  })

  it('is how large each try and its response were, where that is wanted', () => {
    const cluster = new FakeCluster()
    Object.assign(cluster.info, { messageSizes: new MessageSizes(cluster.info.stats.scope) })
    const bench = new RouterBench({ cluster, route: { retryPolicy: policy() } }).request(
      [['x-a', '12345']],
      ['ab', 'cd'],
    )
    bench.respond(0, 503)
    bench.time.advance(25)
    bench.respond(1, 200, [['x-long', 'abcd']], 'a body')
    const of = (name: string) => cluster.stats.histogram(`cluster.upstream.upstream_${name}`)
    expect([of('rq_body_size').sum, of('rq_body_size').count]).toEqual([8, 2])
    expect([of('rs_body_size').sum, of('rs_body_size').count]).toEqual([6, 2])
    // `:status: 503`, and the same with a header of ten bytes beside it.
    expect([of('rs_headers_size').sum, of('rs_headers_count').sum]).toEqual([10 + 20, 1 + 2])
    const { headers } = bench.attempt(1)
    expect(of('rq_headers_count').sum).toBe(2 * (headers!.size + 4))
  })

  it('is how much of its timeouts a request used, in percent, where that is wanted', () => {
    const cluster = new FakeCluster()
    Object.assign(cluster.info, { timeoutBudgets: new TimeoutBudgets(cluster.info.stats.scope) })
    const route = { timeoutMs: 1000, retryPolicy: policy({ perTryTimeoutMs: 200, baseIntervalMs: 1 }) }
    const bench = new RouterBench({ cluster, route }).request()
    bench.time.advance(201)
    bench.time.advance(49)
    bench.respond(1, 200)
    const sum = (name: string): number =>
      cluster.stats.histogram(`cluster.upstream.upstream_rq_timeout_budget_${name}`).sum
    expect(sum('percent_used')).toBe(25)
    expect(sum('per_try_percent_used')).toBeGreaterThanOrEqual(100 + 23)
  })

  it.each([
    [1, 'UDO', 'unconditional drop overload', 'x-envoy-unconditional-drop-overload'],
    [0.999999, 'DO', 'drop overload', 'x-envoy-drop-overload'],
  ])('is what drop_overloads refuses of a share of %d', (dropOverload, flags, body, header) => {
    const cluster = Object.assign(new FakeCluster(), { dropOverload })
    const bench = new RouterBench({ cluster }).request()
    expect(bench.outcome).toEqual({ status: 503, body, flags, details: body.replaceAll(' ', '_'), fate: 'overflow' })
    expect(bench.encoder.headers).toContainEqual([header, 'true'])
    expect(cluster.counter('upstream_rq_503')).toBe(1)
  })

  it('is neither code nor time without dynamic_stats', () => {
    const bench = new RouterBench({ config: { dynamic_stats: false } }).request()
    bench.respond(0, 200)
    expect([...bench.cluster.stats.counters.keys()]).not.toContain('cluster.upstream.upstream_rq_200')
  })

  it('tells the client the number of tries, also when the answer is the proxy’s own', () => {
    const cluster = new FakeCluster()
    cluster.hosts = []
    const counting = { ...virtualHost, includeAttemptCountInResponse: true }
    const bench = new RouterBench({ cluster, route: { virtualHost: counting } }).request()
    expect(bench.encoder.headers).toContainEqual(['x-envoy-attempt-count', '1'])
  })
})

describe('the cost of a request', () => {
  it.each([
    ['a filter', (bench: RouterBench) => void (bench.stream.info.cost = 40)],
    ['dynamic metadata', (bench: RouterBench) => bench.stream.info.setMetadata('nuncio.lb', { cost: '40' })],
  ])('that %s sets counts against the host of each try while it runs', (_who, set) => {
    const bench = new RouterBench({ route: { retryPolicy: policy({}) } })
    set(bench)
    bench.request()
    const outstanding = () => bench.cluster.hosts.map(({ stats }) => stats.outstandingCost)
    expect(outstanding()).toEqual([40, 0, 0])
    bench.respond(0, 503)
    expect(outstanding()).toEqual([0, 0, 0])
    bench.time.advance(30)
    expect(outstanding()).toEqual([0, 40, 0])
    bench.respond(1, 200)
    expect(outstanding()).toEqual([0, 0, 0])
  })

  it('is given back when the client leaves', () => {
    const bench = new RouterBench()
    bench.stream.info.cost = 7
    bench.request()
    bench.stream.downstreamReset(0, 'downstream_remote_disconnect')
    expect(bench.cluster.hosts[0]!.stats.outstandingCost).toBe(0)
  })
})
