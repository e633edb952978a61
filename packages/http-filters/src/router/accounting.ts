import {
  type Cluster,
  type Host,
  noteCluster,
  type Outcome,
  type RequestTally,
  type ResponseStats,
} from '@nuncio/cluster'
import type { RequestHeaders, StreamInfo } from '@nuncio/core'
import type { ClusterPolicies, ForwardRoute } from '@nuncio/router'
import { fateOf } from './fate.ts'
import { PickContext } from './pick-context.ts'
import { type RetryDecision, RetryState } from './retry-state.ts'
import type { RouterSettings } from './settings.ts'
import { NO_TALLIES } from './tallies.ts'
import type { UpstreamRequest } from './upstream-request.ts'

const NO_POLICIES: ClusterPolicies = {}

/** What the router counts of a stream: codes, times, outcomes of hosts, and how it ended. */
export abstract class Accounting extends PickContext {
  readonly settings: RouterSettings
  route!: ForwardRoute
  protected cluster!: Cluster
  /** The last decision about a retry. */
  protected decision: RetryDecision = 'no'
  protected bodyGivenUp = false
  /** Of the virtual cluster and of the route, where there are such. */
  protected tallies: readonly RequestTally[] = NO_TALLIES

  /** What the cluster says in place of the route. */
  protected policies: ClusterPolicies = NO_POLICIES

  constructor(settings: RouterSettings) {
    super()
    this.settings = settings
  }

  /** 0 = none. */
  perTryMs = 0

  abstract nowMs(): number

  /** The number of the newest try, from 1; 0 = there was none. */
  protected abstract get tries(): number

  /** The cluster is known: from now on there is something to count. */
  protected account(route: ForwardRoute, cluster: Cluster, headers: RequestHeaders): void {
    const info = this.info!
    this.cluster = cluster
    this.route = route
    this.policies = cluster.info.requestPolicies ?? NO_POLICIES
    noteCluster(info, cluster.info)
    const virtualCluster = route.virtualHost.virtualCluster?.(headers) ?? ''
    // Of what fits none there are statistics, but logs have no name for it.
    info.virtualClusterName = virtualCluster === 'other' ? '' : virtualCluster
    this.tallies = this.settings.tallies.of(route, virtualCluster)
  }

  /** The retries of this request; undefined when nothing would be retried. */
  protected createRetries(headers: RequestHeaders): RetryState | undefined {
    const { route, cluster, settings } = this
    const { priority } = route
    const retryPolicy = this.policies.retryPolicy ?? route.retryPolicy
    const breaker = cluster.breakers[priority]
    const retries = RetryState.create(retryPolicy, headers, cluster.info, breaker, settings, this.tallies)
    if (retries !== undefined && retryPolicy !== undefined) this.applyRetryPolicy(retryPolicy, settings)
    return retries
  }

  /** Counts the code of a response, or of the answer that stands for one that never came. */
  protected charge(status: number, host: Host | undefined, canary = false): void {
    if (!this.#counts) return
    const { stats } = this.cluster.info
    stats.responses.count(status)
    this.#audience.count(status)
    if (canary || host?.canary === true) stats.canary.count(status)
    if (host !== undefined) this.#zone(host)?.count(status)
    const tallies = this.tallies
    for (let i = 0; i < tallies.length; i++) tallies[i]!.count(status)
  }

  /** Counts the code of a response that is retried. */
  protected chargeRetried(status: number): void {
    if (this.#counts) this.cluster.info.stats.retried.count(status)
  }

  /** A response is whole: it took so many milliseconds from the end of the request. */
  protected chargeTime(ms: number, host: Host): void {
    if (!this.#counts) return
    const { stats } = this.cluster.info
    stats.responses.took(ms)
    this.#audience.took(ms)
    if (host.canary) stats.canary.took(ms)
    this.#zone(host)?.took(ms)
    const tallies = this.tallies
    for (let i = 0; i < tallies.length; i++) tallies[i]!.took(ms)
  }

  /** How much of the route's timeout the request used, where that is wanted. */
  protected countBudget(tookMs: number, timeoutMs: number): void {
    this.cluster.info.timeoutBudgets?.request(tookMs, timeoutMs)
  }

  /** A try that was sent at this moment is over. */
  countTry(sentMs: number): void {
    const { timeoutBudgets } = this.cluster.info
    if (timeoutBudgets !== undefined) timeoutBudgets.try(this.nowMs() - sentMs, this.perTryMs)
  }

  get #counts(): boolean {
    return this.settings.dynamicStats && !this.info!.healthCheck
  }

  get #audience(): ResponseStats {
    const { stats } = this.cluster.info
    return this.headers!.has('x-envoy-internal') ? stats.internal : stats.external
  }

  #zone(host: Host): ResponseStats | undefined {
    const from = this.cluster.ownZone ?? ''
    const to = host.locality.zone
    return from === '' || to === '' ? undefined : this.cluster.info.stats.between(from, to)
  }

  /** Tells the cluster how a try at a host ended. */
  protected report(
    request: UpstreamRequest,
    status: number,
    reset: Outcome['reset'],
    latencyMs: number,
    grpcStatus = -1,
  ): void {
    const { outcome } = this.settings
    outcome.status = status
    outcome.reset = reset
    outcome.latencyMs = latencyMs
    outcome.grpcStatus = grpcStatus
    outcome.degraded = request.degraded
    this.cluster.reportOutcome(request.host, outcome)
  }

  /** Names the fate by what failed, or by the status that goes to the client. */
  protected settle(failure: StreamInfo['fate'], status = 0): void {
    this.info!.fate = fateOf(this.decision, this.tries, this.bodyGivenUp, failure, status)
  }

  /** The stream is over and its fate final. */
  protected countFate(): void {
    ;(this.cluster as Cluster | undefined)?.info.stats.fates.count(this.info!.fate!)
  }
}
