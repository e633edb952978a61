import { type ClusterView, healthFlagsText, type HostView, type ThresholdsView } from '@nuncio/cluster'

/** `cluster::host::name::value` lines. */
export function clustersText(clusters: readonly ClusterView[]): string {
  const lines: string[] = []
  for (const cluster of clusters) {
    const line = (text: string): void => void lines.push(`${oneLine(cluster.name)}::${oneLine(text)}\n`)
    line(`observability_name::${cluster.observabilityName}`)
    if (cluster.outlier !== undefined) {
      line(`outlier::success_rate_average::${cluster.outlier.successRateAverage}`)
      line(`outlier::success_rate_ejection_threshold::${cluster.outlier.successRateThreshold}`)
      line(`outlier::local_origin_success_rate_average::${cluster.outlier.localOriginSuccessRateAverage}`)
      line(`outlier::local_origin_success_rate_ejection_threshold::${cluster.outlier.localOriginSuccessRateThreshold}`)
    }
    for (const text of thresholds('default_priority', cluster.thresholds[0])) line(text)
    for (const text of thresholds('high_priority', cluster.thresholds[1])) line(text)
    line(`added_via_api::${cluster.addedViaApi}`)
    if (cluster.edsServiceName !== '') line(`eds_service_name::${cluster.edsServiceName}`)
    for (const host of cluster.hosts) {
      for (const [name, value] of hostValues(host)) line(`${host.addressText}::${name}::${value}`)
    }
  }
  return lines.join('')
}

function thresholds(priority: string, limits: ThresholdsView): string[] {
  return [
    `${priority}::max_connections::${whole(limits.maxConnections)}`,
    `${priority}::max_pending_requests::${whole(limits.maxPendingRequests)}`,
    `${priority}::max_requests::${whole(limits.maxRequests)}`,
    `${priority}::max_retries::${whole(limits.maxRetries)}`,
  ]
}

/** A limit that is none is the largest number that Envoy's field holds. */
export function whole(limit: number): number {
  return Number.isFinite(limit) ? limit : 2 ** 32 - 1
}

function hostValues({ stats, ...host }: HostView): readonly (readonly [string, string | number | boolean])[] {
  return [
    ['cx_active', stats.cxActive],
    ['cx_connect_fail', stats.cxConnectFail],
    ['cx_total', stats.cxTotal],
    ['rq_active', stats.rqActive],
    ['rq_error', stats.rqError],
    ['rq_pending_active', stats.rqPending],
    ['rq_success', stats.rqSuccess],
    ['rq_timeout', stats.rqTimeout],
    ['rq_total', stats.rqTotal],
    ['hostname', host.hostname],
    ['health_flags', healthFlagsText(host.healthFlags)],
    ['weight', host.weight],
    ['region', host.region],
    ['zone', host.zone],
    ['sub_zone', host.subZone],
    ['canary', host.canary],
    ['priority', host.priority],
    ['success_rate', host.successRate],
    ['local_origin_success_rate', host.localOriginSuccessRate],
  ]
}

/** Names come from configuration, and from DNS. */
function oneLine(text: string): string {
  return text.replace(/[\n\r]/g, ' ')
}
