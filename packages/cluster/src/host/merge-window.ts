import type { Counter, StatsScope, Timer, TimeSource } from '@nuncio/core'
import type { Host } from '../contracts/host.ts'

/** Counters of `cluster_manager.`: how changes of clusters were taken over. */
export class MergeStats {
  /** Taken over at once, or with others. */
  readonly updated: Counter
  readonly merged: Counter
  /** What waited came with a change of membership. */
  readonly cancelled: Counter
  /** Of those at once: the window since the last one had passed. */
  readonly outOfWindow: Counter

  constructor(scope: StatsScope) {
    this.updated = scope.counter('cluster_updated')
    this.merged = scope.counter('cluster_updated_via_merge')
    this.cancelled = scope.counter('update_merge_cancelled')
    this.outOfWindow = scope.counter('update_out_of_merge_window')
  }
}

/** How long changes of hosts are gathered, and what is done with them then. */
export interface MergeWindowOptions {
  /** `update_merge_window`, ms; 0 = everything at once. */
  readonly windowMs: number
  readonly time: TimeSource
  readonly stats?: MergeStats | undefined
  /** Hosts of one level whose pictures are to be made anew. */
  readonly apply: (hosts: readonly Host[]) => void
}

/** One priority level: when something of it was last taken over, and what waits. */
interface Level {
  lastMs: number
  timer: Timer | undefined
  waiting: Set<Host>
}

/**
 * Says when changes of health, weight or metadata are taken over, as Envoy does for each priority: one that comes after
 * a quiet window at once, what comes within the window together a window after the first that had to wait. So a
 * thousand health checks do not build a thousand pictures.
 */
export class MergeWindow {
  readonly #options: MergeWindowOptions
  readonly #levels: Level[] = []

  constructor(options: MergeWindowOptions) {
    this.#options = options
  }

  /** Hosts moved, but none came or went. */
  moved(hosts: readonly Host[]): void {
    const byPriority = new Map<number, Host[]>()
    for (const host of hosts) {
      const others = byPriority.get(host.priority)
      if (others === undefined) byPriority.set(host.priority, [host])
      else others.push(host)
    }
    for (const [priority, group] of byPriority) this.#movedIn(this.#level(priority), group)
  }

  /**
   * Hosts came or went, which is taken over at once: answers what waited in their priorities, to be taken over with it.
   * Not for the first hosts that a cluster has, which are no update.
   */
  flush(changed: readonly Host[]): readonly Host[] {
    const { stats, time } = this.#options
    const waited: Host[] = []
    for (const priority of new Set(changed.map((host) => host.priority))) {
      const level = this.#level(priority)
      if (level.timer !== undefined) stats?.cancelled.inc()
      waited.push(...take(level))
      level.lastMs = time.monotonicMs()
      stats?.updated.inc()
    }
    return waited
  }

  close(): void {
    for (const level of this.#levels) take(level)
  }

  #movedIn(level: Level, hosts: readonly Host[]): void {
    const { windowMs, time, stats } = this.#options
    for (const host of hosts) level.waiting.add(host)
    const quiet = time.monotonicMs() - level.lastMs > windowMs
    if (windowMs > 0 && !quiet) {
      level.timer ??= time.setTimer(windowMs, () => {
        stats?.merged.inc()
        this.#apply(level)
      })
      return
    }
    if (windowMs > 0) stats?.outOfWindow.inc()
    stats?.updated.inc()
    this.#apply(level)
  }

  #apply(level: Level): void {
    const { apply, time } = this.#options
    level.lastMs = time.monotonicMs()
    apply(take(level))
  }

  #level(priority: number): Level {
    for (let at = this.#levels.length; at <= priority; at++) {
      this.#levels.push({ lastMs: Number.NEGATIVE_INFINITY, timer: undefined, waiting: new Set() })
    }
    return this.#levels[priority]!
  }
}

/** What waits in a level, which waits for nothing afterwards. */
function take(level: Level): readonly Host[] {
  level.timer?.cancel()
  level.timer = undefined
  const hosts = [...level.waiting]
  level.waiting.clear()
  return hosts
}
