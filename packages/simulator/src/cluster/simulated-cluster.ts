import { createLoadBalancer } from '@nuncio/balancers'
import {
  CircuitBreaker,
  type Cluster,
  type ClusterHost,
  countOutcome,
  type DecidedCluster,
  type Host,
  HostRegistry,
  type LoadBalancer,
  type LoadBalancerContext,
  type Membership,
  MergeWindow,
  type Outcome,
  type PrioritySet,
  type RoutingPriority,
  type UpstreamPool,
} from '@nuncio/cluster'
import type { SimulatedHost } from '../host/simulated-host.ts'
import { HealthWatch } from './health-watch.ts'
import { HostPools } from './host-pools.ts'
import type { World } from './world.ts'

/** A cluster over simulated hosts. All that decides in it is what decides in the proxy. */
export class SimulatedCluster implements Cluster {
  readonly info: DecidedCluster
  readonly breakers: readonly [CircuitBreaker, CircuitBreaker]
  readonly loadBalancer: LoadBalancer
  readonly #hosts: HostRegistry
  readonly #pools: HostPools
  readonly #watch: HealthWatch
  readonly #updates: MergeWindow

  constructor(world: World, hostOf: (host: Host) => SimulatedHost) {
    const { info } = world
    this.info = info
    this.breakers = [new CircuitBreaker(info.breakerLimits[0]), new CircuitBreaker(info.breakerLimits[1])]
    this.#hosts = new HostRegistry({
      time: world.time,
      activeHealthChecks: (info.config.health_checks?.length ?? 0) > 0,
      excludeUncheckedHosts: info.excludeUncheckedHosts,
      // A host that leaves is gone at once: what would keep it is a discovery that changes its mind.
      keepHealthyRemovedHosts: false,
      keepRepeats: info.keepRepeatedHosts,
      ownLocality: world.ownLocality,
    })
    this.#updates = new MergeWindow({
      windowMs: info.updateMergeWindowMs,
      time: world.time,
      apply: (hosts) => this.#refresh(hosts),
    })
    this.#pools = new HostPools(world, this.breakers, hostOf)
    this.#watch = new HealthWatch(world, hostOf, (host) => this.#moved(host))
    this.loadBalancer = createLoadBalancer(info, {
      report: world.report,
      time: world.time,
      random: world.balancing,
      runtime: world.runtime,
      ownLocality: world.ownLocality,
      localPriorities: () => world.localPriorities,
      compileHashPolicy: world.compileHashPolicy,
    })
  }

  get priorities(): PrioritySet {
    return this.#hosts.priorities
  }
  get hosts(): ReadonlyMap<string, ClusterHost> {
    return this.#hosts.byAddress
  }
  /** Whether every host was checked once, where they are checked. */
  get warm(): boolean {
    return this.#watch.warm
  }

  setMembership(membership: Membership): void {
    const isFirst = this.hosts.size === 0
    const { added, removed, changed } = this.#hosts.update(membership)
    if (!changed && added.length + removed.length === 0) return
    const waited = isFirst ? [] : this.#updates.flush([...added, ...removed])
    if (waited.length > 0) this.#hosts.refresh(waited)
    this.loadBalancer.update(this.priorities)
    for (const host of removed) this.#pools.leave(host)
    if (this.info.closeConnectionsOnHostSetChange) this.#pools.drainAll()
    this.#watch.remove(removed)
    this.#watch.add(added)
  }

  chooseHost(context: LoadBalancerContext): Host | undefined {
    const host = this.loadBalancer.chooseHost(context)
    if (host === undefined) this.info.stats.cxNoneHealthy.inc()
    return host
  }

  httpPool(host: Host, priority: RoutingPriority): UpstreamPool {
    return this.#pools.of(host, priority)
  }

  reportOutcome(host: Host, outcome: Outcome): void {
    const ok = countOutcome(host, outcome)
    this.loadBalancer.onRequestDone?.(host, outcome.latencyMs, ok)
    this.#watch.report(host, outcome)
  }

  /** A host's health moved: pictures and balancer follow. */
  #moved(host: ClusterHost): void {
    if (host.health === 'unhealthy') this.#pools.drain(host, this.info.closeConnectionsOnHealthFailure)
    if (this.warm) this.#updates.moved([host])
    else this.#refresh([host])
  }

  #refresh(hosts: readonly Host[]): void {
    this.#hosts.refresh(hosts)
    this.loadBalancer.update(this.priorities)
  }
}
