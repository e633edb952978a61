import { describe, expect, it } from 'vitest'
import type { Finding } from '@nuncio/access-log'
import type { Message } from '@nuncio/config'
import { DEFAULT_BUCKETS } from '@nuncio/core'
import { compileSearch, RegExpMatcher } from '../testing/fake-view.ts'
import { metricName } from './exposition.ts'
import { type StatsRules, statsRules } from './stats-rules.ts'

type StatsConfig = Message<'envoy.config.metrics.v3.StatsConfig'>

const findings: Finding[] = []
function rules(config?: StatsConfig): StatsRules {
  findings.length = 0
  const compileRegex = (pattern: string): RegExpMatcher | string => {
    const checked = compileSearch(pattern)
    return typeof checked === 'string' ? checked : new RegExpMatcher(`^(?:${pattern})$`)
  }
  return statsRules(config, { report: (finding) => findings.push(finding), compileRegex })
}

/** As a line of Prometheus without its value. */
function series(name: string, from = rules()): string {
  const { name: rest, tags } = from.tagged(name)
  return `${metricName(rest)}{${tags.map(([tag, value]) => `${tag.replaceAll('.', '_')}="${value}"`).join(',')}}`
}

// What Envoy 1.40 printed for these names.
const SERIES: readonly (readonly [string, string])[] = [
  ['cluster.alt.dead.membership_change', 'envoy_cluster_dead_membership_change{envoy_cluster_name="alt"}'],
  ['cluster.api.external.upstream_rq_200', 'envoy_cluster_external_upstream_rq{envoy_response_code="200",envoy_cluster_name="api"}'],
  ['cluster.api.upstream_rq_2xx', 'envoy_cluster_upstream_rq_xx{envoy_response_code_class="2",envoy_cluster_name="api"}'],
  ['cluster.api.zone.z1.z.upstream_rq_200', 'envoy_cluster_zone_z1_z_upstream_rq{envoy_response_code="200",envoy_cluster_name="api"}'],
  ['cluster_manager.cluster_added', 'envoy_cluster_manager_cluster_added{}'],
  ['http.admin.downstream_rq_2xx', 'envoy_http_downstream_rq_xx{envoy_response_code_class="2",envoy_http_conn_manager_prefix="admin"}'],
  ['http.ingress.http.rq_total', 'envoy_http_http_rq_total{envoy_http_conn_manager_prefix="ingress"}'],
  ['listener.admin.downstream_cx_total', 'envoy_listener_admin_downstream_cx_total{}'],
  ['listener.admin.http.admin.downstream_rq_2xx', 'envoy_listener_admin_http_downstream_rq_xx{envoy_response_code_class="2",envoy_http_conn_manager_prefix="admin"}'],
  ['listener.admin.main_thread.downstream_cx_total', 'envoy_listener_admin_main_thread_downstream_cx_total{}'],
  ['listener.127.0.0.1_28482.downstream_cx_total', 'envoy_listener_downstream_cx_total{envoy_listener_address="127.0.0.1_28482"}'],
  ['listener.127.0.0.1_28482.http.ingress.http.downstream_rq_2xx', 'envoy_listener_http_http_downstream_rq_xx{envoy_response_code_class="2",envoy_http_conn_manager_prefix="ingress",envoy_listener_address="127.0.0.1_28482"}'],
  ['listener.127.0.0.1_28482.worker_0.downstream_cx_total', 'envoy_listener_worker_downstream_cx_total{envoy_worker_id="0",envoy_listener_address="127.0.0.1_28482"}'],
  ['listener.mylistener.ssl.ciphers.TLS_AES_256_GCM_SHA384', 'envoy_listener_ssl_ciphers{envoy_ssl_cipher="TLS_AES_256_GCM_SHA384",envoy_listener_address="mylistener"}'],
  ['listener.mylistener.ssl.versions.TLSv1.3', 'envoy_listener_ssl_versions{envoy_ssl_version="TLSv1.3",envoy_listener_address="mylistener"}'],
  ['listener.mylistener.ssl.curves.X25519', 'envoy_listener_ssl_curves{envoy_ssl_curve="X25519",envoy_listener_address="mylistener"}'],
  ['listener.mylistener.ssl.certificate.unnamed_cert_e3b0c442.expiration_unix_time_seconds', 'envoy_listener_ssl_certificate_expiration_unix_time_seconds{envoy_tls_certificate="unnamed_cert_e3b0c442",envoy_listener_address="mylistener"}'],
  ['listener_manager.workers_started', 'envoy_listener_manager_workers_started{}'],
  ['server.worker_0.watchdog_miss', 'envoy_server_worker_watchdog_miss{envoy_worker_id="0"}'],
  ['vhost.vh.route.rst.upstream_rq_200', 'envoy_vhost_route_upstream_rq{envoy_response_code="200",envoy_virtual_host="vh",envoy_route="rst"}'],
  ['vhost.vh.vcluster.other.upstream_rq_time', 'envoy_vhost_vcluster_upstream_rq_time{envoy_virtual_cluster="other",envoy_virtual_host="vh"}'],
  ['tcp.tp.downstream_flow_control_paused_reading_total', 'envoy_tcp_downstream_flow_control_paused_reading_total{envoy_tcp_prefix="tp"}'],
  ['hlrl.http_local_rate_limit.enabled', 'envoy_http_local_rate_limit_enabled{envoy_local_http_ratelimit_prefix="hlrl"}'],
  ['local_rate_limit.nlrl.rate_limited', 'envoy_local_rate_limit_rate_limited{envoy_local_network_ratelimit_prefix="nlrl"}'],
  ['connection_limit.clp.active_connections', 'envoy_connection_limit_active_connections{envoy_connection_limit_prefix="clp"}'],
  ['netrbac.rbac.allowed', 'envoy_rbac_allowed{envoy_rbac_prefix="netrbac"}'],
  ['http.ing.rbac.hrbac.allowed', 'envoy_http_rbac_allowed{envoy_rbac_http_prefix="hrbac",envoy_http_conn_manager_prefix="ing"}'],
  ['http.ing.rbac.hrbac.policy.p1.allowed', 'envoy_http_rbac_policy_allowed{envoy_rbac_policy_name="p1",envoy_rbac_http_prefix="hrbac",envoy_http_conn_manager_prefix="ing"}'],
  ['http.ing.fault.aborts_injected', 'envoy_http_fault_aborts_injected{envoy_http_conn_manager_prefix="ing"}'],
  ['http.ing.jwt_authn.allowed', 'envoy_http_jwt_authn_allowed{envoy_http_conn_manager_prefix="ing"}'],
] // prettier-ignore

