import { createHost, type HostSet } from '@nuncio/cluster'
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

  test('refuses to pass checks through and to look at clusters at once', () => {
    const both = 'pass_through_mode: true\ncluster_min_healthy_percentages: { api: { value: 50 } }'
    expect(new FilterBench(healthCheck, { config: both }).problems).toHaveLength(1)
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
