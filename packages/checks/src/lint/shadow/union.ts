import type { Budget, Candidate } from './coverers.ts'
import { ALWAYS, type Literal, literalsOf } from './literals.ts'
import { implies } from './requirements.ts'

/** A route that is left over under what is assumed: the answers that it still asks for. */
interface Clause {
  readonly candidate: Candidate
  readonly literals: readonly Literal[]
}

/** What is assumed about a request: the answer to each question that was asked. */
type Facts = ReadonlyMap<string, boolean>

/**
 * The routes that together take every request that meets what `later` asks besides the path; undefined when there is a
 * request that none of them surely takes. The paths of `earlier` take all of the path of `later`.
 */
export function coverTogether(
  later: Candidate,
  earlier: readonly Candidate[],
  budget: Budget,
): ReadonlySet<Candidate> | undefined {
  let facts: Facts = new Map(ALWAYS.map((atom) => [atom, true]))
  for (const one of later.requirements.flatMap(literalsOf)) facts = assuming(facts, one, one.holds)
  const clauses = earlier.map((candidate) => ({
    candidate,
    literals: candidate.requirements
      .filter((wanted) => !later.requirements.some((given) => implies(given, wanted)))
      .flatMap(literalsOf),
  }))
  const used = new Set<Candidate>()
  return isCovered(clauses, facts, budget, used) ? used : undefined
}

/** Whether every request with these facts is taken: by one route, or by some in either case of an open question. */
function isCovered(all: readonly Clause[], facts: Facts, budget: Budget, used: Set<Candidate>): boolean {
  if (!budget.spend()) return false
  const clauses: Clause[] = []
  for (const { candidate, literals } of all) {
    if (literals.some((one) => answerOf(facts, one) === !one.holds)) continue
    const open = literals.filter((one) => answerOf(facts, one) === undefined)
    if (open.length === 0) {
      used.add(candidate)
      return true
    }
    clauses.push({ candidate, literals: open })
  }
  const question = shortest(clauses)?.literals[0]
  return (
    question !== undefined &&
    [true, false].every((answer) => isCovered(clauses, assuming(facts, question, answer), budget, used))
  )
}

function shortest(clauses: readonly Clause[]): Clause | undefined {
  return clauses.reduce<Clause | undefined>(
    (best, each) => (best === undefined || each.literals.length < best.literals.length ? each : best),
    undefined,
  )
}

/** What the facts say to a question; what is not there passes no test. */
function answerOf(facts: Facts, { atom, presence }: Literal): boolean | undefined {
  return facts.get(atom) ?? (presence !== undefined && facts.get(presence) === false ? false : undefined)
}

/** The facts with one more answer; what passes a test is there. */
function assuming(facts: Facts, { atom, presence }: Literal, answer: boolean): Facts {
  const more = new Map(facts).set(atom, answer)
  return answer && presence !== undefined ? more.set(presence, true) : more
}
