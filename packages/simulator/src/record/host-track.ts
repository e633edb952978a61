import { type ClusterHost, HealthFlag } from '@nuncio/cluster'
import type { SimulatedHost } from '../host/simulated-host.ts'
import { HOST_STATES, type HostCondition, type HostReport, type HostSeries } from './report.ts'

/** One host's part in the record, across the times when it is no member. */
export class HostTrack {
  readonly series: { [K in keyof HostSeries]: number[] } = {
    attempts: [],
    errors: [],
    active: [],
    queued: [],
    state: [],
  }
  readonly #server: SimulatedHost
  #member: ClusterHost
  /** Whether it is a member now. */
  present = true
  /** Counts of the member object that are in the series already, and of those before it. */
  #seen = { attempts: 0, errors: 0 }
  #attempts = 0
  #errors = 0

  constructor(member: ClusterHost, server: SimulatedHost) {
    this.#member = member
    this.#server = server
  }

  /** The host is a member (again): a new object when it had left. */
  join(member: ClusterHost): void {
    this.present = true
    if (member === this.#member) return
    this.#member = member
    this.#seen = { attempts: 0, errors: 0 }
  }

  /** Closes a step. */
  step(): void {
    const { rqTotal, rqError, rqActive } = this.#member.stats
    const { series } = this
    const attempts = rqTotal - this.#seen.attempts
    const errors = rqError - this.#seen.errors
    this.#seen = { attempts: rqTotal, errors: rqError }
    this.#attempts += attempts
    this.#errors += errors
    series.attempts.push(attempts)
    series.errors.push(errors)
    series.active.push(rqActive)
    series.queued.push(this.#server.queued)
    series.state.push(HOST_STATES.indexOf(this.#condition()))
  }

  #condition(): HostCondition {
    if (!this.present) return 'gone'
    const { healthFlags, health } = this.#member
    if ((healthFlags & HealthFlag.failedOutlier) !== 0) return 'ejected'
    return health
  }

  get attempts(): number {
    return this.#attempts
  }

  report(total: number, ejections: number): HostReport {
    const { address, hostname, locality, priority, weight } = this.#member
    return {
      address,
      hostname,
      zone: locality.zone,
      priority,
      weight,
      attempts: this.#attempts,
      share: total === 0 ? 0 : this.#attempts / total,
      errors: this.#errors,
      ejections,
      maxActive: most(this.series.active),
      maxQueued: most(this.series.queued),
    }
  }
}

function most(values: readonly number[]): number {
  let largest = 0
  for (const value of values) if (value > largest) largest = value
  return largest
}
