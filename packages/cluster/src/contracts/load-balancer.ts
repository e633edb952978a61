import type { RequestHeaders, StreamInfo } from '@nuncio/core'
import type { LoadReport } from '../orca/load-report.ts'
import type { Host, PrioritySet } from './host.ts'

/**
 * What a pick may ask about. Every answer may be missing; a policy must behave sensibly then. One object serves all
 * picks of a stream and is passed by reference: the data side allocates nothing.
 */
export interface LoadBalancerContext {
  /** Whether a hash policy produced a hash; it is 64 bits in two unsigned halves. */
  readonly hasHash: boolean
  readonly hashHigh: number
  readonly hashLow: number
  /** `envoy.lb` criteria of route and weighted cluster, already merged; undefined = none. */
  readonly metadataMatch: Readonly<Record<string, unknown>> | undefined
  readonly headers: RequestHeaders | undefined
  readonly info: StreamInfo | undefined
  /** `ip:port` that a stateful session or header asks for; '' = none. */
  readonly overrideHost: string
  readonly overrideStrict: boolean
  /** 0 on the first try. */
  readonly attempt: number
  /** How many more picks may be made when `rejects` says so. */
  readonly hostSelectionRetries: number
  /** Retry host predicates: whether this host should not be used now. */
  rejects(host: Host): boolean
  /** Priority levels that earlier tries used, for `previous_priorities`; undefined = no such policy. */
  readonly triedPriorities: readonly number[] | undefined
  /** Takes a Set-Cookie line for the response, when a balancer's own hash policy made a cookie. */
  addCookie?(setCookie: string): void
}

/** Picks hosts of one cluster by its policy. */
export interface LoadBalancer {
  /** Control side: takes a new picture of the hosts. May allocate; `levels` that are identical objects did not change. */
  update(priorities: PrioritySet): void
  /** Data side: never allocates. Undefined when no host may be used. */
  chooseHost(context: LoadBalancerContext): Host | undefined
  /**
   * The host that would be chosen after `ahead` further picks, if nothing changes until then, for connections that are opened
   * before they are needed. Undefined when that cannot be said. A peek does not change what is picked.
   */
  peekHost?(context: LoadBalancerContext, ahead: number): Host | undefined
  /** The story of a pick, without making one that counts. */
  explain?(context: LoadBalancerContext): LoadBalancerExplanation
  /** Told after each request, for policies that learn (latency, errors, ORCA). `latencyMs` < 0: no response. */
  onRequestDone?(host: Host, latencyMs: number, ok: boolean): void
  /** Told of a load report (ORCA) that came with a response. Absent when the policy does not care. */
  onLoadReport?(host: Host, report: LoadReport): void
  dispose?(): void
}

/** Why a pick came out as it did. */
export interface LoadBalancerExplanation {
  readonly policy: string
  /** In words, in order: priority chosen and why, panic, locality, then the policy's own reasons. */
  readonly steps: readonly string[]
  readonly candidates: readonly HostExplanation[]
  readonly chosen: string | undefined
}

/** What one host came to in a pick: why it was excluded, or how a policy that scores saw it. */
export interface HostExplanation {
  readonly host: string
  readonly excluded: string | undefined
  readonly score: number | undefined
  readonly terms: Readonly<Record<string, number>> | undefined
}
