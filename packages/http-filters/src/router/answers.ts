import type { Cluster, ClusterInfo } from '@nuncio/cluster'
import { Flag, type RequestHeaders, type StreamInfo } from '@nuncio/core'
import { type LocalReply, localReply } from '@nuncio/filter-chain'
import type { ForwardRoute, Route } from '@nuncio/router'
import type { RouterSettings } from './settings.ts'

// What the router filter answers by itself, before it asks any host.

const NO_ROUTE = localReply(404, 'route_not_found', { flags: Flag.NR })
const NO_HOST = localReply(503, 'no_healthy_upstream', { body: 'no healthy upstream', flags: Flag.UH })
/** No host will do. `strictStatus`: the host that a session asked for is not there, and no other will do; undefined = any will. */
export function noHost(info: StreamInfo, strictStatus: number | undefined): LocalReply {
  info.fate = 'no_healthy_host'
  if (strictStatus === undefined || strictStatus === NO_HOST.status) return NO_HOST
  return localReply(strictStatus, 'no_healthy_upstream', { body: 'no healthy upstream', flags: Flag.UH })
}

export const BODY_TOO_LARGE = localReply(507, 'request_payload_exceeded_retry_buffer_limit', {
  body: 'exceeded request buffer limit while retrying upstream',
})
const QUIET_MAINTENANCE = localReply(503, 'maintenance_mode', { body: 'maintenance mode', flags: Flag.UO })
const MAINTENANCE = QUIET_MAINTENANCE.with(['x-envoy-overloaded', 'true'])

/**
 * A filter removed what no request can do without; undefined: all is there. As in Envoy a request may lack its host, unless
 * it is a CONNECT.
 */
function incomplete({ method, path, authority }: RequestHeaders, info: StreamInfo): LocalReply | undefined {
  if (method === '') return missing(':method', info)
  if (method === 'CONNECT') return authority === '' ? missing(':authority', info) : undefined
  return path === '' ? missing(':path', info) : undefined
}

function missing(name: string, info: StreamInfo): LocalReply {
  info.fate = 'local_reply'
  return localReply(503, `filter_removed_required_request_headers{missing_required_header:_${name}}`, {
    body: `missing required header: ${name}`,
    flags: Flag.DPE,
  })
}

/** No virtual host or none of its routes matched. */
export function noRoute(settings: RouterSettings, info: StreamInfo): LocalReply {
  settings.stats.noRoute.inc()
  info.fate = 'no_route'
  return NO_ROUTE
}

/** The route's cluster is not there now. */
export function noCluster(route: ForwardRoute, settings: RouterSettings, info: StreamInfo): LocalReply {
  settings.stats.noCluster.inc()
  info.fate = 'no_cluster'
  return localReply(route.clusterNotFoundStatus, 'cluster_not_found', { flags: Flag.NC })
}

/** The answer of a redirect or a direct response. */
export function routeReply(
  route: Exclude<Route, ForwardRoute>,
  settings: RouterSettings,
  info: StreamInfo,
  headers: RequestHeaders,
): LocalReply {
  let body: string | Uint8Array = ''
  let contentType: string | undefined
  const lines: [string, string][] = []
  const location = route.location(headers, info)
  if (location !== undefined) lines.push(['location', location])
  // Envoy counts redirects among direct responses, too.
  settings.stats.directResponse.inc()
  if (route.kind === 'redirect') {
    settings.stats.redirect.inc()
    route.rewritePath(headers, settings.suppressEnvoyHeaders)
  } else {
    const formatted = route.formatBody?.(info, headers)
    body = formatted?.body ?? route.body ?? ''
    contentType = formatted?.contentType
  }
  return localReply(route.status, 'direct_response', {
    body,
    headers: lines,
    ...(contentType !== undefined && { contentType }),
  })
}

/** The answer to a request with a header that `strict_check_headers` refuses; undefined: there is none. */
export function strictRefusal({ strictHeaders }: RouterSettings, headers: RequestHeaders): LocalReply | undefined {
  const bad = strictHeaders?.(headers)
  if (bad === undefined) return undefined
  const body = `invalid header '${bad.name}' with value '${bad.value}'`
  return localReply(400, `request_headers_failed_strict_check{${bad.name}}`, { body, flags: Flag.IH })
}

/** Why a request is refused that has a route and a cluster: maintenance mode, too much load, something missing. */
export function refusal(
  settings: RouterSettings,
  cluster: Cluster,
  info: StreamInfo,
  headers: RequestHeaders,
  random: number,
): LocalReply | undefined {
  const refused = inMaintenance(settings, cluster.info, random) ? maintenance(settings) : dropped(settings, cluster)
  if (refused === undefined) return incomplete(headers, info)
  info.fate = 'overflow'
  return refused
}

function inMaintenance({ runtime }: RouterSettings, cluster: ClusterInfo, random: number): boolean {
  // The key would be made anew for each request.
  if (runtime.isEmpty === true) return false
  const share = runtime.number(`upstream.maintenance_mode.${cluster.name}`, 0)
  if (share <= 0 || random % 100 >= share) return false
  cluster.stats.rqMaintenanceMode.inc()
  return true
}

/** `drop_overloads` of the load assignment. */
function dropped({ random, suppressEnvoyHeaders }: RouterSettings, cluster: Cluster): LocalReply | undefined {
  const share = cluster.dropOverload ?? 0
  if (share <= 0 || (share < 1 && random.uint32() / 0x1_0000_0000 >= share)) return undefined
  const all = share >= 1
  const name = all ? 'unconditional_drop_overload' : 'drop_overload'
  return localReply(503, name, {
    body: name.replaceAll('_', ' '),
    flags: all ? Flag.UDO : Flag.DO,
    headers: suppressEnvoyHeaders ? [] : [[`x-envoy-${name.replaceAll('_', '-')}`, 'true']],
  })
}

/** The answer when time is up; a request may have asked for 204 instead. */
export function timeoutReply(details: string, flags: number, alternate: boolean): LocalReply {
  return alternate
    ? localReply(204, details, { flags })
    : localReply(504, details, { body: 'upstream request timeout', flags })
}

/** The answer where a try took longer than `max_stream_duration` of its cluster. */
export function tooLong(requestComplete: boolean): LocalReply {
  return localReply(requestComplete ? 504 : 408, 'upstream_max_stream_duration_reached', {
    body: 'upstream max stream duration reached',
    flags: Flag.UMSDR,
  })
}

function maintenance({ suppressEnvoyHeaders }: RouterSettings): LocalReply {
  return suppressEnvoyHeaders ? QUIET_MAINTENANCE : MAINTENANCE
}
