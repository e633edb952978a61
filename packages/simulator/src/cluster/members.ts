import { addressTarget, describeAssignment, type Membership, type Reporting, type SocketTarget } from '@nuncio/cluster'
import type { Message } from '@nuncio/config'
import { formatAddress } from '@nuncio/core'

type Cluster = Message<'envoy.config.cluster.v3.Cluster'>

/**
 * The members that a configuration names. Names stand for one host each, which gets an address of 198.18.0.0/15, the
 * range for benchmarks: nothing is looked up.
 */
export function membersOf(cluster: Cluster, to: Reporting): Membership {
  const assignment = cluster.load_assignment
  if (assignment === undefined) return { levels: [] }
  const invented = new Map<string, SocketTarget>()
  return describeAssignment(assignment, to, (entry) => {
    const address = entry.endpoint?.address
    const target = addressTarget(address)
    if (target !== undefined) return [target]
    const name = address?.socket_address?.address
    if (name === undefined || name === '') return []
    const port = address?.socket_address?.port_value ?? 0
    let found = invented.get(`${name}:${port}`)
    if (found === undefined) invented.set(`${name}:${port}`, (found = { ip: inventIp(invented.size), port }))
    return [found]
  })
}

function inventIp(n: number): string {
  const at = n + 1
  return `198.${18 + ((at >> 16) & 1)}.${(at >> 8) & 255}.${at & 255}`
}

/** The address that a described host will have. */
export function memberAddress(host: SocketTarget): string {
  return formatAddress({ address: host.ip, port: host.port })
}

/** The same membership without some hosts. */
export function withoutHosts(membership: Membership, absent: ReadonlySet<string>): Membership {
  if (absent.size === 0) return membership
  const levels = membership.levels.map((level) =>
    level.map((group) => ({ ...group, hosts: group.hosts.filter((host) => !absent.has(memberAddress(host))) })),
  )
  return { ...membership, levels }
}
