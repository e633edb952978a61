import type { Candidate } from './coverers.ts'
import { literalsOf } from './literals.ts'

/** Picks out the routes that ask for something of which another one asks for the opposite. */
export class Opposites {
  readonly #asking = new Map<string, { readonly holds: Candidate[]; readonly fails: Candidate[] }>()
  readonly #candidates = new Set<Candidate>()

  add(candidate: Candidate): void {
    for (const { atom, holds } of candidate.requirements.flatMap(literalsOf)) {
      let asking = this.#asking.get(atom)
      if (asking === undefined) this.#asking.set(atom, (asking = { holds: [], fails: [] }))
      const same = holds ? asking.holds : asking.fails
      const other = holds ? asking.fails : asking.holds
      same.push(candidate)
      if (other.length === 0) continue
      this.#candidates.add(candidate)
      // The first of its side makes the other side opposites too.
      if (same.length === 1) for (const each of other) this.#candidates.add(each)
    }
  }

  get candidates(): ReadonlySet<Candidate> {
    return this.#candidates
  }
}
