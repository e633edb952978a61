import { isTree } from '../model/trees.ts'
import { type Difference, differences } from './differences.ts'
import { type Exceptions, withoutExceptions } from './exceptions.ts'
import { type Explanation, explanationOf } from './explanations.ts'

export type Outcome = 'same' | 'better' | 'bug' | 'unsupported'

export interface Verdict {
  readonly document: string
  readonly name: string
  readonly outcome: Outcome
  /** Ids of the explanations that apply. */
  readonly explained: readonly string[]
  /** What nothing explains. */
  readonly open: readonly Difference[]
}

/** Judges a case by what both proxies made of it. */
export function judge(
  where: { readonly document: string; readonly name: string; readonly except: Exceptions },
  envoy: unknown,
  nuncio: unknown,
  explanations: readonly Explanation[],
): Verdict {
  const { document, name, except } = where
  const found = withoutExceptions(differences(envoy, nuncio), except)
  const asked = {
    where: `${document}: ${name}`,
    details: detailsOf(envoy).find((each) => each !== '') ?? '',
    nuncioDetails: detailsOf(nuncio),
  }
  const pairs = found.map((each) => [each, explanationOf(each, asked, explanations)] as const)
  const open = pairs.filter(([, explanation]) => explanation === undefined).map(([each]) => each)
  const used = [...new Set(pairs.flatMap(([, explanation]) => (explanation === undefined ? [] : [explanation])))]
  const bug = open.length > 0 || used.some(({ outcome }) => outcome === 'bug')
  const outcome = bug ? 'bug' : used.length > 0 ? 'better' : 'same'
  return { document, name, outcome, explained: used.map(({ id }) => id), open }
}

/** Why each line that was logged ended as it did: response code details, or those of a connection. */
function detailsOf(observed: unknown): readonly string[] {
  const log = isTree(observed) && Array.isArray(observed['log']) ? (observed['log'] as unknown[]) : []
  return log.map((line) => {
    const details = isTree(line) ? (line['details'] ?? line['termination']) : undefined
    return typeof details === 'string' ? details : ''
  })
}
