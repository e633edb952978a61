import { readExposition } from '@nuncio/admin/testing'
import { FakeTime } from '@nuncio/core/testing'
import { selfSigned } from '@nuncio/tls/testing'
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createServer } from '../create-server.ts'
import type { Server } from '../server.ts'

// Envoy's statistics by name and kind: those that a plain configuration has from its beginning, used or not.

const identity = selfSigned({ commonName: 'a' })
const CONFIG = `
admin: { address: { socket_address: { address: 127.0.0.1, port_value: 0 } } }
static_resources:
  listeners:
    - name: http
      stat_prefix: l
      address: { socket_address: { address: 127.0.0.1, port_value: 0 } }
      filter_chains:
        - filters:
            - name: envoy.filters.network.http_connection_manager
              typed_config:
                '@type': type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
                stat_prefix: h
                route_config: { virtual_hosts: [{ name: all, domains: ['*'], routes: [{ match: { prefix: / }, route: { cluster: c } }] }] }
                http_filters:
                  - name: envoy.filters.http.router
                    typed_config: { '@type': type.googleapis.com/envoy.extensions.filters.http.router.v3.Router }
    - name: raw
      address: { socket_address: { address: 127.0.0.1, port_value: 0 } }
      filter_chains:
        - filters:
            - name: envoy.filters.network.tcp_proxy
              typed_config: { '@type': type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy, stat_prefix: t, cluster: c }
    - name: tls
      stat_prefix: tls
      address: { socket_address: { address: 127.0.0.1, port_value: 0 } }
      filter_chains:
        - filters:
            - name: envoy.filters.network.tcp_proxy
              typed_config: { '@type': type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy, stat_prefix: t, cluster: c }
          transport_socket:
            name: envoy.transport_sockets.tls
            typed_config:
              '@type': type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext
              common_tls_context:
                tls_certificates:
                  - certificate_chain: { inline_string: ${JSON.stringify(identity.cert)} }
                    private_key: { inline_string: ${JSON.stringify(identity.key)} }
  clusters:
    - name: named
      type: STRICT_DNS
      load_assignment:
        cluster_name: named
        endpoints: [{ lb_endpoints: [{ endpoint: { address: { socket_address: { address: localhost, port_value: 1 } } } }] }]
    - name: c
      circuit_breakers: { thresholds: [{ track_remaining: true }] }
      outlier_detection: {}
      transport_socket:
        name: envoy.transport_sockets.tls
        typed_config: { '@type': type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext }
      load_assignment:
        cluster_name: c
        endpoints: [{ lb_endpoints: [{ endpoint: { address: { socket_address: { address: 127.0.0.1, port_value: 1 } } } }] }]
`

type Kind = 'counters' | 'gauges' | 'histograms'
const words = (text: string): string[] => text.trim().split(/\s+/)

