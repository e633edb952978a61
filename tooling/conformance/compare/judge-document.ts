import type { Document } from '../model/document.ts'
import { isTree } from '../model/trees.ts'
import type { Explanation } from './explanations.ts'
import { judge, type Verdict } from './verdict.ts'

/** Judges every case of a document. */
export function judgeDocument(
  document: Document,
  envoy: Readonly<Record<string, unknown>>,
  nuncio: ReadonlyMap<string, unknown>,
  explanations: readonly Explanation[],
): readonly Verdict[] {
  return document.cases.map(({ name, compare }) => {
    const where = { document: document.id, name, except: compare.except }
    const [theirs, ours] = [envoy[name], nuncio.get(name)]
    if (isTree(ours) && ours['unsupported'] === true) {
      const agreed = isTree(theirs) && theirs['refused'] === true
      return { document: document.id, name, outcome: agreed ? 'same' : 'unsupported', explained: [], open: [] }
    }
    return judge(where, theirs, ours, explanations)
  })
}
