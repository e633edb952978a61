import { createLoadBalancer } from '@nuncio/balancers'
import { decideCluster, type LoadBalancer, PlainContext, type PrioritySet } from '@nuncio/cluster'
import type { Message } from '@nuncio/config'
import { SeededRandom, StatsStore, xxHash64 } from '@nuncio/core'
import { VirtualTime } from '../time/virtual-time.ts'

type Cluster = Message<'envoy.config.cluster.v3.Cluster'>

const HASHING = /ring_hash|maglev/i
/** Long enough for tables that are built in slices. */
const BUILD_MS = 60_000
/** What is wrong with a cluster is said elsewhere. */
const report = (): void => {}

/** Whether a cluster's policy sends equal keys to equal hosts. */
export function isHashing(cluster: Cluster): boolean {
  const { load_balancing_policy: policy } = cluster
  if (policy === undefined) return HASHING.test(cluster.lb_policy ?? '')
  const types = policy.policies?.map((each) => each.typed_extension_config?.typed_config?.['@type'] ?? '') ?? []
  return HASHING.test(types[0] ?? '')
}

/** A balancer of a hashing cluster apart from all traffic: which host would have which hash. */
export class HashBalancer {
  readonly #balancer: LoadBalancer
  readonly #context = new PlainContext()

  constructor(cluster: Cluster, priorities: PrioritySet) {
    const time = new VirtualTime()
    const info = decideCluster(cluster, { stats: new StatsStore(), report })
    this.#balancer = createLoadBalancer(info, { time, random: new SeededRandom(1), report })
    this.#balancer.update(priorities)
    time.advanceTo(BUILD_MS)
    this.#context.hasHash = true
  }

  /** The address of the host for a 64-bit hash in two halves; '' when there is none. */
  hostOf(high: number, low: number): string {
    this.#context.hashHigh = high >>> 0
    this.#context.hashLow = low >>> 0
    return this.#balancer.chooseHost(this.#context)?.address ?? ''
  }

  /** The host of a key in a header, as Envoy hashes it. */
  hostOfKey(key: string): string {
    const hash = { high: 0, low: 0 }
    xxHash64(key, hash)
    return this.hostOf(hash.high, hash.low)
  }
}
