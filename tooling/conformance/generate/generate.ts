import fc from 'fast-check'
import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import type { Explanation } from '../compare/explanations.ts'
import { judgeDocument } from '../compare/judge-document.ts'
import type { Verdict } from '../compare/verdict.ts'
import { envoyPlays } from '../play/envoy-plays.ts'
import { nuncioPlays } from '../play/nuncio-plays.ts'
import { isTree } from '../model/trees.ts'
import type { EnvoyBinary } from '../proxies/envoy.ts'
import { cluster } from './clusters.ts'
import { listener } from './listeners.ts'
import { documentOf, type Pair } from './pairs.ts'
import { replies, request } from './requests.ts'
import { virtualHost } from './routes.ts'
import { smaller } from './smaller.ts'

/** Requests to each virtual host, and pairs that one pair of proxies plays. */
const REQUESTS = 4
const BATCH = 100
const FOUND = path.resolve(import.meta.dirname, '../cases/found')

export interface GenerateOptions {
  readonly count: number
  readonly seed: number
  readonly envoy: EnvoyBinary
  readonly explanations: readonly Explanation[]
  readonly say: (text: string) => void
}

/** Plays so many generated pairs; what differs is made smaller and written below cases/found. Answers how many differ. */
export async function generate({ count, seed, envoy, explanations, say }: GenerateOptions): Promise<number> {
  const requests = fc.array(fc.record({ request, replies }), { minLength: REQUESTS, maxLength: REQUESTS })
  const wanted = fc.record({ host: virtualHost, requests, listener, clusters: fc.record({ x: cluster, y: cluster }) })
  const sampled = fc.sample(wanted, { seed, numRuns: Math.ceil(count / REQUESTS) })
  const pairs = sampled
    .flatMap(({ requests: asked, ...world }) => asked.map((each) => ({ ...world, ...each })))
    .slice(0, count)
  const play = async (some: readonly Pair[]): Promise<readonly Verdict[]> => {
    const { document } = documentOf('generated/batch', some)
    const theirs = Object.fromEntries(await envoyPlays(document, envoy))
    const ours = await nuncioPlays(document, theirs)
    const refused = [...ours.values()].find((each) => isTree(each) && 'refused' in each)
    if (refused !== undefined) throw new Error(`nuncio refuses what was generated: ${JSON.stringify(refused)}`)
    return judgeDocument(document, theirs, ours, explanations)
  }
  const found = new Map<string, Pair>()
  for (let at = 0; at < pairs.length; at += BATCH) {
    const batch = pairs.slice(at, at + BATCH)
    const verdicts = await play(batch)
    verdicts.forEach(({ open }, i) => {
      // What differs in the same places is most likely the same difference.
      const kind = [...new Set(open.map((each) => each.at))].join(' ')
      if (open.length === 0 || found.has(kind)) return
      found.set(kind, batch[i]!)
      for (const { at: place, envoy: their, nuncio: our } of open.slice(0, 3))
        say(`  ${place}: envoy ${JSON.stringify(their)}, nuncio ${JSON.stringify(our)}`)
    })
    const differing = verdicts.filter(({ open }) => open.length > 0).length
    say(`${Math.min(at + BATCH, pairs.length)} of ${pairs.length} pairs: ${differing} of ${batch.length} differ`)
  }
  for (const [i, pair] of [...found.values()].entries()) {
    keep(`seed-${seed}-${i + 1}`, await shrink(pair, play), say)
  }
  return found.size
}

/** Takes away whatever the difference does not need, one step after the other; a round is one pair of proxies. */
async function shrink(pair: Pair, play: (pairs: readonly Pair[]) => Promise<readonly Verdict[]>): Promise<Pair> {
  const candidates = smaller(pair)
  if (candidates.length === 0) return pair
  const verdicts = await playable(candidates, play)
  const next = verdicts.findIndex((verdict) => verdict !== undefined && verdict.open.length > 0)
  return next < 0 ? pair : await shrink(candidates[next]!, play)
}

/** Plays what a proxy takes: something that none takes is no smaller pair. */
async function playable(
  pairs: readonly Pair[],
  play: (pairs: readonly Pair[]) => Promise<readonly (Verdict | undefined)[]>,
): Promise<readonly (Verdict | undefined)[]> {
  try {
    return await play(pairs)
  } catch {
    if (pairs.length === 1) return [undefined]
    const half = Math.ceil(pairs.length / 2)
    return [...(await playable(pairs.slice(0, half), play)), ...(await playable(pairs.slice(half), play))]
  }
}

function keep(name: string, pair: Pair, say: (text: string) => void): void {
  mkdirSync(FOUND, { recursive: true })
  const file = path.join(FOUND, `${name}.yaml`)
  writeFileSync(file, documentOf(`found/${name}`, [pair]).text)
  say(`kept ${path.relative(process.cwd(), file)}`)
}
