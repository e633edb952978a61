import {
  CircuitBreaker,
  CircuitBreakerGauges,
  type Cluster,
  type ClusterHost,
  countOutcome,
  type DecidedCluster,
  type Host,
  HostRegistry,
  type LoadBalancer,
  type LoadBalancerContext,
  type LoadBalancerExplanation,
  type Locality,
  type LoggedPick,
  type Membership,
  type MembershipChange,
  type MergeStats,
  MergeWindow,
  type Outcome,
  parseLoadReport,
  type PickLog,
  type PoolContext,
  type Predecessors,
  type PrioritySet,
  type RoutingPriority,
  type SocketTarget,
  StreamPool,
  type TcpPool,
  type UpstreamPool,
} from '@nuncio/cluster'
import type { HeaderMap, TimeSource } from '@nuncio/core'
import type { ConfigPlace } from '@nuncio/matching'
import type { HttpConnectorContext } from '../pool/http-connector.ts'
import type { TransportChoice } from '../transport/transport-choice.ts'
import type { HealthFollower } from '../health/health-follower.ts'
import type { OutlierFollower } from '../outlier/outlier-follower.ts'
import type { Discovery, WatchedCluster } from './cluster-type.ts'
import { EndpointStats } from './endpoint-stats.ts'
import { ClusterPools } from './host-pools.ts'
import { MembershipIntake } from './membership-intake.ts'
import { MembershipStats } from './membership-stats.ts'
import { moveHost } from './move-host.ts'

/** What a living cluster is put together from. */
export interface LiveClusterParts {
  readonly info: DecidedCluster
  readonly time: TimeSource
  readonly pool: PoolContext
  readonly connector: HttpConnectorContext
  readonly transports: TransportChoice
  readonly ownLocality: Locality | undefined
  readonly activeHealthChecks: boolean
  readonly addedViaApi: boolean
  /** The cluster whose place it takes. */
  readonly predecessors: Predecessors | undefined
  readonly picks: PickLog
  readonly mergeStats: MergeStats
  /** Makes the balancer; `provided` is what the cluster type brings along. */
  readonly createLoadBalancer: (provided: (() => LoadBalancer) | undefined) => LoadBalancer
  /** Told once, when it is gone. */
  readonly onClosed: () => void
  /** Told whenever hosts or their health moved. */
  readonly onMoved: (cluster: LiveCluster) => void
  /** Told once, when the cluster may be used. */
  readonly onWarm: (cluster: LiveCluster) => void
}

/** Until the cluster has begun. */
const NO_BALANCER: LoadBalancer = { update: () => {}, chooseHost: () => undefined }

/** Connections that one request may have opened for those after it. */
const MOST_PRECONNECTS = 3

/** A cluster that carries traffic: its hosts, its balancer, its limits and its pools. */
export class LiveCluster implements WatchedCluster {
  readonly info: DecidedCluster
  readonly hosts: HostRegistry
  readonly breakers: readonly [CircuitBreaker, CircuitBreaker]
  readonly addedViaApi: boolean
  readonly pools: ClusterPools
  readonly membership: MembershipStats
  /** What outlier detection knows, when it is on. */
  outlier: OutlierFollower | undefined = undefined
  loadBalancer: LoadBalancer = NO_BALANCER
  dropOverload = 0
  readonly #parts: LiveClusterParts
  readonly #gauges: readonly CircuitBreakerGauges[]
  readonly #endpointStats: EndpointStats | undefined
  readonly #members = new Set<Host>()
  #health: HealthFollower | undefined = undefined
  #discovery: Discovery | undefined = undefined
  /** What a request asks: other clusters' hosts are carried by those clusters. */
  #clusterOf: ((host: Host) => Cluster | undefined) | undefined = undefined
  #discovered = false
  #warm = false
  #closed = false
  readonly #updates: MergeWindow
  /** Hosts whose health moved while nobody could use the cluster. */
  readonly #early = new Set<Host>()
  readonly #intake: MembershipIntake

