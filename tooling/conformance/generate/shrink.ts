import type { Verdict } from '../compare/verdict.ts'
import type { Pair } from './pairs.ts'
import type { PlayPairs } from './player.ts'
import { type Part, partsOf, withoutParts } from './smaller.ts'

/** Where two proxies differ: what differs in the same places is most likely the same difference. */
export function placesOf({ open }: Verdict): readonly string[] {
  return [...new Set(open.map((each) => each.at))]
}

/**
 * Takes away whatever a difference does not need. Each round plays the pair without each of its parts, then without as many of
 * those that were not needed as can go together. Stops when nothing more can go, or once `hurry` says so.
 */
export async function shrink(
  pair: Pair,
  places: readonly string[],
  play: PlayPairs,
  hurry: () => boolean,
): Promise<Pair> {
  if (hurry()) return pair
  const differs = (verdict: Verdict): boolean => placesOf(verdict).some((place) => places.includes(place))
  const parts = partsOf(pair)
  const alone = await play(parts.map((part) => withoutParts(pair, [part])))
  const idle = parts.filter((_, i) => differs(alone[i]!))
  if (idle.length === 0) return pair
  const together = longestFirst(idle).map((some) => withoutParts(pair, some))
  const verdicts = await play(together)
  const best = verdicts.findIndex((verdict) => differs(verdict))
  return await shrink(best < 0 ? withoutParts(pair, idle.slice(0, 1)) : together[best]!, places, play, hurry)
}

/** All of them, then without the last, and so on. */
function longestFirst(parts: readonly Part[]): readonly (readonly Part[])[] {
  return parts.map((_, i) => parts.slice(0, parts.length - i))
}
