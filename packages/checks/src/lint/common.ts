import type { Message } from '@nuncio/config'
import { cidrSet } from '@nuncio/matching'
import type { Cluster, ConfigView, RouteConfiguration } from '../view/config-view.ts'
import type { Listener, ManagerView } from '../view/managers.ts'

export type VirtualHost = Message<'envoy.config.route.v3.VirtualHost'>
export type RouteConfig = Message<'envoy.config.route.v3.Route'>
export type RouteAction = Message<'envoy.config.route.v3.RouteAction'>
export type RetryPolicy = Message<'envoy.config.route.v3.RetryPolicy'>

/** A route and what is around it. */
export interface RoutePlace {
  readonly config: RouteConfiguration
  readonly host: VirtualHost
  readonly route: RouteConfig
}

/** All routes of all route configurations, those of matcher trees not. */
export function routesIn(view: ConfigView): RoutePlace[] {
  return view.loaded.routeConfigurations.flatMap((config) =>
    (config.virtual_hosts ?? []).flatMap((host) => (host.routes ?? []).map((route) => ({ config, host, route }))),
  )
}

const LOOPBACK = cidrSet('127.0.0.0/8', '::1/128')

/** Whether an address is open to other machines: an IP address that is not loopback. */
export function isOpen(address: Message<'envoy.config.core.v3.Address'> | undefined): boolean {
  const ip = address?.socket_address?.address
  return ip !== undefined && ip !== '' && ip.toLowerCase() !== 'localhost' && !LOOPBACK.has(ip)
}

/** Whether a listener takes traffic of strangers: open to other machines, and not said to be for outbound traffic. */
export function isEdge(listener: Listener): boolean {
  return (
    isOpen(listener.address) && listener.traffic_direction !== 'OUTBOUND' && listener.internal_listener === undefined
  )
}

export function edgeManagers(view: ConfigView): readonly ManagerView[] {
  return view.managers.filter(({ listener }) => isEdge(listener))
}

/** How many hosts a cluster has; undefined when that is known only while it runs. */
export function hostCount(cluster: Cluster): number | undefined {
  if (cluster.cluster_type !== undefined || (cluster.type ?? 'STATIC') !== 'STATIC') return undefined
  return (cluster.load_assignment?.endpoints ?? []).reduce(
    (sum, locality) => sum + (locality.lb_endpoints?.length ?? 0),
    0,
  )
}

/** The retry policy that holds for a route: its own, else its virtual host's. */
export function retryPolicyOf({ host, route }: RoutePlace): RetryPolicy | undefined {
  return route.route === undefined ? undefined : (route.route.retry_policy ?? host.retry_policy)
}

/** Envoy's timeout for routes that name none. */
const DEFAULT_TIMEOUT_MS = 15_000

/** The timeout of a route in milliseconds, 0 = none. */
export function timeoutOf(action: RouteAction): number {
  return action.max_stream_duration === undefined ? (action.timeout ?? DEFAULT_TIMEOUT_MS) : 0
}

interface ClusterName {
  readonly name: string
  readonly node: object
  readonly field: string
}

function named(name: string | undefined, node: object, field: string): ClusterName[] {
  return name === undefined || name === '' ? [] : [{ name, node, field }]
}

/** The names of clusters that a route action names, each with its message and field. */
export function clusterNamesOf(action: RouteAction): ClusterName[] {
  return [
    ...named(action.cluster, action, 'cluster'),
    ...(action.weighted_clusters?.clusters ?? []).flatMap((cluster) => named(cluster.name, cluster, 'name')),
    ...(action.request_mirror_policies ?? []).flatMap((policy) => named(policy.cluster, policy, 'cluster')),
  ]
}
