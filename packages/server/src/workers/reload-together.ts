import type { Problem } from '@nuncio/config'
import type { Logger, StatsStore, TimeSource } from '@nuncio/core'
import type { PreparedReload, ReloadOutcome } from '../reload/contracts.ts'
import { logReload } from '../reload/log-reload.ts'
import { ReloadStats } from '../reload/reload-stats.ts'
import { unreadable } from '../reload/unreadable.ts'
import { answerOf } from './answer-of.ts'
import type { Worker } from './supervisor.ts'

type Prepared = Omit<PreparedReload, 'commit' | 'discard'>

export interface ReloadTogetherOptions {
  readonly source: string | Uint8Array
  readonly generation: number
  /** Name of the file, for problems. */
  readonly file: string
  /** Reads the configuration again; undefined: it cannot be. */
  readonly read: (() => string | Uint8Array | Promise<string | Uint8Array>) | undefined
  readonly serving: () => readonly Worker[]
  /** Nothing is begun any more; whoever watches the file may not know yet. */
  readonly stopping: () => boolean
  readonly onOutcome: (outcome: ReloadOutcome) => void
  readonly stats: StatsStore
  readonly time: TimeSource
  readonly logger: Logger
}

/**
 * Reloads all workers, or none: each prepares, and only when all can it is applied. A worker that begins to serve with an
 * older configuration catches up.
 */
export class ReloadTogether {
  readonly #options: ReloadTogetherOptions
  readonly #stats: ReloadStats
  /** What workers that start now are to serve. */
  source: string | Uint8Array
  generation: number
  appliedAtMs: number
  lastReload: ReloadOutcome | undefined = undefined
  /** By worker, the number of the configuration that it was given last. */
  readonly #has = new WeakMap<Worker, number>()
  #last: Promise<unknown> = Promise.resolve()

  constructor(options: ReloadTogetherOptions) {
    this.#options = options
    this.#stats = new ReloadStats(options.stats)
    this.source = options.source
    this.generation = options.generation
    this.appliedAtMs = options.time.wallMs()
    this.#show()
  }

  /** Reads the configuration from where it came from, and goes over to it. */
  async reread(): Promise<ReloadOutcome> {
    const { read, file, stopping } = this.#options
    if (stopping()) return this.#outcome({ outcome: 'rejected', problems: [], texts: new Map(), diff: undefined })
    let source: string | Uint8Array
    try {
      if (read === undefined) throw new Error('the workers were not told where to read it')
      source = await read()
    } catch (error) {
      this.#stats.fileError.inc()
      return this.#tell({ outcome: 'rejected', problems: [unreadable(file, error)], texts: new Map(), diff: undefined })
    }
    return await this.reload(source)
  }

  /** One after the other when several are asked for. */
  reload(source: string | Uint8Array): Promise<ReloadOutcome> {
    const outcome = this.#last.then(() => this.#reload(source))
    this.#last = outcome.catch(() => {})
    return outcome
  }

  /** A worker was started with this configuration. */
  given(worker: Worker): void {
    this.#has.set(worker, this.generation)
  }

  /** A worker serves; it may have missed a reload meanwhile. */
  serves(worker: Worker): void {
    if ((this.#has.get(worker) ?? this.generation) >= this.generation) return
    this.#last = this.#last.then(() => this.#catchUp(worker))
  }

  async #catchUp(worker: Worker): Promise<void> {
    const prepared = await this.#prepare(worker, this.source)
    if (prepared !== undefined) await this.#settle(worker, true)
  }

  async #reload(source: string | Uint8Array): Promise<ReloadOutcome> {
    const workers = this.#options.serving()
    const asked = await Promise.all(
      workers.map(async (worker) => ({ worker, prepared: await this.#prepare(worker, source) })),
    )
    // Who ended meanwhile has a successor that is told by itself.
    const all = asked.flatMap(({ worker, prepared }) => (prepared === undefined ? [] : [{ worker, prepared }]))
    const decisive = all.find(({ prepared }) => prepared.outcome === 'rejected') ?? all.find(changed) ?? all[0]
    if (decisive === undefined) return this.#tell(nobody(this.#options.file))
    const { outcome } = decisive.prepared
    if (outcome === 'changed') {
      this.source = source
      this.generation++
      this.appliedAtMs = this.#options.time.wallMs()
    }
    await Promise.all(all.map(({ worker }) => this.#settle(worker, outcome !== 'rejected')))
    return this.#tell(decisive.prepared)
  }

  async #prepare(worker: Worker, source: string | Uint8Array): Promise<Prepared | undefined> {
    const { file, logger } = this.#options
    const asked = worker.process.channel.ask('prepare', { source })
    return await answerOf<Prepared>(worker, asked, 'a reload', logger, (message) => rejected(file, 'worker', message))
  }

  async #settle(worker: Worker, commit: boolean): Promise<void> {
    if (commit) this.#has.set(worker, this.generation)
    await answerOf(worker, worker.process.channel.ask('settle', { commit }), 'a reload', this.#options.logger)
  }

  #outcome({ outcome, problems, texts, diff }: Prepared): ReloadOutcome {
    return {
      outcome: outcome === 'changed' ? 'applied' : outcome,
      generation: this.generation,
      atMs: this.#options.time.wallMs(),
      problems,
      texts,
      diff,
    }
  }

  #tell(prepared: Prepared): ReloadOutcome {
    const result = this.#outcome(prepared)
    this.#stats.count(result)
    this.lastReload = result
    this.#show()
    this.#options.onOutcome(result)
    logReload(this.#options.logger, result)
    return result
  }

  #show(): void {
    this.#stats.generation.set(this.generation)
    this.#stats.appliedAt.set(Math.floor(this.appliedAtMs / 1000))
  }
}

function changed({ prepared }: { readonly prepared: Prepared }): boolean {
  return prepared.outcome === 'changed'
}

function nobody(file: string): Prepared {
  const hint = 'Workers that died are on their way; try again.'
  return rejected(file, 'no-worker', 'no worker serves that could take it over', hint)
}

/** For a reason that is none of the file's. */
function rejected(file: string, code: string, message: string, hint = ''): Prepared {
  const problem: Problem = { code, severity: 'error', path: '', file, line: 0, column: 0, message, hint }
  return { outcome: 'rejected', problems: [problem], texts: new Map(), diff: undefined }
}
