import type { Explanation } from '../compare/explanations.ts'
import { judgeDocument } from '../compare/judge-document.ts'
import type { Verdict } from '../compare/verdict.ts'
import type { Document } from '../model/document.ts'
import { isTree } from '../model/trees.ts'
import { envoyPlays } from '../play/envoy-plays.ts'
import { nuncioPlays } from '../play/nuncio-plays.ts'
import { type EnvoyBinary, NotStarted } from '../proxies/envoy.ts'
import { documentOf, type Pair } from './pairs.ts'

/** Plays some pairs with both proxies. */
export type PlayPairs = (pairs: readonly Pair[]) => Promise<readonly Verdict[]>

type Observations = Readonly<Record<string, unknown>>

/**
 * Plays pairs that share a pair of proxies. A configuration that a proxy refuses is found by halves; a pair that both refuse is
 * one that they agree on.
 */
export function player(envoy: EnvoyBinary, explanations: readonly Explanation[]): PlayPairs {
  const play = async (pairs: readonly Pair[]): Promise<readonly Verdict[]> => {
    if (pairs.length === 0) return []
    const document = documentIfReadable(pairs)
    if (document === undefined) return pairs.length === 1 ? [NO_PAIR] : await halves(pairs)
    const theirs = await byEnvoy(document, envoy)
    const ours = await nuncioPlays(document, theirs)
    const [envoyRefused, nuncioRefused] = [refusal(Object.values(theirs)), refusal(ours.values())]
    if (envoyRefused === undefined && nuncioRefused === undefined)
      return judgeDocument(document, theirs, ours, explanations)
    if (pairs.length === 1) return [refusedBy(document, envoyRefused, nuncioRefused)]
    return await halves(pairs)
  }
  const halves = async (pairs: readonly Pair[]): Promise<readonly Verdict[]> => {
    const half = Math.ceil(pairs.length / 2)
    return [...(await play(pairs.slice(0, half))), ...(await play(pairs.slice(half)))]
  }
  return play
}

/** Of what shrinking left without meaning. */
const NO_PAIR: Verdict = { document: 'generated/batch', name: '', outcome: 'same', explained: [], open: [] }

function documentIfReadable(pairs: readonly Pair[]): Document | undefined {
  try {
    return documentOf('generated/batch', pairs).document
  } catch {
    return undefined
  }
}

function refusal(observations: Iterable<unknown>): unknown {
  return [...observations]
    .map((each) => (isTree(each) ? each['refused'] : undefined))
    .find((each) => each !== undefined)
}

function refusedBy({ id, cases: [only] }: Document, envoy: unknown, nuncio: unknown): Verdict {
  const agreed = envoy !== undefined && nuncio !== undefined
  const open = agreed ? [] : [{ at: 'refused', envoy, nuncio }]
  return { document: id, name: only!.name, outcome: agreed ? 'same' : 'bug', explained: [], open }
}

async function byEnvoy(document: Document, envoy: EnvoyBinary): Promise<Observations> {
  try {
    return Object.fromEntries(await envoyPlays(document, envoy))
  } catch (error) {
    if (!(error instanceof NotStarted)) throw error
    return Object.fromEntries(document.cases.map(({ name }) => [name, { refused: error.message }]))
  }
}
