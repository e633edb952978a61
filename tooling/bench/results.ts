/** One measured stretch of load on one contender. */
export interface Slice {
  /** Slices of the same round ran one after the other, so their difference is fairer than that of the medians. */
  readonly round: number
  readonly requests: number
  readonly seconds: number
  readonly errors: number
  /** CPU of the proxy process, all threads and children, microseconds per request. */
  readonly cpuPerRequest: number
  /** The part of it spent in user space, 0 to 1. */
  readonly userShare: number
  readonly requestsPerSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly rssMiB: number
  /** The part of the proxy's core that others used meanwhile, 0 to 1. */
  readonly foreign: number
}

export interface Spread {
  readonly median: number
  readonly min: number
  readonly max: number
}

export interface ContenderResult {
  /** `nuncio`, or `nuncio (10 filters)` where a scenario compares variants. */
  readonly name: string
  readonly peer: string
  readonly variant: string
  readonly version: string
  /** What it does not do of the equal work, and other things to know. */
  readonly notes: readonly string[]
  /** All slices, also the noisy ones that the summary leaves out. */
  readonly slices: readonly Slice[]
  readonly summary?: Summary
  /** Scenario of idle connections: KiB of RSS each. */
  readonly idleKiB?: number
  /** Scenario of growth: RSS in MiB before and after, and the requests between. */
  readonly growth?: { readonly beforeMiB: number; readonly afterMiB: number; readonly requests: number }
}

export interface Summary {
  readonly clean: number
  readonly cpu: Spread
  readonly userShare: number
  readonly requestsPerSecond: Spread
  readonly p50Ms: Spread
  readonly p99Ms: Spread
  readonly rssMiB: number
  readonly errors: number
}

export interface ScenarioResult {
  readonly scenario: string
  readonly title: string
  readonly about: string
  readonly date: string
  readonly machine: readonly string[]
  readonly settings: readonly string[]
  readonly skipped: readonly string[]
  readonly contenders: readonly ContenderResult[]
}

/** A slice in which others used more of the core than this is left out of the medians. */
const NOISY = 0.08

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  const upper = sorted[middle] ?? Number.NaN
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2
}

function spread(values: readonly number[]): Spread {
  return { median: median(values), min: Math.min(...values), max: Math.max(...values) }
}

export const isClean = (slice: Slice): boolean => slice.foreign < NOISY

/** Rounds in which both must be clean before their ratios are trusted more than the medians. */
const ENOUGH_PAIRS = 3

/** How much more CPU the first needs than the second: the median of the ratios of rounds that both ran undisturbed. */
export function cpuRatio(above: ContenderResult | undefined, below: ContenderResult | undefined): number | undefined {
  if (!above?.summary || !below?.summary) return undefined
  const other = new Map(below.slices.filter(isClean).map((slice) => [slice.round, slice.cpuPerRequest]))
  const ratios = above.slices.filter(isClean).flatMap(({ round, cpuPerRequest }) => {
    const pair = other.get(round)
    return pair === undefined ? [] : [cpuPerRequest / pair]
  })
  return ratios.length >= ENOUGH_PAIRS ? median(ratios) : above.summary.cpu.median / below.summary.cpu.median
}

/** Medians over the clean slices; over all of them, with `clean: 0`, where none is clean. */
export function summarise(slices: readonly Slice[]): Summary | undefined {
  if (slices.length === 0) return undefined
  const clean = slices.filter(isClean)
  const used = clean.length > 0 ? clean : slices
  const of = (pick: (slice: Slice) => number): Spread => spread(used.map(pick))
  return {
    clean: clean.length,
    cpu: of((slice) => slice.cpuPerRequest),
    userShare: of((slice) => slice.userShare).median,
    requestsPerSecond: of((slice) => slice.requestsPerSecond),
    p50Ms: of((slice) => slice.p50Ms),
    p99Ms: of((slice) => slice.p99Ms),
    rssMiB: of((slice) => slice.rssMiB).median,
    errors: slices.reduce((sum, slice) => sum + slice.errors, 0),
  }
}
