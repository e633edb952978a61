import type { SocketAddress } from '@nuncio/core'
import type { ClusterView, HostView, ThresholdsView } from '../view/admin-view.ts'
import { whole } from './clusters-text.ts'

/** `envoy.admin.v3.Clusters`. Fields of their default value are left out, 64-bit numbers are strings. */
export function clustersJson(clusters: readonly ClusterView[]): object {
  return { cluster_statuses: clusters.map(clusterJson) }
}

function clusterJson(cluster: ClusterView): object {
  const { outlier } = cluster
  return {
    name: cluster.name,
    ...(cluster.addedViaApi && { added_via_api: true }),
    ...percentField('success_rate_ejection_threshold', outlier?.successRateThreshold ?? -1),
    host_statuses: cluster.hosts.map(hostJson),
    ...percentField('local_origin_success_rate_ejection_threshold', outlier?.localOriginSuccessRateThreshold ?? -1),
    circuit_breakers: {
      thresholds: [
        thresholdsJson(cluster.thresholds[0]),
        { priority: 'HIGH', ...thresholdsJson(cluster.thresholds[1]) },
      ],
    },
    observability_name: cluster.observabilityName,
    ...(cluster.edsServiceName !== '' && { eds_service_name: cluster.edsServiceName }),
  }
}

function thresholdsJson(limits: ThresholdsView): object {
  return {
    max_connections: whole(limits.maxConnections),
    max_pending_requests: whole(limits.maxPendingRequests),
    max_requests: whole(limits.maxRequests),
    max_retries: whole(limits.maxRetries),
  }
}

function hostJson(host: HostView): object {
  const { stats } = host
  return {
    address: addressJson(host.address),
    stats: [
      metric('cx_connect_fail', stats.cxConnectFail),
      metric('cx_total', stats.cxTotal),
      metric('rq_error', stats.rqError),
      metric('rq_success', stats.rqSuccess),
      metric('rq_timeout', stats.rqTimeout),
      metric('rq_total', stats.rqTotal),
      { type: 'GAUGE', ...metric('cx_active', stats.cxActive) },
      { type: 'GAUGE', ...metric('rq_active', stats.rqActive) },
      { type: 'GAUGE', ...metric('rq_pending_active', stats.rqPending) },
    ],
    health_status: healthJson(host),
    ...percentField('success_rate', host.successRate),
    weight: host.weight,
    ...(host.hostname !== '' && { hostname: host.hostname }),
    ...(host.priority !== 0 && { priority: host.priority }),
    ...percentField('local_origin_success_rate', host.localOriginSuccessRate),
    locality: withoutEmpty({ region: host.region, zone: host.zone, sub_zone: host.subZone }),
    ...host.more,
  }
}

function metric(name: string, value: number): object {
  return { ...(value !== 0 && { value: String(value) }), name }
}

function healthJson({ healthFlags, edsHealth }: HostView): object {
  return {
    ...(healthFlags.has('failed_active_hc') && { failed_active_health_check: true }),
    ...(healthFlags.has('failed_outlier_check') && { failed_outlier_check: true }),
    ...(healthFlags.has('degraded_active_hc') && { failed_active_degraded_check: true }),
    ...(healthFlags.has('pending_dynamic_removal') && { pending_dynamic_removal: true }),
    ...(healthFlags.has('pending_active_hc') && { pending_active_hc: true }),
    ...(healthFlags.has('excluded_via_immediate_hc_fail') && { excluded_via_immediate_hc_fail: true }),
    ...(healthFlags.has('active_hc_timeout') && { active_hc_timeout: true }),
    ...(edsHealth !== 'UNKNOWN' && { eds_health_status: edsHealth }),
  }
}

/** `envoy.config.core.v3.Address` */
export function addressJson({ address, port }: SocketAddress): object {
  if (address.startsWith('/') || address.startsWith('@')) return { pipe: { path: address } }
  return { socket_address: { address, port_value: port } }
}

function percentField(name: string, value: number): object {
  return value < 0 ? {} : { [name]: { value } }
}

function withoutEmpty(fields: Readonly<Record<string, string>>): object {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== ''))
}
