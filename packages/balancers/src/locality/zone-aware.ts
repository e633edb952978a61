import type { Message } from '@nuncio/config'
import { type Host, type HostSet, type Locality, type PrioritySet, sameLocality } from '@nuncio/cluster'
import type { RandomGenerator, Runtime } from '@nuncio/core'
import { isInPanic } from '../priority/priority-loads.ts'
import type { LbStats } from '../lb-stats.ts'

export type ZoneAwareConfig =
  Message<'envoy.extensions.load_balancing_policies.common.v3.LocalityLbConfig.ZoneAwareLbConfig'>

/** Shares in hundredths of a percent, as Envoy counts them. */
const WHOLE = 10_000

/**
 * Keeps traffic in the proxy's own zone as far as the upstream hosts there allow, and spreads the rest over zones that
 * have more hosts than proxies. Concerns the first priority level only.
 */
export class ZoneRouter {
  readonly #config: ZoneAwareConfig
  readonly #forced: boolean
  readonly #random: RandomGenerator
  readonly #runtime: Runtime
  readonly #stats: LbStats
  #state: 'off' | 'local' | 'residual' | 'panic' = 'off'
  /** Why it is in this state; for explanations. */
  reason = 'not set up yet'
  /** Share of picks that stay local, of 10 000. */
  direct = 0
  /** Running sum of what each locality can take beyond its own share. */
  residual = new Uint32Array(0)

  constructor(config: ZoneAwareConfig, random: RandomGenerator, runtime: Runtime, stats: LbStats) {
    this.#config = config
    this.#forced = config.force_local_zone !== undefined || config.force_locality_direct_routing === true
    this.#random = random
    this.#runtime = runtime
    this.#stats = stats
  }

  /** `local` is the cluster of the proxies themselves; `panicThreshold` in percent. */
  update(set: HostSet | undefined, local: PrioritySet | undefined, panicThreshold: number): void {
    this.#state = 'off'
    const own = local?.levels[0]
    if (set === undefined || own === undefined) {
      this.reason = 'the local cluster is not known (cluster_manager.local_cluster_name)'
      return
    }
    this.#stats.recalculateZoneStructures.inc()
    const obstacle = this.#obstacle(set, own)
    this.reason = obstacle ?? ''
    if (obstacle !== undefined) return
    if (isInPanic(own, panicThreshold)) {
      this.#state = 'panic'
      this.reason = 'the local cluster is in panic'
      return
    }
    this.#divide(set, own)
  }

  /** The number of the locality to use; -1: any host of the level; -2: no host at all. Allocates nothing. */
  choose(): number {
    if (this.#state === 'off' || !this.#enabled()) return -1
    if (this.#state === 'panic') {
      this.#stats.localClusterNotOk.inc()
      return this.#config.fail_traffic_on_panic === true ? -2 : -1
    }
    if (this.#state === 'local') {
      this.#stats.zoneRoutingAllDirectly.inc()
      return 0
    }
    if (this.#random.uint32() % WHOLE < this.direct) {
      this.#stats.zoneRoutingSampled.inc()
      return 0
    }
    this.#stats.zoneRoutingCrossZone.inc()
    return this.#crossZone()
  }

  #crossZone(): number {
    const total = this.residual[this.residual.length - 1]!
    const draw = this.#random.uint32()
    if (total === 0) {
      this.#stats.zoneNoCapacityLeft.inc()
      return draw % this.residual.length
    }
    const mark = draw % total
    let index = 0
    while (mark >= this.residual[index]!) index++
    return index
  }

  #enabled(): boolean {
    const percent = this.#config.routing_enabled?.value ?? 100
    const { numerator, denominator } = this.#runtime.fraction('upstream.zone_routing.enabled', {
      numerator: percent * 100,
      denominator: WHOLE,
    })
    return numerator >= denominator || this.#random.uint32() % denominator < numerator
  }

  #obstacle(set: HostSet, own: HostSet): string | undefined {
    if (set.healthyByLocality.length < 2) return 'fewer than two upstream localities'
    if (!this.#forced && own.hostsByLocality.length < 2) return 'the local cluster has fewer than two localities'
    if (!own.hasLocalLocality || own.hostsByLocality[0]!.length === 0) {
      this.#stats.localClusterNotOk.inc()
      return 'the local cluster has no host in the own locality'
    }
    const least = this.#runtime.number('upstream.zone_routing.min_cluster_size', this.#config.min_cluster_size ?? 6)
    if (set.healthy.length >= least) return undefined
    this.#stats.zoneClusterTooSmall.inc()
    return `fewer than ${least} healthy hosts`
  }

  #divide(set: HostSet, own: HostSet): void {
    const upstream = shares(set.healthyByLocality, (hosts) => this.#size(hosts))
    const localSizes = set.localities.map((locality) => this.#size(hostsIn(own, locality)))
    const total = own.healthyByLocality.reduce((sum, hosts) => sum + this.#size(hosts), 0)
    const local = localSizes.map((size) => (total === 0 ? 0 : Math.floor((WHOLE * size) / total)))
    const here = set.hasLocalLocality
    const [up, down] = [upstream[0]!, local[0]!]
    const enough = this.#config.force_local_zone?.min_size ?? 1
    const forced = this.#forced && set.healthyByLocality[0]!.length >= enough
    if (here && (forced || (up > 0 && up >= down))) {
      this.#state = 'local'
      this.reason = forced ? 'force_local_zone' : 'the own zone has its share of the hosts'
      return
    }
    this.#state = 'residual'
    this.direct = here && down > 0 ? Math.floor((up * WHOLE) / down) : 0
    this.residual = new Uint32Array(upstream.length)
    let sum = 0
    for (const [i, share] of upstream.entries()) {
      if (!(i === 0 && here)) sum += Math.max(0, share - local[i]!)
      this.residual[i] = sum
    }
    this.reason = `${this.direct / 100} % of picks stay in the own zone`
  }

  #size(hosts: readonly Host[]): number {
    return this.#config.locality_basis === 'HEALTHY_HOSTS_WEIGHT'
      ? hosts.reduce((sum, host) => sum + host.weight, 0)
      : hosts.length
  }
}

function hostsIn(set: HostSet, locality: Locality): readonly Host[] {
  const index = set.localities.findIndex((other) => sameLocality(other, locality))
  return index < 0 ? [] : set.healthyByLocality[index]!
}

function shares(groups: readonly (readonly Host[])[], sizeOf: (hosts: readonly Host[]) => number): number[] {
  const sizes = groups.map((hosts) => sizeOf(hosts))
  const total = sizes.reduce((sum, size) => sum + size, 0)
  return sizes.map((size) => (total === 0 ? 0 : Math.floor((WHOLE * size) / total)))
}
