import type { Host, LoadBalancerContext, LoadReport, Locality } from '@nuncio/cluster'
import type { RandomGenerator, Runtime, TimeSource } from '@nuncio/core'
import type { ScoreTermConfig } from './messages.ts'

/** The moment of the pick that is being made, so that its terms agree on it and ask once. */
export interface PickClock {
  /** Monotonic. */
  nowMs: number
}

/** What a term is made with; one for all terms of a balancer. */
export interface ScoreTermContext {
  /** Drawn once for a balancer: where turns begin. */
  readonly seed: number
  readonly time: TimeSource
  readonly random: RandomGenerator
  readonly runtime: Runtime
  /** Up to date when `usesTime` is set. */
  readonly clock: PickClock
  /** Where this proxy runs; undefined = unknown. */
  readonly ownLocality: Locality | undefined
}

/**
 * g(host) of one term, for one balancer. Each host has a slot: a small number that it keeps for as long as it is a
 * member, for arrays of the term's own. Data side methods allocate nothing.
 */
export interface ScoreTerm {
  /** Whether `measure` reads `context.clock`. */
  readonly usesTime?: boolean
  /** Control side: there may be this many slots now. */
  grow?(slots: number): void
  /** Control side: a host came (or its weight or locality may have changed). */
  onHost?(host: Host, slot: number): void
  /** Control side: a host left; its slot may be given to another. */
  onLeft?(slot: number): void
  /**
   * Data side: writes the value of a host for a pick, before it is normalised and weighed, into `out[0]`. (A number that
   * is returned would often have to be allocated.)
   */
  measure(host: Host, slot: number, context: LoadBalancerContext, out: Float64Array): void
  onRequestDone?(host: Host, slot: number, latencyMs: number, ok: boolean): void
  onLoadReport?(host: Host, slot: number, report: LoadReport): void
}

/**
 * A term that is about a list of hosts rather than about hosts: one object for each list that is picked from (a level,
 * a locality). Instead of slots it is given places in the list.
 */
export interface ScoreListTerm {
  /** Control side: another list. */
  update(hosts: readonly Host[]): void
  /** Data side: writes the value of the host at a place into `out[0]`. */
  measure(host: Host, place: number, context: LoadBalancerContext, out: Float64Array): void
  /** Data side: the host at a place was picked. */
  onPicked?(host: Host, place: number): void
  /** Whether place `a` comes before place `b` when their scores are equal; absent: chance decides. */
  isBefore?(a: number, b: number): boolean
}

/** What may be registered: a term by its name. One of `create` and `createForList` makes it. */
export interface ScoreTermDefinition {
  /** As in configuration: `active_requests`. */
  readonly name: string
  /** What the value is, in a few words, with its unit. */
  readonly description: string
  create?(config: ScoreTermConfig, context: ScoreTermContext): ScoreTerm
  createForList?(config: ScoreTermConfig, context: ScoreTermContext): ScoreListTerm
}
