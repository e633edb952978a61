import type { Difference } from './differences.ts'

/** What a case leaves out of the comparison: regular expressions over whole places, each with its reason. */
export type Exceptions = Readonly<Record<string, string>>

/** Reads them; throws for one without a reason. */
export function readExceptions(given: unknown, place: string): Exceptions {
  const entries = Object.entries((given ?? {}) as Record<string, unknown>)
  for (const [at, reason] of entries) {
    if (typeof reason !== 'string' || reason.length < 10) throw new Error(`${place}: why is ${at} left out?`)
  }
  return Object.fromEntries(entries) as Exceptions
}

/** The differences that count. */
export function withoutExceptions(found: readonly Difference[], exceptions: Exceptions): readonly Difference[] {
  const patterns = Object.keys(exceptions).map((at) => new RegExp(`^(?:${at})$`))
  return found.filter(({ at }) => !patterns.some((pattern) => pattern.test(at)))
}