describe('default tags', () => {
  it.each(SERIES)('name %s', (name, expected) => {
    expect(series(name)).toBe(expected)
  })

  it('can be chosen one by one', () => {
    const chosen = rules({ use_all_default_tags: false, stats_tags: [{ tag_name: 'envoy.cluster_name' }] })
    expect(series('cluster.api.upstream_rq_2xx', chosen)).toBe(
      'envoy_cluster_upstream_rq_2xx{envoy_cluster_name="api"}',
    )
  })
})

describe('custom tags', () => {
  const config: StatsConfig = {
    stats_tags: [
      { tag_name: 'my.tag', regex: '^cluster\\.((my\\w+)\\.)' },
      { tag_name: 'fixed', fixed_value: 'fv' },
      { tag_name: 'any', regex: '(_zz)$' },
    ],
  }
  it('stand where Envoy puts them', () => {
    expect(series('cluster.mycl.upstream_rq_200', rules(config))).toBe(
      'envoy_cluster_upstream_rq{envoy_response_code="200",fixed="fv",envoy_cluster_name="mycl",my_tag="mycl"}',
    )
    expect(series('server.live', rules(config))).toBe('envoy_server_live{fixed="fv"}')
    expect(series('server.live_zz', rules(config))).toBe('envoy_server_live{any="_zz",fixed="fv"}')
  })

  it('are reported when they have neither pattern nor value, or a bad pattern', () => {
    rules({ stats_tags: [{ tag_name: 'nope' }, { tag_name: 'x', regex: '(' }] })
    expect(findings.map(({ code, path }) => [code, path])).toEqual([
      ['invalid-stats-tag', 'stats_tags[0].regex'],
      ['invalid-stats-tag', 'stats_tags[1].regex'],
    ])
  })
})

describe('the stats matcher', () => {
  const accepts = (stats_matcher: StatsConfig['stats_matcher'], name: string): boolean =>
    rules(stats_matcher === undefined ? {} : { stats_matcher }).accepts(name)

  it('rejects all, a list, or all but a list', () => {
    expect(accepts(undefined, 'a')).toBe(true)
    expect(accepts({ reject_all: true }, 'a')).toBe(false)
    const patterns = [{ prefix: 'cluster.' }, { safe_regex: { regex: 'http\\..*' } }, { exact: 'A', ignore_case: true }]
    expect(['cluster.a', 'http.x', 'a', 'b'].map((name) => accepts({ exclusion_list: { patterns } }, name))).toEqual([false, false, false, true]) // prettier-ignore
    expect(['cluster.a', 'http.x', 'a', 'b'].map((name) => accepts({ inclusion_list: { patterns } }, name))).toEqual([true, true, true, false]) // prettier-ignore
  })

  it('reports a pattern that is refused', () => {
    rules({ stats_matcher: { inclusion_list: { patterns: [{ safe_regex: { regex: '(' } }] } } })
    expect(findings).toMatchObject([
      { code: 'invalid-regex', path: 'stats_matcher.inclusion_list.patterns[0].safe_regex.regex' },
    ])
  })
})

describe('bucket settings', () => {
  it('choose bounds by the first match', () => {
    const chosen = rules({ histogram_bucket_settings: [{ match: { suffix: 'rq_time' }, buckets: [100, 1, 2.5] }] })
    expect(chosen.bounds('cluster.a.upstream_rq_time')).toEqual([1, 2.5, 100])
    expect(chosen.bounds('other')).toBe(DEFAULT_BUCKETS)
  })
})
