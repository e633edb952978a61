import { Session } from 'node:inspector/promises'
import { type RandomGenerator, SeededRandom } from '@nuncio/core'

/** One kind of input. Inputs are bytes as Latin-1 text. */
export interface FuzzTarget {
  /** What changes start from. */
  readonly seeds: readonly string[]
  /** What is put in whole. */
  readonly words: readonly string[]
  /** Throws when the input breaks a promise. `pick` answers a number below its argument. */
  run(bytes: string, pick: (n: number) => number): void
}

export interface FuzzResult {
  readonly runs: number
  readonly places: number
  /** Inputs of each target that ran code which none did before. */
  readonly found: Readonly<Record<string, string[]>>
}

const MAX_INPUT = 4000

/** Notes which code below a folder of the sources has run. */
class Coverage {
  readonly #session = new Session()
  readonly #folder: string
  readonly seen = new Set<string>()

  constructor(folder: string) {
    this.#folder = folder
  }

  async start(): Promise<void> {
    this.#session.connect()
    await this.#session.post('Profiler.enable')
    await this.#session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true })
  }

  /** Whether code ran that had never run before. */
  async grew(): Promise<boolean> {
    const { result } = await this.#session.post('Profiler.takePreciseCoverage')
    const before = this.seen.size
    for (const script of result) {
      if (!script.url.includes(this.#folder) || script.url.endsWith('.fuzz.ts')) continue
      for (const fn of script.functions) {
        for (const { startOffset, endOffset, count } of fn.ranges) {
          // Counts in powers of two: a loop that runs ten times is another place than one that runs once.
          if (count > 0)
            this.seen.add(`${script.scriptId}:${startOffset}-${endOffset}:${Math.min(4, Math.floor(Math.log2(count)))}`)
        }
      }
    }
    return this.seen.size > before
  }

  stop(): void {
    this.#session.disconnect()
  }
}

/**
 * Changes inputs at random for some seconds, and goes on from those that ran code below `folder` (such as `/http1/`) which
 * none did before. Ends with an error that holds the input at the first that breaks a promise.
 */
export async function fuzzByCoverage(
  folder: string,
  targets: Readonly<Record<string, FuzzTarget>>,
  { seconds, seed }: { readonly seconds: number; readonly seed: number },
): Promise<FuzzResult> {
  const random = new SeededRandom(seed)
  const pick = (n: number): number => random.uint32() % n
  const names = Object.keys(targets)
  const kept = Object.fromEntries(names.map((name) => [name, [...targets[name]!.seeds]]))
  const found: Record<string, string[]> = Object.fromEntries(names.map((name) => [name, []]))
  const coverage = new Coverage(folder)
  await coverage.start()
  for (const name of names) for (const bytes of targets[name]!.seeds) targets[name]!.run(bytes, () => 1)
  await coverage.grew()
  const until = performance.now() + seconds * 1000
  let runs = 0
  for (; performance.now() < until; runs++) {
    const name = names[pick(names.length)]!
    const list = kept[name]!
    const bytes = mutate(random, list[pick(list.length)]!, list[pick(list.length)]!, targets[name]!.words)
    try {
      targets[name]!.run(bytes, pick)
    } catch (error) {
      throw new Error(`${name}: ${JSON.stringify(bytes)}`, { cause: error })
    }
    // Coverage belongs to the input before it.
    if (!(await coverage.grew())) continue
    list.push(bytes)
    found[name]!.push(bytes)
  }
  coverage.stop()
  return { runs, places: coverage.seen.size, found }
}

function mutate(random: RandomGenerator, from: string, other: string, words: readonly string[]): string {
  const pick = (n: number): number => random.uint32() % n
  let out = from
  for (let n = 1 + pick(4); n > 0; n--) {
    const at = pick(out.length + 1)
    const kind = pick(5)
    if (kind === 0) out = out.slice(0, at) + out.slice(at + 1 + pick(8))
    else if (kind === 1) out = out.slice(0, at) + String.fromCharCode(pick(256)) + out.slice(at + 1)
    else if (kind === 2) out = out.slice(0, at) + out.slice(Math.max(0, at - pick(40)), at) + out.slice(at)
    else if (kind === 3) out = out.slice(0, at) + other.slice(pick(other.length + 1))
    else out = out.slice(0, at) + words[pick(words.length)]! + out.slice(at)
  }
  return out.slice(0, MAX_INPUT)
}
