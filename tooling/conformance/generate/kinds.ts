import fc from 'fast-check'
import { cluster } from './clusters.ts'
import { listener } from './listeners.ts'
import type { Pair } from './pairs.ts'
import { replies, request } from './requests.ts'
import { virtualHost } from './routes.ts'

interface Kind {
  /** How often it is drawn. */
  readonly weight: number
  readonly pair: fc.Arbitrary<Omit<Pair, 'kind'>>
}

const clusters = fc.record({ x: cluster, y: cluster })

/** What is generated, by what it is about. */
export const KINDS: Readonly<Record<string, Kind>> = {
  routes: { weight: 8, pair: fc.record({ host: virtualHost, request, replies, listener, clusters }) },
}

/** Pairs of the kinds whose names match; all without a pattern. */
export function pairsOf(pattern = /./): fc.Arbitrary<Pair> {
  const chosen = Object.entries(KINDS).filter(([kind]) => pattern.test(kind))
  return fc.oneof(
    ...chosen.map(([kind, { weight, pair }]) => ({ weight, arbitrary: pair.map((each) => ({ kind, ...each })) })),
  )
}
