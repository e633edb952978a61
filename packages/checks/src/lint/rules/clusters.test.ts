import { describe, expect, it } from 'vitest'
import { openConfig } from '../../view/config-view.ts'
import { bootstrap, cluster, findings } from '../../testing/yaml.ts'
import { lint } from '../lint.ts'

describe('missing-cluster and unreferenced-cluster', () => {
  it('finds both, with a file that the loader refuses', () => {
    const yaml = bootstrap({ clusters: `${cluster('b')}\n${cluster('c')}` })
    const view = openConfig(yaml, { file: 'x.yaml' })
    expect(
      lint(view, { only: ['missing-cluster', 'unreferenced-cluster'] }).map(
        ({ code, message }) => `${code}: ${message}`,
      ),
    ).toEqual([
      'missing-cluster: there is no cluster "a"',
      'unreferenced-cluster: nothing in this file leads to cluster "b"',
      'unreferenced-cluster: nothing in this file leads to cluster "c"',
    ])
  })

  it('says nothing of clusters when requests may name them', () => {
    const routeConfig = `
      virtual_hosts:
      - name: all
        domains: ['*']
        routes:
        - match: { prefix: / }
          route: { cluster_header: x-cluster }`
    expect(findings('unreferenced-cluster', bootstrap({ routeConfig }))).toEqual([])
  })

  it('knows clusters that only other things than routes name', () => {
    const routeConfig = `
      virtual_hosts:
      - name: all
        domains: ['*']
        routes:
        - match: { prefix: / }
          route: { cluster: a, request_mirror_policies: [{ cluster: b }] }`
    expect(
      findings('unreferenced-cluster', bootstrap({ routeConfig, clusters: `${cluster('a')}\n${cluster('b')}` })),
    ).toEqual([])
  })
})

describe('outlier-never-ejects', () => {
  const found = (hosts: number, outlier: string): readonly string[] =>
    findings('outlier-never-ejects', bootstrap({ clusters: cluster('a', hosts, `outlier_detection: ${outlier}`) })).map(
      (text) => text.replace(/^\d+: /, ''),
    )
  it('counts hosts against max_ejection_percent', () => {
    expect(found(9, '{}')).toEqual([
      'cluster "a": one of 9 hosts is 12 %, more than max_ejection_percent 10, the default, so no host is ever ejected',
    ])
    expect(found(10, '{}')).toEqual([])
    expect(found(3, '{ max_ejection_percent: 34 }')).toEqual([])
    expect(found(3, '{ max_ejection_percent: 33 }')).toHaveLength(1)
    expect(found(3, '{ always_eject_one_host: true }')).toEqual([])
    expect(found(20, '{ max_ejection_percent: 0 }')).toEqual([
      'cluster "a": with max_ejection_percent 0 no host is ever ejected',
    ])
  })
})

describe('panic-unreachable', () => {
  const found = (hosts: number, more: string): readonly string[] =>
    findings(
      'panic-unreachable',
      bootstrap({
        clusters: cluster('a', hosts, `common_lb_config: { healthy_panic_threshold: { value: 60 } }\n${more}`),
      }),
    ).map((text) => text.replace(/^\d+: /, ''))
  it('knows what makes hosts unhealthy', () => {
    expect(found(2, '')).toEqual([
      'cluster "a": the panic threshold of 60 % is never reached, because nothing ever makes a host unhealthy',
    ])
    expect(found(10, 'outlier_detection: { max_ejection_percent: 30 }')).toEqual([
      'cluster "a": the panic threshold of 60 % is never reached, because outlier detection leaves at least 70 % healthy',
    ])
    expect(found(10, 'outlier_detection: { max_ejection_percent: 50 }')).toEqual([])
    const unwell = cluster('a', 3, 'common_lb_config: { healthy_panic_threshold: { value: 60 } }')
    for (const [status, count] of [
      ['DRAINING', 0],
      ['DEGRADED', 1],
    ] as const) {
      const clusters = unwell.replace('- endpoint:', `- health_status: ${status}\n        endpoint:`)
      expect(findings('panic-unreachable', bootstrap({ clusters }))).toHaveLength(count)
    }
    const aggregate = `- name: a
  lb_policy: CLUSTER_PROVIDED
  common_lb_config: { healthy_panic_threshold: { value: 60 } }
  cluster_type:
    name: envoy.clusters.aggregate
    typed_config: { '@type': type.googleapis.com/envoy.extensions.clusters.aggregate.v3.ClusterConfig, clusters: [b] }`
    expect(findings('panic-unreachable', bootstrap({ clusters: `${aggregate}\n${cluster('b')}` }))).toEqual([])
    expect(
      found(
        2,
        'health_checks: [{ timeout: 1s, interval: 5s, unhealthy_threshold: 2, healthy_threshold: 2, http_health_check: { path: / } }]',
      ),
    ).toEqual([])
  })
})

describe('retry-without-budget', () => {
  const routeConfig = `
    virtual_hosts:
    - name: all
      domains: ['*']
      retry_policy: { retry_on: 5xx }
      routes:
      - match: { prefix: / }
        route: { cluster: a }`
  it('looks at clusters whose requests are retried', () => {
    expect(findings('retry-without-budget', bootstrap())).toEqual([])
    expect(findings('retry-without-budget', bootstrap({ routeConfig }))).toEqual([
      expect.stringContaining('requests to cluster "a" are retried'),
    ])
    const clusters = cluster('a', 1, 'circuit_breakers: { thresholds: [{ retry_budget: {} }] }')
    expect(findings('retry-without-budget', bootstrap({ routeConfig, clusters }))).toEqual([])
  })
})
