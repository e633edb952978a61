import type { ScoreRow } from '@nuncio/balancers'
import type { SimulationEvent } from './journal.ts'
import type { LatencySummary } from './latencies.ts'

/** What came of a simulation: plain data. Times in ms from the first request. */
export interface SimulationReport {
  readonly cluster: string
  /** The load balancing policy, such as `LEAST_REQUEST`. */
  readonly policy: string
  /** The route whose policies requests had; '' = a plain one. */
  readonly route: string
  readonly seed: number
  readonly seconds: number
  readonly rps: number
  readonly requests: number
  /** Requests with a status below 500. */
  readonly succeeded: number
  readonly failed: number
  /** Requests that had no answer yet when the simulation gave up waiting for them. */
  readonly unfinished: number
  /** Tries, the first of each request and its retries; not all of them reached a host. */
  readonly attempts: number
  readonly retries: number
  /** Attempts divided by requests. */
  readonly amplification: number
  readonly statuses: Readonly<Record<string, number>>
  /** By response flag, such as `UO` or `URX`. */
  readonly flags: Readonly<Record<string, number>>
  readonly fates: Readonly<Record<string, number>>
  /** Of all requests that were answered, by hosts or by the proxy. */
  readonly latency: LatencySummary
  readonly ejections: number
  /** Share of picks that were made in panic. */
  readonly panicShare: number
  /** Requests that circuit breakers refused, by what ran out. */
  readonly overflows: Overflows
  readonly hosts: readonly HostReport[]
  readonly series: Series
  readonly events: readonly SimulationEvent[]
  readonly eventsDropped: number
}

/** How often each limit of the circuit breakers refused something. */
export interface Overflows {
  readonly connections: number
  readonly pending: number
  readonly requests: number
  readonly retries: number
}

/** What one host did in a run. */
export interface HostReport {
  readonly address: string
  /** As configured; '' when it has no name. */
  readonly hostname: string
  readonly zone: string
  readonly priority: number
  readonly weight: number
  /** Requests that it was sent. */
  readonly attempts: number
  /** Of all that hosts were sent. */
  readonly share: number
  readonly errors: number
  readonly ejections: number
  /** The most that were under way at the end of a step. */
  readonly maxActive: number
  readonly maxQueued: number
}

/** What a host was at the end of a step. */
export const HOST_STATES = ['healthy', 'degraded', 'unhealthy', 'ejected', 'gone'] as const
/** A state of `HOST_STATES`. */
export type HostCondition = (typeof HOST_STATES)[number]

/** The course of things, one number for each step; counts are of the step, `active` and `queued` of its end. */
export interface Series {
  readonly stepMs: number
  readonly requests: readonly number[]
  readonly failed: readonly number[]
  readonly retries: readonly number[]
  readonly p50: readonly number[]
  readonly p99: readonly number[]
  readonly active: readonly number[]
  /** Share of the step's picks that were made in panic. */
  readonly panic: readonly number[]
  /** In the order of `SimulationReport.hosts`. */
  readonly hosts: readonly HostSeries[]
  /** The score policy's table at the end of each step; absent with other policies and for many hosts. */
  readonly scores?: readonly (readonly ScoreRow[])[] | undefined
}

/** What one host did, an item for each step. */
export interface HostSeries {
  readonly attempts: readonly number[]
  readonly errors: readonly number[]
  readonly active: readonly number[]
  readonly queued: readonly number[]
  /** Indices of `HOST_STATES`. */
  readonly state: readonly number[]
}
