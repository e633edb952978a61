import type { Counter, StatsScope } from '@nuncio/core'
import type { SideResponse } from '@nuncio/filter-chain'
import { failureOf } from '@nuncio/guards'

const ACCEPTED = 202

/** What became of reports. */
export class ReportStats {
  readonly #sent: Counter
  readonly #dropped: Counter
  readonly #failed: Counter
  readonly #skipped: Counter

  constructor(stats: StatsScope) {
    this.#sent = stats.counter('reports_sent')
    this.#dropped = stats.counter('reports_dropped')
    this.#failed = stats.counter('reports_failed')
    this.#skipped = stats.counter('reports_skipped_no_cluster')
  }

  /** Settles when the report is over; never rejects. */
  async count(report: Promise<SideResponse>): Promise<void> {
    try {
      const { status } = await report
      ;(status === ACCEPTED ? this.#sent : this.#dropped).inc()
    } catch (error) {
      ;(failureOf(error) === 'no-cluster' ? this.#skipped : this.#failed).inc()
    }
  }
}
