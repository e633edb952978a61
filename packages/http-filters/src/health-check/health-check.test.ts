import { createHost, type HostSet } from '@nuncio/cluster'
import type { HttpFilter } from '@nuncio/filter-chain'
import { FilterBench, runFilter } from '@nuncio/filter-chain/testing'
import { describe, expect, test } from 'vitest'
import { judge } from './clusters.ts'
import { healthCheck } from './index.ts'

const config = 'pass_through_mode: false\nheaders: [{ name: ":path", string_match: { exact: /healthz } }]'
const request = { path: '/healthz' }

describe('envoy.filters.http.health_check', () => {
  test('answers checks itself and marks them for the access log', async () => {
    const t = await runFilter(healthCheck, { config, request })
    expect([t.status, t.body, t.upstream, t.info.details, t.info.healthCheck]).toEqual([
      200,
      '',
      undefined,
      'health_check_ok',
      true,
    ])
  })

  test.each([['pi', 'ng'], 'p'.repeat(70_000)])(
    'a check with a body is answered behind it, or behind its first 64 KiB',
    async (body) => {
      const t = await runFilter(healthCheck, { config, request: { ...request, method: 'PUT', body } })
      expect([t.status, t.upstream, t.info.bytesReceived]).toEqual([200, undefined, body.length === 2 ? 4 : 70_000])
    },
  )

  test.each(['/', '/healthz/', '/healthz?x'])('lets %s pass', async (path) => {
    const t = await runFilter(healthCheck, { config, request: { path } })
    expect([t.upstream?.path, t.info.healthCheck]).toEqual([path, false])
  })

  test('only marks checks in pass-through mode', async () => {
    const t = await runFilter(healthCheck, { config: config.replace('false', 'true'), request })
    expect([t.upstream?.path, t.info.healthCheck]).toEqual(['/healthz', true])
  })

  test('fails when a cluster that must be well does not exist', async () => {
    const demand = `${config}\ncluster_min_healthy_percentages: { api: { value: 50 } }`
    const t = await runFilter(healthCheck, { config: demand, request })
    expect([t.status, t.info.flagsText, t.info.details]).toEqual([503, 'LH', 'health_check_failed_no_cluster_found'])
  })

  test('looks at no cluster in pass-through mode, and says so', async () => {
    const both = `${config.replace('false', 'true')}\ncluster_min_healthy_percentages: { api: { value: 50 } }`
    const bench = new FilterBench(healthCheck, { config: both })
    expect((await bench.run(request)).upstream?.path).toBe('/healthz')
    expect(bench.problems).toEqual(['in pass-through mode the upstream answers, and no cluster is looked at'])
  })
})

describe('in pass-through mode with cache_time', () => {
  const cached = `pass_through_mode: true\ncache_time: 1s\nheaders: [{ name: ":path", string_match: { exact: /healthz } }]`
  /** Stands for the router: names the host that answered. */
  const host: HttpFilter = {
    onRequestHeaders: (_, stream) => {
      stream.info.upstreamHost = { address: '10.0.0.1:80', hostname: '' }
    },
  }
  test('an answer counts until its period is over', async () => {
    let status = 503
    const b = new FilterBench(healthCheck, { config: cached, after: [host], upstream: () => ({ status }) })
    expect((await b.run(request)).info.details).toBe('via_upstream')
    status = 200
    const kept = await b.run(request)
    expect([kept.status, kept.info.details, kept.info.flagsText]).toEqual([503, 'health_check_cached', 'LH'])
    await b.time.advanceAsync(1000)
    expect((await b.run(request)).info.details).toBe('via_upstream')
    expect((await b.run(request)).status).toBe(200)
  })
  test('a degraded answer is kept as one', async () => {
    const upstream = { headers: [['x-envoy-degraded', 'true']] } as const
    const b = new FilterBench(healthCheck, { config: cached, after: [host], upstream })
    await b.run(request)
    expect((await b.run(request)).header('x-envoy-degraded')).toBe('')
  })
  test('other modes keep nothing', () => {
    const problems = new FilterBench(healthCheck, { config: cached.replace('true', 'false') }).problems
    expect(problems).toEqual(['answers are kept in pass-through mode only'])
  })
})

describe('after POST /healthcheck/fail', () => {
  const proxy = { localCluster: 'edge', healthCheckFailed: true }
  test.each([false, true])('checks fail, pass-through or not (%s)', async (through) => {
    const t = await runFilter(healthCheck, { config: config.replace('false', String(through)), request, proxy })
    expect([t.status, t.info.details, t.info.flagsText, t.upstream]).toEqual([
      503,
      'health_check_failed',
      'LH',
      undefined,
    ])
    expect(t.header('x-envoy-upstream-healthchecked-cluster')).toBe('edge')
    expect(t.header('x-envoy-immediate-health-check-fail')).toBe('true')
  })
  test('other responses say that the proxy is going', async () => {
    const t = await runFilter(healthCheck, { config, request: { path: '/' }, proxy })
    expect([t.status, t.header('x-envoy-immediate-health-check-fail')]).toEqual([200, 'true'])
  })
})

describe('judge', () => {
  const level = (healthy: number, degraded: number, ill: number): HostSet => {
    const hosts = Array.from({ length: healthy + degraded + ill }, (_, i) =>
      createHost({ ip: '10.0.0.1', port: i + 1 }),
    )
    return {
      ...({} as HostSet),
      hosts,
      healthy: hosts.slice(0, healthy),
      degraded: hosts.slice(healthy, healthy + degraded),
    }
  }
  test.each([
    [[level(1, 0, 1)], 50, 'health_check_ok_cluster_healthy'],
    [[level(1, 0, 2)], 50, 'health_check_failed_cluster_unhealthy'],
    [[level(0, 1, 1)], 50, 'health_check_ok_cluster_healthy'],
    [[level(0, 0, 1), level(1, 0, 0)], 50, 'health_check_ok_cluster_healthy'],
    [[], 1, 'health_check_failed_cluster_empty'],
    [[], 0, 'health_check_ok_cluster_healthy'],
    [[level(0, 0, 1)], 0, 'health_check_ok_cluster_healthy'],
  ] as const)('row %#: %s', (levels, percent, expected) => {
    expect(judge([['api', percent]], { get: () => ({ priorities: { levels } }) })).toBe(expected)
  })
})