  constructor(parts: LiveClusterParts) {
    const { info } = parts
    this.#parts = parts
    this.info = info
    this.addedViaApi = parts.addedViaApi
    this.breakers = [new CircuitBreaker(info.breakerLimits[0]), new CircuitBreaker(info.breakerLimits[1])]
    this.#gauges = this.breakers.map(
      (breaker, i) => new CircuitBreakerGauges(breaker, info.stats.scope, i === 0 ? 0 : 1),
    )
    this.membership = new MembershipStats(info.stats.scope)
    const perEndpoint = info.config.track_cluster_stats?.per_endpoint_stats === true
    this.#endpointStats = perEndpoint ? new EndpointStats(info.stats.scope) : undefined
    this.#updates = new MergeWindow({
      windowMs: info.updateMergeWindowMs,
      time: parts.time,
      stats: parts.mergeStats,
      apply: (hosts) => this.#refresh(hosts),
    })
    this.hosts = new HostRegistry({
      time: parts.time,
      activeHealthChecks: parts.activeHealthChecks,
      excludeUncheckedHosts: info.excludeUncheckedHosts,
      keepHealthyRemovedHosts: info.keepHealthyRemovedHosts,
      keepRepeats: info.keepRepeatedHosts,
      ownLocality: parts.ownLocality,
      predecessors: parts.predecessors,
    })
    this.#intake = new MembershipIntake(this.hosts, parts.time, {
      onTaken: (change) => this.#changed(change),
      onCaughtUp: () => this.checkWarm(),
    })
    this.pools = new ClusterPools({
      info,
      breakers: this.breakers,
      pool: parts.pool,
      connector: parts.connector,
      transports: parts.transports,
      isMember: (host) => !this.#closed && this.#members.has(host),
    })
  }

  get ownZone(): string {
    return this.#parts.ownLocality?.zone ?? ''
  }
  get priorities(): PrioritySet {
    return this.#discovery?.priorities ?? this.hosts.priorities
  }
  /** Whether there was a first answer of discovery and a first round of health checks. */
  get warm(): boolean {
    return this.#warm
  }
  get closed(): boolean {
    return this.#closed
  }

  /** Begins to find hosts, to check them and to watch how they do. */
  start(discovery: Discovery, health: HealthFollower | undefined, outlier: OutlierFollower | undefined): void {
    this.#discovery = discovery
    this.#health = health
    this.outlier = outlier
    if (discovery.clusterOf !== undefined) this.#clusterOf = (host) => discovery.clusterOf!(host)
    const provided = discovery.loadBalancer
    this.loadBalancer = this.#parts.createLoadBalancer(provided && (() => provided))
    this.loadBalancer.update(this.priorities)
    this.membership.show(this.priorities, false)
    discovery.start()
  }

  // ── data side ──

  chooseHost(context: LoadBalancerContext): Host | undefined {
    const { picks } = this.#parts
    const host = picks.wants ? picks.choose(this, context) : this.loadBalancer.chooseHost(context)
    if (host === undefined) this.info.stats.cxNoneHealthy.inc()
    return host
  }

  /** The story of a pick that is not made; what outlier detection took out says until when. */
  explain(context: LoadBalancerContext): LoadBalancerExplanation | undefined {
    const told = this.loadBalancer.explain?.(context)
    const { outlier } = this
    if (told === undefined || outlier === undefined) return told
    const candidates = told.candidates.map((candidate) => {
      const host = candidate.excluded === undefined ? undefined : this.hosts.byAddress.get(candidate.host)
      const until = host === undefined ? undefined : outlier.ejectedUntilWallMs(host)
      if (until === undefined) return candidate
      return { ...candidate, excluded: `${candidate.excluded}, ejected until ${new Date(until).toISOString()}` }
    })
    return { ...told, candidates }
  }

  /** Picks that were remembered, the newest first. */
  recentPicks(): readonly LoggedPick[] {
    return this.#parts.picks.recent()
  }

  httpPool(host: Host, priority: RoutingPriority, downstream: string, context?: LoadBalancerContext): UpstreamPool {
    if (this.#clusterOf !== undefined) {
      const owner = this.#clusterOf(host)
      if (owner !== undefined) return owner.httpPool(host, priority, downstream, context)
    }
    if (this.info.predictivePreconnectRatio > 1 && context !== undefined)
      this.#preconnect(priority, downstream, context)
    return this.pools.http(host, priority, downstream, context)
  }

  /** Opens connections to the hosts that come next, as far as the cluster's ratio over what runs and waits allows. */
  #preconnect(priority: RoutingPriority, downstream: string, context: LoadBalancerContext): void {
    const ratio = this.info.predictivePreconnectRatio
    const { stats } = this.#parts.pool
    const streams = stats.cluster.rqActive.value
    const expected = stats.cluster.rqPendingActive.value + streams + 1
    for (let ahead = 0; ahead < MOST_PRECONNECTS; ahead++) {
      if (expected * ratio <= stats.capacity + streams) return
      const next = this.loadBalancer.peekHost?.(context, ahead)
      if (next === undefined) return
      const pool = this.pools.http(next, priority, downstream, context)
      if (!(pool instanceof StreamPool) || !pool.preconnect(ratio)) return
    }
  }

  tcpPool(host: Host, priority: RoutingPriority, context?: LoadBalancerContext): TcpPool {
    return this.#clusterOf?.(host)?.tcpPool?.(host, priority, context) ?? this.pools.raw(host, priority, context)
  }

  reportOutcome(host: Host, outcome: Outcome): void {
    const owner = this.#clusterOf?.(host)
    if (owner !== undefined) return owner.reportOutcome(host, outcome)
    const ok = countOutcome(host, outcome)
    this.loadBalancer.onRequestDone?.(host, outcome.latencyMs, ok)
    this.outlier?.detector.report(host, outcome)
  }

  reportLoad(host: Host, headers: HeaderMap): boolean {
    const owner = this.#clusterOf?.(host)
    if (owner !== undefined) return owner.reportLoad?.(host, headers) ?? false
    if (this.loadBalancer.onLoadReport === undefined) return false
    const report = parseLoadReport(headers)
    if (report === undefined) return false
    this.loadBalancer.onLoadReport(host, report)
    return true
  }

  failHostImmediately(host: Host): void {
    const owner = this.#clusterOf?.(host)
    if (owner !== undefined) owner.failHostImmediately?.(host)
    else this.#health?.failImmediately(host as ClusterHost)
  }

  // ── control side ──

  createLoadBalancer(): LoadBalancer {
    return this.#parts.createLoadBalancer(undefined)
  }

  /** It stands in the place of another from now on, and goes on where that one left off. */
  succeed(before: LiveCluster | undefined): void {
    this.hosts.forgetPredecessors()
    if (before?.outlier === undefined || this.outlier === undefined) return
    const moved = this.outlier.detector.takeOver(before.outlier.detector)
    if (moved.length > 0) this.hostsMoved(moved)
  }

  /** Prepares other endpoints and nothing else; undefined when its type cannot. */
  prepareEndpoints(config: DecidedCluster['config'], place: ConfigPlace): (() => void) | undefined {
    return this.#discovery?.assign?.(config, place)
  }

  /** Shows its hosts in its statistics, which another one of its name had. */
  showMembership(): void {
    this.membership.show(this.priorities, false)
  }

  /** Takes over who the hosts are now, a large membership by and by. */
  setMembership(membership: Membership): void {
    if (this.#closed) return
    this.dropOverload = membership.dropOverload ?? 0
    this.#intake.take(membership)
  }

  /** Gives a host other addresses; it stays the host that it is. False when it is no member any more. */
  moveHost(host: ClusterHost, to: SocketTarget, others: readonly SocketTarget[]): boolean {
    if (this.#closed || !moveHost(this.hosts, host, to, others)) return false
    this.hostsMoved([host])
    return true
  }

  /** Hosts that the cluster type keeps itself came, went or moved. */
  ownHostsChanged(added: readonly ClusterHost[], removed: readonly ClusterHost[]): void {
    if (!this.#closed) this.#changed({ added, removed, changed: true })
  }

  /** Health or other qualities of hosts moved, but none came or went. */
  hostsMoved(hosts: readonly Host[]): void {
    if (this.#closed) return
    for (const host of hosts) {
      if (host.health === 'unhealthy') this.pools.drain(host, this.info.closeConnectionsOnHealthFailure)
      if (!this.#warm) this.#early.add(host)
    }
    if (this.#warm) this.#updates.moved(hosts)
  }

  /** Hosts of other clusters moved. */
  othersMoved(): void {
    if (this.#closed) return
    this.loadBalancer.update(this.priorities)
    this.membership.show(this.priorities, false)
    this.#parts.onMoved(this)
  }

  /** A host whose removal was put off has failed its checks: now it goes. */
  removePending(host: Host): void {
    const change = this.hosts.removePending(host)
    if (change !== undefined) this.#changed(change)
  }

  /** Discovery has its first answer. */
  discovered(): void {
    this.#discovered = true
    this.checkWarm()
  }

  /** Looks again whether the cluster may be used. */
  checkWarm(): void {
    if (this.#warm || this.#closed || !this.#discovered || this.#intake.busy) return
    if (this.#health?.warming === true) return
    this.#warm = true
    if (this.#early.size > 0) this.#refresh([...this.#early])
    this.#early.clear()
    this.#parts.onWarm(this)
  }

  /** Gauges and byte counters as they are at this moment; the gauges of one that was retired are another's. */
  refreshStats(): void {
    if (!this.#closed) {
      for (const gauges of this.#gauges) gauges.update()
      this.#endpointStats?.show(this.hosts.byAddress.values())
    }
    this.pools.countBytes()
  }

  /** Whether nothing runs on it any more, once it was retired. */
  get drained(): boolean {
    return this.#closed && this.pools.drained
  }

  /** Another cluster stands in its place: what runs may end, nothing new is found. */
  retire(): void {
    if (this.#closed) return
    this.#stop()
    this.pools.retire()
  }

  /** Ends everything at once. */
  close(): void {
    this.#stop()
    this.pools.close()
  }

  #stop(): void {
    if (this.#closed) return
    this.#closed = true
    this.#intake.close()
    this.#updates.close()
    this.#endpointStats?.show([])
    this.#discovery?.close()
    this.#health?.close()
    this.outlier?.close()
    this.loadBalancer.dispose?.()
    this.#parts.transports.dispose()
    this.#parts.onClosed()
  }

  #refresh(hosts: readonly Host[]): void {
    this.hosts.refresh(hosts)
    this.#discovery?.rebuild?.()
    this.loadBalancer.update(this.priorities)
    this.membership.show(this.priorities, false)
    this.#parts.onMoved(this)
  }

  #changed(change: Pick<MembershipChange, 'added' | 'removed' | 'changed'>): void {
    const { added, removed } = change
    const moved = added.length + removed.length > 0
    if (!change.changed && !moved) return
    for (const host of added) this.#members.add(host)
    this.#parts.transports.count(added)
    for (const host of removed) this.#members.delete(host)
    const waited = this.#warm ? this.#updates.flush([...added, ...removed]) : []
    if (waited.length > 0) this.hosts.refresh(waited)
    this.loadBalancer.update(this.priorities)
    this.membership.show(this.priorities, moved)
    for (const host of removed) this.pools.leave(host)
    if (moved && this.info.closeConnectionsOnHostSetChange) this.pools.drainAll()
    this.outlier?.detector.remove(removed)
    this.#health?.remove(removed)
    this.outlier?.detector.add(added)
    this.#health?.add(added)
    this.#parts.onMoved(this)
  }
}
