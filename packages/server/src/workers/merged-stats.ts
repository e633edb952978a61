import { addStats, clearStats, dumpStats, type StatsDump, StatsStore } from '@nuncio/core'
import { mergeRule } from './merge-rule.ts'

/**
 * The statistics of all workers and of the primary as one store: counters and gauges summed, histograms merged. What a
 * worker counted stays when it ends, up to what it last told, so that no counter ever goes back.
 */
export class MergedStats {
  /** What the primary counts itself. */
  readonly own = new StatsStore()
  /** All together, as of the last `update`. */
  readonly store = new StatsStore()
  readonly #ended = new StatsStore()
  readonly #latest = new Map<number, StatsDump>()

  /** A worker told its statistics. */
  told(worker: number, dump: StatsDump): void {
    this.#latest.set(worker, dump)
  }

  /** Whether it told something and has not ended. */
  knows(worker: number): boolean {
    return this.#latest.has(worker)
  }

  /** A worker ended; `last` is what it said in the end, when it could. */
  ended(worker: number, last: StatsDump | undefined): void {
    const dump = last ?? this.#latest.get(worker)
    this.#latest.delete(worker)
    if (dump !== undefined) addStats(this.#ended, work(dump), mergeRule)
  }

  /** What all counted so far, for a process that takes over. */
  totals(): StatsDump {
    const all = new StatsStore()
    addStats(all, dumpStats(this.#ended), mergeRule)
    for (const dump of this.#latest.values()) addStats(all, work(dump), mergeRule)
    return dumpStats(all)
  }

  /** Workers set their own to zero when they are told to; here what has ended is forgotten. */
  reset(): void {
    this.own.resetCounters()
    clearStats(this.#ended)
    this.#latest.clear()
  }

  update(): void {
    const dumps = [dumpStats(this.#ended), ...this.#latest.values(), dumpStats(this.own)]
    clearStats(this.store)
    for (const dump of dumps) addStats(this.store, dump, mergeRule)
    // Statistics go with their clusters. After a reset nobody has told any yet.
    if (this.#latest.size === 0) return
    const names = namesIn(dumps)
    this.store.forget((name) => !names.has(name))
  }
}

function namesIn(dumps: readonly StatsDump[]): Set<string> {
  const names = new Set<string>()
  for (const { counters, gauges, histograms, texts } of dumps) {
    for (const [name] of [...counters, ...gauges, ...texts]) names.add(name)
    for (const { name } of histograms) names.add(name)
  }
  return names
}

/** What a process did, which counts on when it has ended: not what it is doing, and not what its successor tells, too. */
function work({ counters, histograms }: StatsDump): StatsDump {
  return { counters: counters.filter(([name]) => mergeRule(name) === 'sum'), gauges: [], histograms, texts: [] }
}
