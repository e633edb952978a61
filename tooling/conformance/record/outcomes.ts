import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import type { Outcome, Verdict } from '../compare/verdict.ts'

/** How cases came out, by document and case; those that are the same are left out. */
export type Outcomes = Readonly<Record<string, Readonly<Record<string, StoredOutcome>>>>

export interface StoredOutcome {
  readonly outcome: Outcome
  readonly explained: readonly string[]
}

const FILE = path.resolve(import.meta.dirname, '../outcomes.json')

export function readOutcomes(): Outcomes {
  return existsSync(FILE) ? (JSON.parse(readFileSync(FILE, 'utf8')) as Outcomes) : {}
}

/** What the page says of the verdicts of one document. */
export function storedOutcomes(verdicts: readonly Verdict[]): Readonly<Record<string, StoredOutcome>> {
  const others = verdicts.filter(({ outcome }) => outcome !== 'same')
  return Object.fromEntries(others.map(({ name, outcome, explained }) => [name, { outcome, explained }]))
}

/** Puts the verdicts of some documents into the file; `known` are all documents that there are. */
export function writeOutcomes(fresh: Outcomes, known: ReadonlySet<string>): void {
  const merged = { ...readOutcomes(), ...fresh }
  const kept = Object.entries(merged).filter(([id, cases]) => known.has(id) && Object.keys(cases).length > 0)
  const sorted = Object.fromEntries(kept.toSorted(([a], [b]) => (a < b ? -1 : 1)))
  writeFileSync(FILE, `${JSON.stringify(sorted, undefined, 1)}\n`)
}
