import { formatAddress, type TimeSource } from '@nuncio/core'
import { HealthFlag, type Host, type HostSet, type Locality, type PrioritySet } from '../contracts/host.ts'
import { ClusterHost, type HostDescription, sameLocality } from './cluster-host.ts'
import { buildHostSet, buildHostSetInSlices, type LevelHosts, type LocalityHosts } from './host-set.ts'
import { Members } from './members.ts'
import type { LocalityMembers, Membership } from './membership.ts'

/** What an update did; lists are empty rather than absent. */
export interface MembershipChange {
  readonly priorities: PrioritySet
  readonly added: readonly ClusterHost[]
  readonly removed: readonly ClusterHost[]
  /** Addresses that were named more than once where the first naming counts. */
  readonly duplicates: readonly string[]
  /** Whether any level's picture was replaced. */
  readonly changed: boolean
}

/** Which hosts a registry keeps, and how they begin. */
export interface HostRegistryOptions {
  readonly time: TimeSource
  /** Hosts begin unhealthy until their first active check. */
  readonly activeHealthChecks?: boolean
  /** `ignore_new_hosts_until_first_hc` */
  readonly excludeUncheckedHosts?: boolean
  /** A removed host that still passes its checks stays until it fails them. */
  readonly keepHealthyRemovedHosts?: boolean
  /** An address that is named more than once is a host for each naming, as in STATIC and STRICT_DNS; else the first counts. */
  readonly keepRepeats?: boolean
  /** Where this proxy runs; its own locality comes first in host sets. */
  readonly ownLocality?: Locality | undefined
  readonly predecessors?: Predecessors | undefined
}

/** The hosts of the cluster whose place a cluster takes: a host of the same address goes on as the one it was. */
export interface Predecessors {
  readonly byAddress: ReadonlyMap<string, ClusterHost>
  /** The active health checks are the same: what they found still holds. */
  readonly sameChecks: boolean
}

const FROM_CHECKS =
  HealthFlag.failedActive |
  HealthFlag.degradedActive |
  HealthFlag.pendingActive |
  HealthFlag.activeTimeout |
  HealthFlag.excludedByImmediateFail

/** How many hosts one slice of an update handles; some 0.2 ms. */
const SLICE = 1024

/**
 * The members of one cluster. A host object lives as long as its address is a member: updates change its weight,
 * metadata and health in place, and each level's immutable picture (`HostSet`) is replaced only when it moved.
 */
export class HostRegistry {
  readonly #members = new Members()
  readonly byAddress = this.#members.byAddress
  readonly #options: HostRegistryOptions
  #predecessors: Predecessors | undefined
  #levels: LevelHosts[] = []
  /** Those of an update under way, once they are known, and the priorities whose hosts' health has moved since. */
  #coming: LevelHosts[] | undefined = undefined
  readonly #moved = new Set<number>()
  #priorities: PrioritySet

  constructor(options: HostRegistryOptions) {
    this.#options = options
    this.#predecessors = options.predecessors
    this.#priorities = { levels: [], byAddress: this.byAddress }
  }

