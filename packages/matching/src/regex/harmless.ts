import { CharSet } from './char-set.ts'
import type { Node } from './syntax.ts'

/** One step of a path through a pattern: characters of a set, so and so many times; or a place that `^` marks. */
interface Step {
  readonly set: CharSet
  readonly min: number
  readonly max: number
  readonly start: boolean
}

/** What the native engine may be trusted with. */
export interface Verdict {
  /** Matching a whole text takes time in proportion to its length. */
  readonly match: boolean
  /** So does finding all matches in a text. */
  readonly search: boolean
  /** Text that every whole match begins with. */
  readonly prefix: string
}

const NOTHING: Verdict = { match: false, search: false, prefix: '' }
const MAX_PATHS = 64
const MAX_STEPS = 300
/** How many steps a backtracking engine may take for each character of its input, in the worst case. */
const MAX_COST = 500

/**
 * Looks for proof that backtracking stays linear. The pattern is spread out into all its paths (alternatives, optional
 * parts); in each, an unbounded repeat must either end where nothing that follows could have begun, so that giving
 * characters back fails at once, or be followed by a bounded rest only. What cannot be spread out is not proven.
 */
export function judge(node: Node): Verdict {
  const paths = spread(node)
  if (paths === undefined) return NOTHING
  let match = 0
  let search = 0
  for (const path of paths) {
    const cost = costOf(path)
    match += cost
    search +=
      path[0]?.start === true ? cost : path.every((step) => step.max < Infinity) ? cost * lengthOf(path) : Infinity
  }
  return { match: match <= MAX_COST, search: search <= MAX_COST, prefix: commonPrefix(paths) }
}

function spread(node: Node): Step[][] | undefined {
  switch (node.kind) {
    case 'set':
      return [[{ set: node.set, min: 1, max: 1, start: false }]]
    case 'assert':
      return [[{ set: new CharSet(), min: 0, max: 0, start: node.text === '^' }]]
    case 'group':
      return spread(node.part)
    case 'choice':
      return joined(node.parts.map(spread))
    case 'sequence':
      return node.parts.map(spread).reduce<Step[][] | undefined>(product, [[]])
    case 'repeat':
      return repeated(node)
  }
}

function repeated(node: Node & { kind: 'repeat' }): Step[][] | undefined {
  const { part, min, max } = node
  if (part.kind === 'set') return [[{ set: part.set, min, max, start: false }]]
  const once = spread(part)
  if (min === 0 && max === 1) return joined([once, [[]]])
  // Captures inside a repeat are not set alike by all engines, and what varies inside it multiplies.
  if (max === Infinity || hasCapture(part) || once?.length !== 1 || once[0]!.some((step) => step.min !== step.max))
    return undefined
  const out: Step[][] = []
  for (let times = min; times <= max && out.length <= MAX_PATHS; times++) {
    const path: Step[] = []
    for (let i = 0; i < times && path.length <= MAX_STEPS; i++) path.push(...once[0]!)
    out.push(path)
  }
  return joined([out])
}

function hasCapture(node: Node): boolean {
  if (node.kind === 'group') return node.captures || hasCapture(node.part)
  if (node.kind === 'repeat') return hasCapture(node.part)
  return (node.kind === 'sequence' || node.kind === 'choice') && node.parts.some(hasCapture)
}

function joined(all: readonly (Step[][] | undefined)[]): Step[][] | undefined {
  const out: Step[][] = []
  for (const paths of all) {
    if (paths === undefined) return undefined
    out.push(...paths)
  }
  return out.length > MAX_PATHS || out.some((path) => path.length > MAX_STEPS) ? undefined : out
}

function product(left: Step[][] | undefined, right: Step[][] | undefined): Step[][] | undefined {
  if (left === undefined || right === undefined || left.length * right.length > MAX_PATHS) return undefined
  return joined([left.flatMap((head) => right.map((tail) => [...head, ...tail]))])
}

/** Steps for each character of the input; Infinity when there is no proof. Walks from the end. */
function costOf(path: readonly Step[]): number {
  let next = new CharSet()
  let choices = 1
  let rest = 0
  let unbounded = false
  for (const step of path.toReversed()) {
    if (step.max === Infinity) {
      if (step.set.intersects(next)) {
        if (unbounded) return Infinity
        choices *= rest + 1
      }
      unbounded = true
    } else {
      choices *= step.max - step.min + 1
      rest += step.max
    }
    if (choices > MAX_COST) return Infinity
    if (step.min > 0) next = step.set
    else next = new CharSet().addAll(next).addAll(step.set)
  }
  return choices
}

function lengthOf(path: readonly Step[]): number {
  return path.reduce((sum, step) => sum + step.max, 1)
}

function commonPrefix(paths: readonly Step[][]): string {
  let common: string | undefined
  for (const path of paths) {
    let text = ''
    for (const step of path) {
      const c = step.set.single
      if (step.min === 0 && step.max === 0) continue
      if (c < 0 || step.min !== 1 || step.max !== 1) break
      text += String.fromCharCode(c)
    }
    common ??= text
    let same = 0
    while (same < common.length && common[same] === text[same]) same++
    common = common.slice(0, same)
  }
  return common ?? ''
}
