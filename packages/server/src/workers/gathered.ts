import type { JsonObject } from '@nuncio/config'
import type { TimeSource } from '@nuncio/core'
import type { MergedStats } from './merged-stats.ts'
import type { WorkerReport } from './protocol.ts'
import type { Supervisor, Worker } from './supervisor.ts'
import { wait } from './wait.ts'

/** How long a worker may take to tell; one that hangs is left out. */
const TELL_MS = 2000

/** What the workers told, the last time that they were asked. */
export class Gathered {
  readonly #supervisor: Supervisor
  readonly #merged: MergedStats
  readonly #time: TimeSource
  /** Of those that serve, then of those that leave. */
  reports: readonly WorkerReport[] = []

  constructor(supervisor: Supervisor, merged: MergedStats, time: TimeSource) {
    this.#supervisor = supervisor
    this.#merged = merged
    this.#time = time
  }

  /** One that serves: for what is the same in all of them. */
  get any(): WorkerReport | undefined {
    return this.reports[0]
  }
  get configDump(): readonly JsonObject[] {
    return this.reports.find(({ configDump }) => configDump !== undefined)?.configDump ?? []
  }

  /** Any healthy host of a cluster, as the workers see it. */
  hostOf(name: string): { readonly address: string; readonly port: number } | undefined {
    const hosts = this.any?.clusters.find((cluster) => cluster.name === name)?.hosts ?? []
    return (hosts.find(({ healthFlags }) => healthFlags === 0) ?? hosts[0])?.address
  }

  /** Asks all; the first is asked for a dump of its configuration when one is wanted. */
  async ask(dump: 'none' | 'plain' | 'with-endpoints' = 'none'): Promise<void> {
    const workers = this.#supervisor.workers.filter(({ state }) => state !== 'starting')
    const { over, cancel } = wait(this.#time, TELL_MS)
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
