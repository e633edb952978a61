import type { StatsStore } from './stats.ts'

/**
 * Forgets statistics whose names begin with a prefix of `gone`. Of several prefixes of a name the longest counts: what is
 * `kept` below one that is gone stays, and the other way round.
 */
export function forgetBelow(stats: StatsStore, gone: Iterable<string>, kept: Iterable<string>): void {
  const prefixes = new Map([
    ...[...gone].map((each) => [each, true] as const),
    ...[...kept].map((each) => [each, false] as const),
  ])
  stats.forget((name) => {
    for (let dot = name.lastIndexOf('.'); dot > 0; dot = name.lastIndexOf('.', dot - 1)) {
      const isGone = prefixes.get(name.slice(0, dot + 1))
      if (isGone !== undefined) return isGone
    }
    return false
  })
}
