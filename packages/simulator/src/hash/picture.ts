import { HostRegistry } from '@nuncio/cluster'
import { isMessage, type Message } from '@nuncio/config'
import { membersOf, withoutHosts } from '../cluster/members.ts'
import { VirtualTime } from '../time/virtual-time.ts'
import { HashBalancer, isHashing } from './hash-balancer.ts'

const MAGLEV = 'envoy.extensions.load_balancing_policies.maglev.v3.Maglev'
const DEFAULT_SLOTS = 65_537

/** What the hash space of a cluster looks like. */
export interface HashPicture {
  /** Addresses of the hosts, in the order of the configuration. */
  readonly hosts: readonly string[]
  /** The host (its place in `hosts`, -1 = none) at equally spaced places: hashes all around a ring, slots of a table. */
  readonly points: readonly number[]
  /** Each host's share of the points. */
  readonly shares: readonly number[]
}

/**
 * Who has which part of the hash space, without the hosts in `absent`; undefined when the policy does not hash or nobody
 * is a member.
 */
export function hashPicture(
  cluster: Message<'envoy.config.cluster.v3.Cluster'>,
  points: number,
  absent: ReadonlySet<string> = new Set(),
): HashPicture | undefined {
  if (!isHashing(cluster)) return undefined
  const membership = membersOf(cluster, { report: () => {} })
  const all = new HostRegistry({ time: new VirtualTime() })
  const hosts = all.update(membership).added.map(({ address }) => address)
  if (hosts.length === 0) return undefined
  const registry = new HostRegistry({ time: new VirtualTime() })
  const { priorities } = registry.update(withoutHosts(membership, absent))
  const balancer = new HashBalancer(cluster, priorities)
  const slots = tableSize(cluster)
  const places = new Map(hosts.map((address, i) => [address, i]))
  const ring: number[] = []
  const counts = hosts.map(() => 0)
  for (let i = 0; i < points; i++) {
    const [high, low] = slots === 0 ? [Math.floor((i / points) * 2 ** 32), 0] : [0, Math.floor((i / points) * slots)]
    const at = places.get(balancer.hostOf(high, low)) ?? -1
    ring.push(at)
    if (at >= 0) counts[at]!++
  }
  return { hosts, points: ring, shares: counts.map((count) => count / points) }
}

/** Slots of a Maglev table; 0 = the policy has a ring. */
function tableSize(cluster: Message<'envoy.config.cluster.v3.Cluster'>): number {
  const typed = cluster.load_balancing_policy?.policies?.[0]?.typed_extension_config?.typed_config
  if (typed !== undefined) return isMessage(typed, MAGLEV) ? (typed.table_size ?? DEFAULT_SLOTS) : 0
  return cluster.lb_policy === 'MAGLEV' ? (cluster.maglev_lb_config?.table_size ?? DEFAULT_SLOTS) : 0
}
