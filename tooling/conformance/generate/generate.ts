import fc from 'fast-check'
import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import type { Explanation } from '../compare/explanations.ts'
import type { Verdict } from '../compare/verdict.ts'
import { inParallel } from '../play/in-parallel.ts'
import type { EnvoyBinary } from '../proxies/envoy.ts'
import { KINDS, pairsOf } from './kinds.ts'
import { documentOf, type Pair } from './pairs.ts'
import { player, type PlayPairs } from './player.ts'
import { placesOf, shrink } from './shrink.ts'

/** Pairs that one pair of proxies plays, and how many such batches are under way at once. */
const BATCH = 50
const WIDTH = 4
const FOUND = path.resolve(import.meta.dirname, '../cases/found')

export interface GenerateOptions {
  readonly count: number
  readonly seed: number
  /** Which kinds of pairs; all when left out. */
  readonly kinds?: RegExp | undefined
  /** How long one find may be made smaller. */
  readonly shrinkingMs: number
  readonly envoy: EnvoyBinary
  readonly explanations: readonly Explanation[]
  readonly say: (text: string) => void
}

/** A pair that two proxies did not agree on, and what was played before it. */
interface Find {
  readonly pair: Pair
  readonly before: readonly Pair[]
  readonly verdict: Verdict
}

/** Plays so many generated pairs; what differs is made smaller and written below cases/found. Answers how many differ. */
export async function generate(options: GenerateOptions): Promise<number> {
  const { say, seed, count, kinds, shrinkingMs } = options
  const drawn = fc.sample(pairsOf(kinds), { seed, numRuns: count })
  const play = player(options.envoy, options.explanations)
  const batches = Array.from({ length: Math.ceil(drawn.length / BATCH) }, (_, i) => drawn.slice(i * BATCH, (i + 1) * BATCH))
  const found = (await inParallel(batches, WIDTH, (batch) => playBatch(batch, play, say))).flat()
  summary(drawn, found, say)
  const differences = new Map(found.map((find) => [`${find.pair.kind}: ${placesOf(find.verdict).join(' ')}`, find]))
  let kept = 0
  for (const [name, find] of differences) {
    const smallest = await again(find, play, shrinkingMs)
    if (smallest === undefined) say(`did not come again: ${name}`)
    else keep(`seed-${seed}-${++kept}`, smallest, say)
  }
  return kept
} // prettier-ignore

async function playBatch(pairs: readonly Pair[], play: PlayPairs, say: GenerateOptions['say']): Promise<readonly Find[]> {
  const verdicts = await play(pairs)
  const found = verdicts.flatMap((verdict, i): Find[] => {
    const pair = pairs[i]!
    return verdict.open.length === 0 ? [] : [{ pair, before: pairs.slice(0, i), verdict }]
  })
  for (const { pair, verdict } of found) say(`${pair.kind}:\n${told(verdict)}`)
  return found
} // prettier-ignore

const told = ({ open }: Verdict): string =>
  open
    .slice(0, 4)
    .map(({ at, envoy, nuncio }) => `  ${at}: envoy ${JSON.stringify(envoy)}, nuncio ${JSON.stringify(nuncio)}`)
    .join('\n')

function summary(drawn: readonly Pair[], found: readonly Find[], say: GenerateOptions['say']): void {
  for (const kind of Object.keys(KINDS)) {
    const played = drawn.filter((each) => each.kind === kind).length
    const own = found.filter(({ pair }) => pair.kind === kind)
    const differences = new Set(own.map(({ verdict }) => placesOf(verdict).join(' ')))
    if (played > 0) say(`${kind}: ${played} pairs, ${own.length} differ in ${differences.size} ways`)
  }
}

/** The fewest and smallest pairs that still show a difference, the last of which does; undefined when it does not come again. */
async function again(
  { pair, before, verdict }: Find,
  play: PlayPairs,
  shrinkingMs: number,
): Promise<readonly Pair[] | undefined> {
  const places = placesOf(verdict)
  const comes = async (pairs: readonly Pair[]): Promise<boolean> => {
    const last = (await play(pairs)).at(-1)!
    return placesOf(last).some((place) => places.includes(place))
  }
  const until = performance.now() + shrinkingMs
  if (await comes([pair])) return [await shrink(pair, places, play, () => performance.now() > until)]
  return (await comes([...before, pair])) ? [...before, pair] : undefined
}

function keep(name: string, pairs: readonly Pair[], say: GenerateOptions['say']): void {
  mkdirSync(FOUND, { recursive: true })
  const file = path.join(FOUND, `${name}.yaml`)
  writeFileSync(file, documentOf(`found/${name}`, pairs).text)
  say(`kept ${path.relative(process.cwd(), file)}`)
}
