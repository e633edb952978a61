import { internalAddress } from '@nuncio/core'
import { isMessage, type Message } from '@nuncio/config'
import type { HealthCheckTarget, Locality } from '../contracts/host.ts'
import { reportAt, type Reporting } from '../decide/problems.ts'
import { type HostDescription, NO_LOCALITY } from './cluster-host.ts'

type Assignment = Message<'envoy.config.endpoint.v3.ClusterLoadAssignment'>
type LocalityEndpoints = Message<'envoy.config.endpoint.v3.LocalityLbEndpoints'>
type Endpoint = Message<'envoy.config.endpoint.v3.LbEndpoint'>
type Address = Message<'envoy.config.core.v3.Address'>

/** Who is a member of a cluster: what EDS, a static assignment or DNS comes down to. */
export interface Membership {
  /** By priority; a level that nobody named is empty. */
  readonly levels: readonly (readonly LocalityMembers[])[]
  /** Percent; default 140. */
  readonly overprovisioningFactor?: number
  readonly weightedPriorityHealth?: boolean
  /** The share of requests to be refused, 0 to 1; default 0. */
  readonly dropOverload?: number
}

/** The hosts that one locality of an update names. */
export interface LocalityMembers {
  readonly locality: Locality
  readonly weight: number | undefined
  readonly hosts: readonly HostDescription[]
}

/** The hosts of one endpoint; DNS clusters give what its name resolved to. None: the endpoint is left out. */
export type ResolveEndpoint = (endpoint: Endpoint) => readonly SocketTarget[]

/** Where a connection goes: an IP address and a port. */
export interface SocketTarget {
  readonly ip: string
  readonly port: number
}

/** Metadata that names the proxy through which an endpoint is reached. */
const PROXY_ADDRESS = 'envoy.http11_proxy_transport_socket.proxy_address'

const MAX_UINT32 = 0xffffffff

/** Reads a load assignment. Endpoints without a usable address, and weights that overflow, are reported and left out. */
export function describeAssignment(assignment: Assignment, to: Reporting, resolve?: ResolveEndpoint): Membership {
  const levels: Map<string, LocalityMembers & { hosts: HostDescription[] }>[] = []
  for (const [index, group] of (assignment.endpoints ?? []).entries()) {
    const priority = group.priority ?? 0
    if (priority > 128) {
      reportAt(to, group, 'priority', { code: 'out-of-range', message: `priority ${priority} is above 128` })
      continue
    }
    while (levels.length <= priority) levels.push(new Map())
    const locality = localityOf(group.locality)
    const key = `${locality.region}\n${locality.zone}\n${locality.subZone}`
    const known = levels[priority]!.get(key)
    const into = known ?? { locality, weight: undefined, hosts: [] }
    const proxy = proxyOf(group, `endpoints[${index}]`, to)
    addEndpoints(into.hosts, group, { locality, priority, index, proxy, to, resolve })
    levels[priority]!.set(key, { ...into, weight: group.load_balancing_weight ?? into.weight })
  }
  for (const level of levels) checkWeights(level.values(), assignment, to)
  return {
    levels: levels.map((level) => [...level.values()]),
    ...(assignment.policy?.overprovisioning_factor !== undefined && {
      overprovisioningFactor: assignment.policy.overprovisioning_factor,
    }),
    weightedPriorityHealth: assignment.policy?.weighted_priority_health ?? false,
    dropOverload: dropShare(assignment, to),
  }
}

const DENOMINATORS = { HUNDRED: 100, TEN_THOUSAND: 10_000, MILLION: 1_000_000 } as const

/** As in Envoy one category is all there may be. */
function dropShare(assignment: Assignment, to: Reporting): number {
  const [drop, ...others] = assignment.policy?.drop_overloads ?? []
  const { numerator = 0, denominator = 'HUNDRED' } = drop?.drop_percentage ?? {}
  const share = numerator / DENOMINATORS[denominator]
  const wrong = (message: string): void =>
    reportAt(to, assignment.policy!, 'policy.drop_overloads', { code: 'drop-overloads', message })
  if (others.length > 0) wrong('drop_overloads holds more than one category')
  if (share > 1) wrong(`drop_percentage is ${share * 100} %, more than 100`)
  return Math.min(1, share)
}

interface GroupContext {
  readonly locality: Locality
  readonly priority: number
  readonly index: number
  readonly proxy: SocketTarget | undefined
  readonly to: Reporting
  readonly resolve: ResolveEndpoint | undefined
}