const CONNECTIONS = `cx_total cx_destroy cx_destroy_local cx_destroy_remote`
const TREES: readonly (readonly [prefix: string, kind: Kind, names: string])[] = [
  ['cluster.c.upstream_', 'counters', `${CONNECTIONS} cx_http1_total cx_http2_total cx_http3_total cx_connect_fail
    cx_connect_timeout cx_idle_timeout cx_max_duration_reached cx_connect_attempts_exceeded cx_overflow
    cx_destroy_with_active_rq cx_destroy_local_with_active_rq cx_destroy_remote_with_active_rq cx_close_notify
    cx_rx_bytes_total cx_tx_bytes_total cx_pool_overflow cx_protocol_error cx_max_requests cx_none_healthy
    rq_total rq_pending_total rq_pending_overflow rq_pending_failure_eject rq_cancelled rq_maintenance_mode rq_timeout
    rq_max_duration_reached rq_per_try_timeout rq_per_try_idle_timeout rq_rx_reset rq_rx_reset_no_error rq_tx_reset rq_retry
    rq_retry_backoff_exponential rq_retry_backoff_ratelimited rq_retry_limit_exceeded rq_retry_success rq_retry_overflow
    cx_preconnect_skipped cx_connect_with_0_rtt rq_0rtt http3_broken`],
  ['cluster.c.upstream_', 'gauges', `cx_active cx_rx_bytes_buffered cx_tx_bytes_buffered rq_active rq_pending_active
    queue_overloaded`],
  ['cluster.c.upstream_', 'histograms', 'cx_connect_ms cx_length_ms rq_per_cx'],
  ['cluster.c.', 'counters', `retry_or_shadow_abandoned membership_change update_attempt update_success update_failure
    update_empty update_no_rebuild bind_errors assignment_timeout_received assignment_stale assignment_use_cached
    lb_recalculate_zone_structures lb_healthy_panic lb_zone_cluster_too_small lb_zone_routing_all_directly
    lb_zone_routing_sampled lb_zone_routing_cross_zone lb_zone_no_capacity_left lb_local_cluster_not_ok lb_subsets_created
    lb_subsets_removed lb_subsets_selected lb_subsets_fallback lb_subsets_fallback_panic original_dst_host_invalid
    http1.dropped_headers_with_underscores http1.requests_rejected_with_underscores_in_headers
    http1.metadata_not_supported_error http1.response_flood`],
  ['cluster.c.', 'gauges', `membership_total membership_healthy membership_degraded membership_excluded max_host_weight
    version warming_state lb_subsets_active`],
  ['cluster.c.outlier_detection.', 'counters', `ejections_enforced_total ejections_overflow ejections_total
    ejections_consecutive_5xx ejections_detected_degradation ${['enforced', 'detected'].flatMap((what) =>
      words(`consecutive_5xx success_rate consecutive_gateway_failure consecutive_local_origin_failure
        local_origin_success_rate failure_percentage local_origin_failure_percentage`).map((of) => `ejections_${what}_${of}`),
    ).join(' ')}`],
  ['cluster.c.outlier_detection.', 'gauges', 'ejections_active'],
  ['cluster.c.circuit_breakers.default.', 'gauges', `cx_open cx_pool_open rq_pending_open rq_open rq_retry_open
    remaining_cx remaining_pending remaining_rq remaining_retries remaining_cx_pools`],
  ['cluster.c.ssl.', 'counters', `connection_error handshake session_reused no_certificate fail_verify_no_cert
    fail_verify_error fail_verify_san fail_verify_cert_hash ocsp_staple_failed ocsp_staple_omitted ocsp_staple_responses
    ocsp_staple_requests`],
  ['http.h.downstream_', 'counters', `${CONNECTIONS} cx_ssl_total cx_http1_total cx_http2_total cx_http3_total
    cx_upgrades_total cx_destroy_active_rq cx_destroy_local_active_rq cx_destroy_remote_active_rq cx_protocol_error
    cx_rx_bytes_total cx_tx_bytes_total cx_drain_close cx_idle_timeout cx_max_duration_reached cx_max_requests_reached
    cx_overload_disable_keepalive cx_delayed_close_timeout rq_total rq_http1_total rq_http2_total rq_http3_total
    rq_completed rq_1xx rq_2xx rq_3xx rq_4xx rq_5xx rq_rx_reset rq_tx_reset rq_non_relative_path rq_too_large
    rq_response_before_rq_complete rq_idle_timeout rq_max_duration_reached rq_timeout rq_header_timeout rq_overload_close
    rq_ws_on_non_ws_route rq_rejected_via_ip_detection rq_redirected_with_normalized_path rq_failed_path_normalization
    rq_too_many_premature_resets flow_control_paused_reading_total flow_control_resumed_reading_total`],
  ['http.h.downstream_', 'gauges', `cx_active cx_ssl_active cx_http1_active cx_http2_active cx_http3_active
    cx_upgrades_active cx_rx_bytes_buffered cx_tx_bytes_buffered cx_http1_soft_drain rq_active`],
  ['http.h.downstream_', 'histograms', 'cx_length_ms rq_time'],
  ['http.h.', 'counters', `rs_too_large no_route no_cluster rq_redirect rq_direct_response rq_total
    rq_reset_after_downstream_response_started rq_overload_local_reply tracing.random_sampling tracing.service_forced
    tracing.client_enabled tracing.not_traceable tracing.health_check`],
  ['listener.l.', 'counters', `downstream_cx_total downstream_cx_destroy downstream_cx_transport_socket_connect_timeout
    downstream_cx_overflow downstream_cx_overload_reject downstream_global_cx_overflow downstream_pre_cx_timeout
    no_filter_chain_match downstream_listener_filter_remote_close downstream_listener_filter_error extension_config_missing
    network_extension_config_missing worker_0.downstream_cx_total http.h.downstream_rq_completed http.h.downstream_rq_1xx
    http.h.downstream_rq_2xx http.h.downstream_rq_3xx http.h.downstream_rq_4xx http.h.downstream_rq_5xx`],
  ['listener.l.', 'gauges', 'downstream_cx_active downstream_pre_cx_active worker_0.downstream_cx_active'],
  ['listener.l.', 'histograms', 'downstream_cx_length_ms'],
  ['listener.admin.', 'counters', 'downstream_cx_total main_thread.downstream_cx_total http.admin.downstream_rq_2xx'],
  ['http.admin.', 'counters', 'downstream_cx_total downstream_rq_total downstream_rq_completed downstream_rq_2xx'],
  ['http.async-client.', 'counters', `rq_total no_cluster no_route rq_redirect rq_direct_response rq_overload_local_reply
    rq_reset_after_downstream_response_started passthrough_internal_redirect_no_route`],
  ['cluster.c.client_ssl_socket_factory.', 'counters', `upstream_context_secrets_not_ready
    downstream_context_secrets_not_ready`],
  ['listener.tls.server_ssl_socket_factory.', 'counters', `downstream_context_secrets_not_ready
    upstream_context_secrets_not_ready`],
  ['dns.cares.', 'counters', 'reinits resolve_total not_found timeouts get_addr_failure'],
  ['listener_manager.', 'counters', `listener_added listener_modified listener_removed listener_stopped
    listener_create_success listener_create_failure listener_in_place_updated`],
  ['listener_manager.', 'gauges', `total_filter_chains_draining total_listeners_warming total_listeners_active
    total_listeners_draining workers_started workers_pinned`],
  ['cluster_manager.', 'counters', `cluster_added cluster_modified cluster_removed cluster_updated
    cluster_updated_via_merge update_merge_cancelled update_out_of_merge_window`],
  ['cluster_manager.', 'gauges', 'active_clusters warming_clusters'],
  ['thread_local_cluster_manager.', 'gauges', 'worker_0.clusters_inflated'],
  ['server.', 'counters', `static_unknown_fields dynamic_unknown_fields debug_assertion_failures envoy_bug_failures
    envoy_notifications dropped_stat_flushes wip_protos`],
  ['server.', 'gauges', `uptime concurrency memory_allocated memory_heap_size memory_physical_size live state
    parent_connections total_connections version days_until_first_cert_expiring
    seconds_until_first_ocsp_response_expiring hot_restart_epoch hot_restart_generation compilation_settings.fips_mode
    stats_recent_lookups`],
  ['server.', 'histograms', 'initialization_time_ms'],
  ['tcp.t.', 'counters', `downstream_cx_total downstream_cx_no_route downstream_cx_tx_bytes_total
    downstream_cx_rx_bytes_total idle_timeout max_downstream_connection_duration upstream_flush_total
    downstream_cx_overload_close route_delayed_total`],
  ['tcp.t.', 'gauges', 'downstream_cx_tx_bytes_buffered downstream_cx_rx_bytes_buffered upstream_flush_active'],
  ['runtime.', 'counters', 'load_success load_error override_dir_exists override_dir_not_exists deprecated_feature_use'],
  ['runtime.', 'gauges', 'num_keys num_layers admin_overrides_active deprecated_feature_seen_since_process_start'],
  ['overload.', 'histograms', 'refresh_interval_delay'],
  ['http1.', 'counters', `dropped_headers_with_underscores requests_rejected_with_underscores_in_headers
    metadata_not_supported_error response_flood`],
  ['filesystem.', 'counters', 'write_buffered write_completed write_failed flushed_by_timer reopen_failed'],
] // prettier-ignore

