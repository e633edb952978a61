import type { PrioritySet } from '@nuncio/cluster'
import type { Message } from '@nuncio/config'
import { HashBalancer, isHashing } from './hash-balancer.ts'

/** Keys that are asked for. */
const KEYS = 4096

/** The share of hash keys that have another host after a change of members; undefined when the policy does not hash. */
export function hashMovement(
  cluster: Message<'envoy.config.cluster.v3.Cluster'>,
  before: PrioritySet,
  after: PrioritySet,
): number | undefined {
  if (!isHashing(cluster)) return undefined
  const old = new HashBalancer(cluster, before)
  const now = new HashBalancer(cluster, after)
  let moved = 0
  for (let i = 0; i < KEYS; i++) if (old.hostOfKey(`key-${i}`) !== now.hostOfKey(`key-${i}`)) moved++
  return moved / KEYS
}
