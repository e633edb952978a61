import type { Problem } from '@nuncio/config'
import { NuncioError } from '@nuncio/core'
import type { NuncioServer } from '../nuncio-server.ts'
import type { PreparedReload, ReloadOptions, ReloadOutcome } from './contracts.ts'
import { logReload } from './log-reload.ts'
import { type Candidate, prepareReload } from './prepare-reload.ts'
import { ReloadStats } from './reload-stats.ts'
import { unreadable } from './unreadable.ts'

/** The reloads of one server: one after the other, counted and told. */
export class Reloads {
  readonly #server: NuncioServer
  readonly #stats: ReloadStats
  /** Settles when the one before is committed or given up. */
  #last: Promise<unknown> = Promise.resolve()

  constructor(server: NuncioServer) {
    this.#server = server
    this.#stats = new ReloadStats(server.parts.stats)
    this.#showGeneration()
  }

  async reload(source: string | Uint8Array, options: ReloadOptions): Promise<ReloadOutcome> {
    return (await this.prepare(source, options)).commit()
  }

  async reread(): Promise<ReloadOutcome> {
    const { read, file = '' } = this.#server.parts.options
    let source: string | Uint8Array
    try {
      if (read === undefined) throw new NuncioError('ERR_NUNCIO_NO_SOURCE', 'the server was not told where to read it')
      source = await read()
    } catch (error) {
      this.#stats.fileError.inc()
      return this.#commit(rejectedBy(unreadable(file, error)))
    }
    return await this.reload(source, {})
  }

  /** Does something between reloads. */
  async inTurn(work: () => Promise<void>): Promise<void> {
    const before = this.#last
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#last = promise
    await before
    try {
      await work()
    } finally {
      resolve()
    }
  }

  async prepare(source: string | Uint8Array, options: ReloadOptions): Promise<PreparedReload> {
    const before = this.#last
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#last = promise
    await before
    try {
      const candidate = await prepareReload(this.#server, source, options)
      return this.#prepared(candidate, resolve)
    } catch (error) {
      resolve()
      throw error
    }
  }

  #prepared(candidate: Candidate, release: () => void): PreparedReload {
    const { outcome, problems, texts, diff } = candidate
    return {
      outcome,
      problems,
      texts,
      diff,
      commit: () => {
        const done = this.#commit(candidate)
        release()
        return done
      },
      discard: () => {
        candidate.discard()
        release()
      },
    }
  }

  #commit(candidate: Candidate): ReloadOutcome {
    const server = this.#server
    const stopping = candidate.apply !== undefined && server.isStopping
    if (stopping) candidate.discard()
    else if (candidate.apply !== undefined) {
      const applied = candidate.apply(server.parts.options.drainTimeMs ?? 600_000)
      const generation = server.snapshot.generation + 1
      server.snapshot = Object.freeze({ ...applied, generation, appliedAtMs: server.parts.time.wallMs() })
      this.#showGeneration()
    }
    const { problems, texts, diff } = candidate
    const outcome: ReloadOutcome = {
      outcome: stopping ? 'rejected' : candidate.outcome === 'changed' ? 'applied' : candidate.outcome,
      generation: server.snapshot.generation,
      atMs: server.parts.time.wallMs(),
      problems,
      texts,
      diff,
    }
    this.#stats.count(outcome)
    server.processStats.reloaded(outcome)
    server.lastReload = outcome
    if (outcome.outcome !== 'unchanged') server.parts.options.onProblems?.(problems, texts)
    // Of several workers the primary tells.
    if (server.parts.options.worker === undefined) logReload(server.parts.logger.child('config'), outcome)
    return outcome
  }

  #showGeneration(): void {
    const { generation, appliedAtMs } = this.#server.snapshot
    this.#stats.generation.set(generation)
    this.#stats.appliedAt.set(Math.floor(appliedAtMs / 1000))
  }
}

function rejectedBy(problem: Problem): Candidate {
  const nothing = { apply: undefined, discard: () => {}, diff: undefined }
  return { ...nothing, outcome: 'rejected', problems: [problem], texts: new Map() }
}