/** What Envoy has and nuncio has not, with the word that the page of statistics has for it. */
const ABSENT: Readonly<Record<string, string>> = {
  'listener.l.connections_accepted_per_socket_event': 'connections_accepted_per_socket_event',
  'cluster.c.ssl.sigalgs.rsa_pss_rsae_sha256': 'ssl.sigalgs',
  'main_thread.watchdog_miss': 'watchdog_miss',
  'thread_local_cluster_manager.main_thread.clusters_inflated': 'main_thread',
  'cluster.c.update_duration': 'update_duration',
  'cluster.c.lb_zone_number_differs': 'lb_zone_number_differs',
}

const page = readFileSync(new URL('../../../../docs/statistics.md', import.meta.url), 'utf8')

/** The names in the first column of a section's table; `*` in them stands for anything. */
function patternsOf(heading: string): RegExp[] {
  const section = page.split(/^## /m).find((part) => part.startsWith(heading))
  const cells = [...(section ?? '').matchAll(/^\|(.*?)\|/gm)].map(([, cell]) => cell!)
  const names = cells.flatMap((cell) => [...cell.matchAll(/`(.*?)`/g)].map(([, name]) => name!))
  return names.map((name) => new RegExp(`^${name.replaceAll('.', String.raw`\.`).replaceAll('*', '.*')}$`))
}

let server: Server
beforeAll(async () => {
  server = await createServer(CONFIG, { time: new FakeTime() })
  const { port } = server.admin!
  await (await fetch(`http://127.0.0.1:${port}/stats`)).text()
})
afterAll(() => server.close())

describe('statistics', () => {
  test.each(TREES)('below %s there are the %s that Envoy has', (prefix, kind, names) => {
    expect(words(names).filter((name) => !server.stats[kind].has(prefix + name))).toEqual([])
  })

  test('that stand still are those that the page of statistics says so of, each in the table', () => {
    const told = patternsOf('What is there and stands still')
    const isTold = (name: string): boolean => told.some((pattern) => pattern.test(name))
    const table = TREES.flatMap(([prefix, , names]) => words(names).map((name) => prefix + name))
    const still = [...server.stats.unmoved]
    expect(table.filter(isTold).toSorted()).toEqual(table.filter((name) => still.includes(name)).toSorted())
    expect(still.filter((name) => !isTold(name))).toEqual([])
    expect(told.filter((pattern) => !table.some((name) => pattern.test(name)))).toEqual([])
  })

  test('what is not there is told on the page of statistics, and nothing else is', () => {
    const { counters, gauges, histograms } = server.stats
    for (const [name, word] of Object.entries(ABSENT)) {
      expect([name, [counters, gauges, histograms].some((all) => all.has(name))]).toEqual([name, false])
      expect(page).toContain(word)
    }
  })

  test('as Prometheus reads them keep to its grammar', async () => {
    const { port } = server.admin!
    for (const query of ['', '?histogram_buckets=summary', '?text_readouts&usedonly']) {
      const response = await fetch(`http://127.0.0.1:${port}/stats/prometheus${query}`)
      expect(readExposition(await response.text()).has('envoy_server_live')).toBe(true)
    }
  })
})
