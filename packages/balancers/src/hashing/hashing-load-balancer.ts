import type {
  Host,
  HostSet,
  LoadBalancer,
  LoadBalancerContext,
  LoadBalancerExplanation,
  PrioritySet,
} from '@nuncio/cluster'
import type { Timer } from '@nuncio/core'
import type { LoadBalancerSetup } from '../contracts.ts'
import { Story } from '../explain/story.ts'
import { LbStats } from '../lb-stats.ts'
import { currentPanicThreshold } from '../priority/panic.ts'
import { PriorityChooser } from '../priority/priority-chooser.ts'
import { computePriorityLoads } from '../priority/priority-loads.ts'
import { tellPriorities } from '../priority/tell.ts'
import type { BoundedLoad } from './bounded-load.ts'
import type { HashSource } from './hash-source.ts'
import { buildAtOnce, type BuildTable, type HostTable } from './host-table.ts'
import { normaliseWeights } from './weights.ts'

export interface HashingConfig {
  readonly build: BuildTable
  readonly byLocality: boolean
  readonly bounded: BoundedLoad | undefined
  readonly source: HashSource
}

interface Level {
  readonly set: HostSet
  readonly panic: boolean
  readonly table: HostTable
}

/** Steps of building that are done at once, as far as time allows; an update that needs more goes on in slices. */
const STEPS_AT_ONCE = 40
/** Among more hosts nothing is built at once: whoever brought them has worked for some milliseconds already. */
const MANY_HOSTS = 2048
/** How long a slice may take before others get their turn. */
const SLICE_MS = 3

/**
 * What stands round a consistent hashing policy: a table for each priority level, of its healthy hosts (of all in
 * panic). The level is chosen by the hash too, so that a key keeps its level.
 */
export class HashingLoadBalancer implements LoadBalancer {
  readonly #policy: string
  readonly #setup: LoadBalancerSetup
  readonly #config: HashingConfig
  readonly #chooser = new PriorityChooser()
  readonly #stats: LbStats
  #levels: readonly Level[] = []
  #pending: Timer | undefined = undefined
  /** The hash of the pick that is being made: high and low word. */
  readonly #hash = new Uint32Array(2)

  constructor(policy: string, setup: LoadBalancerSetup, config: HashingConfig) {
    this.#policy = policy
    this.#setup = setup
    this.#config = config
    this.#stats = new LbStats(setup.stats)
  }

  update(priorities: PrioritySet): void {
    this.dispose()
    const steps = this.#build(priorities, false)
    const { time } = this.#setup
    const known = this.#levels.length > 0
    if (known && priorities.levels.some(({ hosts }) => hosts.length > MANY_HOSTS)) return this.#runSlice(steps)
    const until = time.monotonicMs() + SLICE_MS
    for (let i = 0; i < STEPS_AT_ONCE && time.monotonicMs() < until; i++) if (steps.next().done === true) return
    if (!known) buildAtOnce(this.#build(priorities, true))
    this.#runSlice(steps)
  }

  /** Ends a rebuild that is under way; the tables stay as they are. */
  dispose(): void {
    this.#pending?.cancel()
    this.#pending = undefined
  }

  chooseHost(context: LoadBalancerContext): Host | undefined {
    const hash = this.#hash
    if (!this.#config.source.hash(context, hash)) {
      hash[0] = this.#setup.random.uint32()
      hash[1] = this.#setup.random.uint32()
    }
    const choice = this.#chooseLevel(context, percentOf(hash))
    if (choice < 0) return undefined
    const level = this.#levels[choice >> 1]!
    if (level.panic) this.#stats.healthyPanic.inc()
    for (let attempt = 0; ; attempt++) {
      const host = this.#pick(level.table, hash, attempt)
      if (host === undefined || attempt >= context.hostSelectionRetries || !context.rejects(host)) return host
    }
  }

  explain(context: LoadBalancerContext): LoadBalancerExplanation {
    const story = new Story(this.#policy)
    const hash = new Uint32Array(2)
    const known = this.#config.source.hash(context, hash)
    const choice = tellPriorities(story, this.#chooser, context, known ? percentOf(hash) : undefined)
    const level = this.#levels[choice >> 1]
    if (choice < 0 || level === undefined) return story.finish()
    const { hosts, weights } = level.table.entries
    if (level.panic) story.step('too few hosts are healthy: panic, all hosts of the level are used')
    story.consider(hosts)
    for (const [i, host] of hosts.entries()) story.score(host, weights[i]!, { weight: weights[i]! })
    const usable = new Set(hosts)
    for (const host of level.set.hosts) if (!usable.has(host)) story.excludeForHealth(host)
    if (hosts.length === 0) story.choose(undefined, 'no healthy host in the chosen level')
    else if (!known) story.choose(undefined, 'no hash policy gave a hash: a random place of the table')
    else {
      story.step(`hash ${text(hash)}: ${level.table.placeOf(hash)}`)
      this.#explainPick(level.table, hash, story)
    }
    return story.finish()
  }

  #explainPick(table: HostTable, hash: Uint32Array, story: Story): void {
    const first = table.entries.hosts[table.lookUp(hash, 0)]
    const host = this.#pick(table, hash, 0)
    if (host !== first && first !== undefined)
      story.step(`${first.address} has more than its bounded share of active requests`)
    story.choose(host, host === first ? 'owns the place' : 'takes it instead')
  }

  #pick(table: HostTable, hash: Uint32Array, attempt: number): Host | undefined {
    const index = table.lookUp(hash, attempt)
    if (index < 0) return undefined
    const bounded = this.#config.bounded
    return table.entries.hosts[bounded === undefined ? index : bounded.choose(table, index, hash)]
  }

  #chooseLevel(context: LoadBalancerContext, percent: number): number {
    const tried = context.triedPriorities
    if (tried !== undefined && tried.length > 0) return this.#chooser.chooseAvoiding(percent, tried)
    return this.#chooser.choose(percent)
  }

  *#build(priorities: PrioritySet, rough: boolean): Generator<void, void> {
    const loads = computePriorityLoads(priorities.levels, currentPanicThreshold(this.#setup))
    const levels: Level[] = []
    for (const [i, set] of priorities.levels.entries()) {
      const panic = loads.panic[i]!
      const known = this.#levels[i]
      if (known !== undefined && known.set === set && known.panic === panic) {
        levels.push(known)
        continue
      }
      const entries = normaliseWeights(set, panic, this.#config.byLocality)
      this.#config.bounded?.prepare(entries.hosts.length)
      yield
      levels.push({ set, panic, table: yield* this.#config.build(entries, rough) })
    }
    this.#levels = levels
    this.#chooser.update(loads)
  }

  #runSlice(steps: Generator<void, void>): void {
    const { time } = this.#setup
    this.#pending = time.setTimer(0, () => {
      const until = time.monotonicMs() + SLICE_MS
      do {
        if (steps.next().done === true) {
          this.#pending = undefined
          return
        }
      } while (time.monotonicMs() < until)
      this.#runSlice(steps)
    })
  }
}

/** A 64-bit number modulo 100; 2^32 is 96 modulo 100. */
function percentOf(hash: Uint32Array): number {
  return ((hash[0]! % 100) * 96 + (hash[1]! % 100)) % 100
}

function text(hash: Uint32Array): string {
  return ((BigInt(hash[0]!) << 32n) | BigInt(hash[1]!)).toString()
}
