import type { JsonObject } from '@nuncio/config'
import type { MergedStats } from './merged-stats.ts'
import type { WorkerReport } from './protocol.ts'
import type { Supervisor, Worker } from './supervisor.ts'

/** How long a worker may take to tell; one that hangs is left out. */
const TELL_MS = 2000

/** Begins to wait: `over` settles when the time is up, unless `cancel` was called. */
export type Wait = (ms: number) => { readonly over: Promise<undefined>; readonly cancel: () => void }

/** What the workers told, the last time that they were asked. */
export class Gathered {
  readonly #supervisor: Supervisor
  readonly #merged: MergedStats
  readonly #timer: Wait
  /** Of those that serve, then of those that leave. */
  reports: readonly WorkerReport[] = []

  constructor(supervisor: Supervisor, merged: MergedStats, timer: Wait) {
    this.#supervisor = supervisor
    this.#merged = merged
    this.#timer = timer
  }

  /** One that serves: for what is the same in all of them. */
  get any(): WorkerReport | undefined {
    return this.reports[0]
  }
  get configDump(): readonly JsonObject[] {
    return this.reports.find(({ configDump }) => configDump !== undefined)?.configDump ?? []
  }

  /** Asks all; the first is asked for a dump of its configuration when one is wanted. */
  async ask(dump: 'none' | 'plain' | 'with-endpoints' = 'none'): Promise<void> {
    const workers = this.#supervisor.workers.filter(({ state }) => state !== 'starting')
    const { over, cancel } = this.#timer(TELL_MS)
    const told = await Promise.all(
      workers.map((worker, i) => Promise.race([this.#tell(worker, i === 0 ? dump : 'none'), over])),
    )
    cancel()
    this.reports = told.filter((report) => report !== undefined)
    this.#merged.update()
  }

  async #tell(worker: Worker, dump: 'none' | 'plain' | 'with-endpoints'): Promise<WorkerReport | undefined> {
    try {
      const report = await worker.process.channel.ask('report', { dump })
      if (worker.state !== 'gone') this.#merged.told(worker.id, report.stats)
      return report
    } catch {
      // It ended meanwhile: what it last told counts.
      return undefined
    }
  }
}
