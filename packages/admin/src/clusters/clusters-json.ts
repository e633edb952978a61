import { type ClusterView, HealthFlag, type HostView, type ThresholdsView } from '@nuncio/cluster'
import { parseInternalAddress, type SocketAddress } from '@nuncio/core'
import { whole } from './clusters-text.ts'

/** The fields of `HostHealthStatus`, in their order. */
const HEALTH_FIELDS = [
  [HealthFlag.failedActive, 'failed_active_health_check'],
  [HealthFlag.failedOutlier, 'failed_outlier_check'],
  [HealthFlag.degradedActive, 'failed_active_degraded_check'],
  [HealthFlag.pendingDynamicRemoval, 'pending_dynamic_removal'],
  [HealthFlag.pendingActive, 'pending_active_hc'],
  [HealthFlag.excludedByImmediateFail, 'excluded_via_immediate_hc_fail'],
  [HealthFlag.activeTimeout, 'active_hc_timeout'],
] as const

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
  }
}

function metric(name: string, value: number): object {
  return { ...(value !== 0 && { value: String(value) }), name }
}

function healthJson({ healthFlags, edsHealth }: HostView): object {
  const flags = HEALTH_FIELDS.filter(([bit]) => (healthFlags & bit) !== 0).map(([, field]) => [field, true] as const)
  return { ...Object.fromEntries(flags), ...(edsHealth !== 'UNKNOWN' && { eds_health_status: edsHealth }) }
}

/** `envoy.config.core.v3.Address` */
export function addressJson({ address, port }: SocketAddress): object {
  const internal = parseInternalAddress(address)
  if (internal !== undefined) {
    const { listener: server_listener_name, endpointId: endpoint_id } = internal
    return { envoy_internal_address: { server_listener_name, ...(endpoint_id !== '' && { endpoint_id }) } }
  }
  if (address.startsWith('/') || address.startsWith('@')) return { pipe: { path: address } }
  return { socket_address: { address, port_value: port } }
}

function percentField(name: string, value: number): object {
  return value < 0 ? {} : { [name]: { value } }
}

function withoutEmpty(fields: Readonly<Record<string, string>>): object {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== ''))
}
