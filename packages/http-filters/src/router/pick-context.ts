import {
  type Cluster,
  type Host,
  type HostPredicate,
  type LoadBalancerContext,
  PreviousPriorities,
} from '@nuncio/cluster'
import { isMessage } from '@nuncio/config'
import type { RequestHeaders, StreamInfo } from '@nuncio/core'
import type { TerminalStream } from '@nuncio/filter-chain'
import type { ForwardRoute, HashResult } from '@nuncio/router'
import type { RouterSettings } from './settings.ts'

const NO_PREDICATES: readonly HostPredicate[] = []

/** What a stream's picks of a host may ask about; the router stream is one, so that a pick allocates nothing. */
export abstract class PickContext implements LoadBalancerContext {
  hasHash = false
  hashHigh = 0
  hashLow = 0
  metadataMatch: Readonly<Record<string, unknown>> | undefined = undefined
  headers: RequestHeaders | undefined = undefined
  info: StreamInfo | undefined = undefined
  overrideHost = ''
  overrideStrict = false
  /** What is answered when the host that a session asked for is not there, and no other will do. */
  protected strictStatus: number | undefined = undefined
  hostSelectionRetries = 0
  /** A session cookie that a hash policy made, for the response. */
  protected hashCookie = ''
  #predicates: readonly HostPredicate[] = NO_PREDICATES
  #tried: Host[] = []
  #priorities: PreviousPriorities | undefined = undefined

  abstract get attempt(): number

  addCookie(setCookie: string): void {
    this.hashCookie = setCookie
  }

  get triedPriorities(): readonly number[] | undefined {
    return this.#priorities?.tried
  }

  rejects(host: Host): boolean {
    const predicates = this.#predicates
    for (let i = 0; i < predicates.length; i++) if (predicates[i]!.rejects(host, this.#tried)) return true
    return false
  }

  /** Takes over what a retry policy says of the choice of hosts. */
  protected applyRetryPolicy(policy: NonNullable<ForwardRoute['retryPolicy']>, settings: RouterSettings): void {
    this.#predicates = settings.hostPredicates(policy.hostPredicates)
    this.hostSelectionRetries = policy.hostSelectionAttempts
    const { priorityPredicate: priority } = policy
    if (isMessage(priority, 'envoy.extensions.retry.priority.previous_priorities.v3.PreviousPrioritiesConfig'))
      this.#priorities = new PreviousPriorities(priority.update_frequency ?? 1)
  }

  /** Remembers a host for the predicates of later tries. */
  protected remember(host: Host, cluster: Cluster): void {
    if (this.#predicates.length > 0) this.#tried.push(host)
    this.#priorities?.onHostTried(host, cluster.priorities.levels.length)
  }

  /** Only the first try goes to the host that a session asked for: it may be why there is a second one. */
  protected aim({ overrideHost, overrideStrict }: TerminalStream, first: boolean): void {
    this.overrideHost = first ? overrideHost : ''
    this.overrideStrict = first && overrideStrict !== undefined
    this.strictStatus = first ? overrideStrict?.status : undefined
  }

  protected hash(policy: NonNullable<ForwardRoute['hashPolicy']>, result: HashResult): void {
    result.has = false
    result.cookie = ''
    policy.hash(this.headers!, this.info!, result)
    this.hasHash = result.has
    this.hashHigh = result.high
    this.hashLow = result.low
    this.hashCookie = result.cookie
  }
}