  /** Whether active checks of a host need not begin anew: those of its predecessor have had a result. */
  checkedBefore(host: ClusterHost): boolean {
    if (this.#predecessors?.sameChecks !== true) return false
    const before = this.#predecessors.byAddress.get(host.address)
    return before !== undefined && (before.healthFlags & HealthFlag.pendingActive) === 0
  }

  /** Hosts that join from now on are new, whatever their address. */
  forgetPredecessors(): void {
    this.#predecessors = undefined
  }

  get priorities(): PrioritySet {
    return this.#priorities
  }

  /** Takes over a membership in one go. */
  update(membership: Membership): MembershipChange {
    const steps = this.updateInSlices(membership)
    for (;;) {
      const step = steps.next()
      if (step.done === true) return step.value
    }
  }

  /**
   * As `update`, but yields after each slice of work, so that a large membership does not stall traffic: call `next`
   * from timers until it is done. Until then `priorities` stays what it was. Do not run two at the same time.
   */
  *updateInSlices(membership: Membership): Generator<void, MembershipChange> {
    const merge = new Merge(this.#members, this.#options, this.#predecessors)
    const levels: LevelHosts[] = []
    for (const [priority, groups] of membership.levels.entries()) {
      const localities: LocalityHosts[] = []
      for (const group of groups) localities.push(yield* merge.locality(priority, group))
      levels.push(withFactors(localities, membership))
    }
    merge.removeOthers(levels, membership)
    // Levels that vanished stay as empty ones: balancers and gauges know them by number.
    while (levels.length < this.#levels.length) levels.push({ localities: [] })
    if (levels.length === 0) levels.push({ localities: [] })
    this.#moved.clear()
    this.#coming = levels
    yield
    const sets: HostSet[] = []
    for (const priority of levels.keys()) {
      const old = this.#priorities.levels[priority]
      const same =
        old !== undefined && !merge.touched.has(priority) && sameLevel(this.#levels[priority], this.#coming[priority]!)
      sets.push(same ? old : yield* this.#picture(priority))
      yield
    }
    for (const priority of this.#moved)
      sets[priority] = buildHostSet(priority, this.#coming[priority]!, this.#options.ownLocality)
    this.#levels = this.#coming
    this.#coming = undefined
    return this.#publish(sets, merge)
  }

  #picture(priority: number): Generator<void, HostSet> {
    return buildHostSetInSlices(priority, this.#coming![priority]!, this.#options.ownLocality)
  }

  /** Rebuilds the pictures of levels whose hosts' health flags were changed; others keep their object. */
  refresh(hosts?: Iterable<Host>): PrioritySet {
    const stale = hosts === undefined ? undefined : new Set([...hosts].map((host) => host.priority))
    for (const priority of this.#coming?.keys() ?? []) if (stale?.has(priority) !== false) this.#moved.add(priority)
    const levels = this.#levels.map((level, priority) =>
      stale !== undefined && !stale.has(priority)
        ? this.#priorities.levels[priority]!
        : buildHostSet(priority, level, this.#options.ownLocality),
    )
    this.#priorities = { levels, byAddress: this.byAddress }
    return this.#priorities
  }

  /** Takes a host out whose removal was put off; undefined when that is not its state. */
  removePending(host: Host): MembershipChange | undefined {
    if ((host.healthFlags & HealthFlag.pendingDynamicRemoval) === 0) return undefined
    const removed = this.#members.prune((member) => member === host)
    if (removed.length === 0) return undefined
    this.#levels = this.#levels.map((level) => without(level, host))
    this.#coming = this.#coming?.map((level) => without(level, host))
    return { priorities: this.refresh([host]), added: [], removed, duplicates: [], changed: true }
  }

  #publish(sets: HostSet[], merge: Merge): MembershipChange {
    const levels = this.#priorities.levels
    const changed = sets.length !== levels.length || sets.some((set, i) => set !== levels[i])
    if (changed) this.#priorities = { levels: sets, byAddress: this.byAddress }
    const { added, removed, duplicates } = merge
    return { priorities: this.#priorities, added, removed, duplicates, changed }
  }
}

function without(level: LevelHosts, host: Host): LevelHosts {
  const localities = level.localities
    .map((group) => ({ ...group, hosts: group.hosts.filter((other) => other !== host) }))
    .filter((group) => group.hosts.length > 0 || group.weight !== undefined)
  return { ...level, localities }
}

/** One update under way: which hosts were seen, which levels were touched. */
class Merge {
  readonly added: ClusterHost[] = []
  removed: readonly ClusterHost[] = []
  readonly duplicates: string[] = []
  readonly touched = new Set<number>()
  readonly #seen = new Set<ClusterHost>()
  /** How often an address was named so far, where it was more than once. */
  readonly #namings = new Map<string, number>()
  readonly #members: Members
  readonly #options: HostRegistryOptions
  readonly #predecessors: Predecessors | undefined

  constructor(members: Members, options: HostRegistryOptions, predecessors: Predecessors | undefined) {
    this.#members = members
    this.#options = options
    this.#predecessors = predecessors
  }

  *locality(priority: number, group: LocalityMembers): Generator<void, LocalityHosts> {
    const hosts: ClusterHost[] = []
    for (const [index, description] of group.hosts.entries()) {
      const host = this.#host(priority, description)
      if (host !== undefined) hosts.push(host)
      if (index % SLICE === SLICE - 1) yield
    }
    return { locality: group.locality, weight: group.weight, hosts }
  }

  #host(priority: number, description: HostDescription): ClusterHost | undefined {
    const address = formatAddress({ address: description.ip, port: description.port })
    const first = this.#members.get(address, 0)
    const naming = first !== undefined && this.#seen.has(first) ? this.#nextNaming(address) : 0
    if (naming > 0 && this.#options.keepRepeats !== true) {
      this.duplicates.push(address)
      return undefined
    }
    const known = naming === 0 ? first : this.#members.get(address, naming)
    if (known === undefined) {
      const predecessor = naming === 0 ? this.#predecessors?.byAddress.get(address) : undefined
      const host = this.#join(new ClusterHost({ ...description, priority }, predecessor), predecessor)
      this.#members.set(address, naming, host)
      return host
    }
    this.#seen.add(known)
    const before = known.priority
    const wasLeaving = (known.healthFlags & HealthFlag.pendingDynamicRemoval) !== 0
    known.healthFlags &= ~HealthFlag.pendingDynamicRemoval
    if (known.describe({ ...description, priority }) || wasLeaving) this.touched.add(before).add(priority)
    return known
  }

  #nextNaming(address: string): number {
    const naming = (this.#namings.get(address) ?? 0) + 1
    this.#namings.set(address, naming)
    return naming
  }

  #join(host: ClusterHost, predecessor: ClusterHost | undefined): ClusterHost {
    this.#begin(host, predecessor)
    this.#seen.add(host)
    this.added.push(host)
    this.touched.add(host.priority)
    return host
  }

  #begin(host: ClusterHost, predecessor: ClusterHost | undefined): void {
    if (this.#options.activeHealthChecks !== true || host.healthCheckTarget?.disabled === true) {
      host.healthySinceMs = predecessor?.healthySinceMs ?? this.#options.time.monotonicMs()
      return
    }
    if (predecessor !== undefined && this.#predecessors!.sameChecks) {
      host.healthySinceMs = predecessor.healthySinceMs
      host.healthFlags |= predecessor.healthFlags & FROM_CHECKS
      return
    }
    host.healthFlags |= HealthFlag.failedActive
    if (this.#options.excludeUncheckedHosts === true) host.healthFlags |= HealthFlag.pendingActive
  }

  /** Hosts that were not named leave, but for those that still pass their checks when such are kept. */
  removeOthers(levels: LevelHosts[], membership: Membership): void {
    const keep = this.#options.activeHealthChecks === true && this.#options.keepHealthyRemovedHosts === true
    const staying: ClusterHost[] = []
    this.removed = this.#members.prune((host) => {
      if (this.#seen.has(host)) return false
      this.touched.add(host.priority)
      if (keep && (host.healthFlags & (HealthFlag.failedActive | HealthFlag.failedEds)) === 0) {
        host.healthFlags |= HealthFlag.pendingDynamicRemoval
        staying.push(host)
        return false
      }
      return true
    })
    for (const host of staying) {
      while (levels.length <= host.priority) levels.push(withFactors([], membership))
      localityOf(levels[host.priority]!, host.locality).push(host)
    }
  }
}

/** The list of a locality's hosts in a level that is still being built; made when it is not there. */
function localityOf(level: LevelHosts, locality: Locality): Host[] {
  let group = level.localities.find((other) => sameLocality(other.locality, locality))
  if (group === undefined) (level.localities as LocalityHosts[]).push((group = { locality, hosts: [] }))
  return group.hosts as Host[]
}

function withFactors(localities: LocalityHosts[], membership: Membership): LevelHosts {
  return {
    localities,
    ...(membership.overprovisioningFactor !== undefined && {
      overprovisioningFactor: membership.overprovisioningFactor,
    }),
    weightedPriorityHealth: membership.weightedPriorityHealth ?? false,
  }
}

/** Whether a level has the same hosts in the same order and counts them the same way. */
function sameLevel(a: LevelHosts | undefined, b: LevelHosts): boolean {
  if (a === undefined || a.localities.length !== b.localities.length) return false
  if (a.overprovisioningFactor !== b.overprovisioningFactor) return false
  if ((a.weightedPriorityHealth ?? false) !== (b.weightedPriorityHealth ?? false)) return false
  return a.localities.every((group, i) => {
    const other = b.localities[i]!
    if (group.weight !== other.weight || group.hosts.length !== other.hosts.length) return false
    return sameLocality(group.locality, other.locality) && group.hosts.every((host, k) => host === other.hosts[k])
  })
}
