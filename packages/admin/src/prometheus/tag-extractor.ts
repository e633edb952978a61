import type { TaggedName } from '../view/stats-view.ts'
import { SUFFIX_TAGS, type TagRule, TREE_TAGS } from './default-tags.ts'

/** A part of a name that goes out, with the value in it. */
export interface Cut {
  readonly from: number
  readonly to: number
  readonly value: string
}

/** Finds one tag in a name; `segments` are its parts between the dots. */
export type Extractor = (name: string, segments: readonly string[]) => Cut | undefined

export interface TagExtractor {
  readonly tag: string
  readonly extract: Extractor
}

/** The default tags in the order of printing; custom ones of either kind go behind their group. */
export function defaultExtractors(): { readonly suffix: TagExtractor[]; readonly tree: TagExtractor[] } {
  return { suffix: SUFFIX_TAGS.map(compileRule), tree: TREE_TAGS.map(compileRule) }
}

function compileRule(rule: TagRule): TagExtractor {
  const except = rule.except ?? []
  const extract = 'cut' in rule ? byPattern(rule.cut) : byPath(rule.path.split('.'))
  if (except.length === 0) return { tag: rule.tag, extract }
  return {
    tag: rule.tag,
    extract(name, segments) {
      const cut = extract(name, segments)
      return cut !== undefined && except.includes(cut.value) ? undefined : cut
    },
  }
}

/** The first group goes out; the second is the value, or the first where there is no second. */
export function byPattern(pattern: RegExp): Extractor {
  const withIndices = new RegExp(pattern.source, pattern.flags.includes('d') ? pattern.flags : `${pattern.flags}d`)
  return (name) => {
    const match = withIndices.exec(name)
    const out = match?.indices?.[1]
    if (match === null || out === undefined) return undefined
    return { from: out[0], to: out[1], value: match[2] ?? match[1] ?? '' }
  }
}

function byPath(path: readonly string[]): Extractor {
  const at = path.indexOf('$')
  const open = path.at(-1) === '**'
  const fixed = open ? path.slice(0, -1) : path
  return (name, segments) => {
    if (open ? segments.length <= fixed.length : segments.length !== fixed.length) return undefined
    for (let i = 0; i < fixed.length; i++) {
      const want = fixed[i]!
      if (want !== '*' && want !== '$' && want !== segments[i]) return undefined
    }
    let from = 0
    for (let i = 0; i < at; i++) from += segments[i]!.length + 1
    const to = from + segments[at]!.length
    // The dot behind goes too, or the one before where the value ends the name.
    const value = segments[at]!
    return to < name.length ? { from, to: to + 1, value } : { from: from - 1, to, value }
  }
}

/** Takes all tags out of names. Each extractor sees the whole name; a tag counts once. Answers are kept. */
export class TagProducer {
  readonly #extractors: readonly TagExtractor[]
  readonly #fixed: readonly (readonly [string, string])[]
  readonly #fixedAt: number
  readonly #known = new Map<string, TaggedName>()

  /** `fixed` tags stand on every stat, behind the first `fixedAt` extractors. */
  constructor(extractors: readonly TagExtractor[], fixed: readonly (readonly [string, string])[] = [], fixedAt = 0) {
    this.#extractors = extractors
    this.#fixed = fixed
    this.#fixedAt = fixedAt
  }

  tagged(name: string): TaggedName {
    let found = this.#known.get(name)
    if (found === undefined) this.#known.set(name, (found = this.#extract(name)))
    return found
  }

  #extract(name: string): TaggedName {
    const segments = name.split('.')
    const tags = new Map<string, string>()
    const cuts: Cut[] = []
    this.#extractors.forEach(({ tag, extract }, i) => {
      if (i === this.#fixedAt) for (const [key, value] of this.#fixed) tags.set(key, value)
      if (tags.has(tag)) return
      const cut = extract(name, segments)
      if (cut === undefined || cut.value === '') return
      tags.set(tag, cut.value)
      cuts.push(cut)
    })
    if (this.#fixedAt >= this.#extractors.length) for (const [key, value] of this.#fixed) tags.set(key, value)
    return { name: withoutCuts(name, cuts), tags: [...tags] }
  }
}

function withoutCuts(name: string, cuts: readonly Cut[]): string {
  let rest = ''
  let at = 0
  for (const { from, to } of cuts.toSorted((a, b) => a.from - b.from || a.to - b.to)) {
    if (from > at) rest += name.slice(at, from)
    at = Math.max(at, to)
  }
  return rest + name.slice(at)
}