function addEndpoints(out: HostDescription[], group: LocalityEndpoints, context: GroupContext): void {
  const endpoints = group.lb_endpoints ?? group.load_balancer_endpoints?.lb_endpoints ?? []
  for (const [at, entry] of endpoints.entries()) {
    const targets = context.resolve === undefined ? staticTarget(entry) : context.resolve(entry)
    if (targets === undefined) {
      reportAt(context.to, entry, `endpoints[${context.index}].lb_endpoints[${at}]`, {
        code: 'endpoints',
        message: 'an endpoint needs a socket address (an IP address and a port) or a pipe',
        hint: 'a host name needs a STRICT_DNS or LOGICAL_DNS cluster',
      })
      continue
    }
    const proxy = proxyOf(entry, `endpoints[${context.index}].lb_endpoints[${at}]`, context.to) ?? context.proxy
    for (const target of targets) out.push(describe(entry, target, proxy, context))
  }
}

/** The proxy that metadata names. One that cannot be reached is reported; Envoy would connect directly, and say so. */
function proxyOf(holder: Pick<LocalityEndpoints, 'metadata'>, path: string, to: Reporting): SocketTarget | undefined {
  const named = holder.metadata?.typed_filter_metadata?.[PROXY_ADDRESS]
  if (named === undefined) return undefined
  const target = isMessage(named, 'envoy.config.core.v3.Address') ? addressTarget(named) : undefined
  if (target === undefined) {
    const message = `${PROXY_ADDRESS} needs an envoy.config.core.v3.Address with an IP address and a port, or a pipe`
    reportAt(to, holder, `${path}.metadata`, { code: 'endpoints', message })
  }
  return target
}

function describe(
  entry: Endpoint,
  target: SocketTarget,
  proxyAddress: SocketTarget | undefined,
  context: GroupContext,
): HostDescription {
  const address = entry.endpoint?.address?.socket_address
  const hostname = entry.endpoint?.hostname ?? (context.resolve === undefined ? '' : (address?.address ?? ''))
  const description = {
    ...target,
    hostname,
    locality: context.locality,
    priority: context.priority,
    weight: entry.load_balancing_weight ?? 1,
    edsStatus: entry.health_status ?? 'UNKNOWN',
    healthCheckTarget: healthCheckTarget(entry, target),
  } as const
  const metadata = entry.metadata?.filter_metadata
  const more = entry.endpoint?.additional_addresses
  return {
    ...description,
    ...(metadata !== undefined && { metadata }),
    ...(proxyAddress !== undefined && { proxyAddress }),
    ...(more !== undefined && { additionalAddresses: more.flatMap((item) => addressTarget(item.address) ?? []) }),
  }
}

function healthCheckTarget(entry: Endpoint, target: SocketTarget): HealthCheckTarget | undefined {
  const config = entry.endpoint?.health_check_config
  if (config === undefined) return undefined
  const other = addressTarget(config.address)
  return {
    ip: other?.ip ?? target.ip,
    port: config.port_value || other?.port || target.port,
    hostname: config.hostname ?? '',
    disabled: config.disable_active_health_check ?? false,
  }
}

function staticTarget(entry: Endpoint): readonly SocketTarget[] | undefined {
  const target = addressTarget(entry.endpoint?.address)
  return target === undefined ? undefined : [target]
}

/** The target of an address that needs no resolving: an IP address with its port, a Unix socket's path, or an internal listener. */
export function addressTarget(address: Address | undefined): SocketTarget | undefined {
  if (address?.pipe?.path !== undefined) return { ip: address.pipe.path, port: 0 }
  const internal = address?.envoy_internal_address
  if (internal?.server_listener_name !== undefined)
    return { ip: internalAddress(internal.server_listener_name, internal.endpoint_id ?? ''), port: 0 }
  const socket = address?.socket_address
  if (socket?.address === undefined || !isIp(socket.address)) return undefined
  return { ip: socket.address, port: socket.port_value ?? 0 }
}

/** Whether a text is an IPv4 or IPv6 address rather than a name. */
export function isIp(text: string): boolean {
  if (text.includes(':')) return /^[0-9a-f:.]+(%[\w.]+)?$/i.test(text)
  return /^(25[0-5]|2[0-4]\d|1?\d?\d)(\.(25[0-5]|2[0-4]\d|1?\d?\d)){3}$/.test(text)
}

/** A locality with every part filled in. */
export function localityOf(locality: Message<'envoy.config.core.v3.Locality'> | undefined): Locality {
  if (locality === undefined) return NO_LOCALITY
  return { region: locality.region ?? '', zone: locality.zone ?? '', subZone: locality.sub_zone ?? '' }
}

function checkWeights(groups: Iterable<LocalityMembers>, assignment: Assignment, to: Reporting): void {
  let localities = 0
  for (const group of groups) {
    localities += group.weight ?? 0
    let sum = 0
    for (const host of group.hosts) sum += host.weight ?? 1
    if (sum > MAX_UINT32) report(`endpoint weights of locality '${group.locality.zone}' add up to ${sum}`)
  }
  if (localities > MAX_UINT32) report(`locality weights of a priority add up to ${localities}`)

  function report(message: string): void {
    reportAt(to, assignment, 'endpoints', { code: 'weights', message: `${message}, more than 4294967295` })
  }
}
