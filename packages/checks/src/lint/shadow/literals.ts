import type { Message } from '@nuncio/config'
import type { Requirement } from './requirements.ts'

/** Something about a request that is so or not: a header is there, one of its values passes a test. */
export interface Literal {
  /** The same text for the same question. */
  readonly atom: string
  /** The answer that a route asks for. */
  readonly holds: boolean
  /** What is true whenever this holds: that the header, or the parameter, is there at all. */
  readonly presence: string | undefined
}

/** What is so for every request that routes are asked about. */
export const ALWAYS: readonly string[] = [':method', ':path', ':authority', ':scheme'].map((name) => presenceOf(name))

function presenceOf(header: string): string {
  return `header ${header}`
}

/** A requirement as answers that all have to hold; what is not understood is one question of its own. */
export function literalsOf(requirement: Requirement): readonly Literal[] {
  const { kind, key, node, header } = requirement
  if (header !== undefined) return headerLiterals(header, key)
  if (kind === 'query') return [queryLiteral(node)]
  if (kind === 'cookie' || kind === 'metadata') return [invertible(kind, node)]
  if (kind === 'tls') return [literal(key.replace(/ (?:true|false)$/, ''), key.endsWith(' true'))]
  return [literal(key, true)]
}

function literal(atom: string, holds: boolean, presence?: string): Literal {
  return { atom, holds, presence }
}

function headerLiterals(header: NonNullable<Requirement['header']>, key: string): readonly Literal[] {
  const { name, invert, missingAsEmpty } = header
  const there = presenceOf(name)
  if (header.present !== undefined)
    return [missingAsEmpty ? literal(key, true) : literal(there, header.present !== invert)]
  const test = header.range === undefined ? header.value!.describe() : JSON.stringify(header.range)
  const passes = literal(`${there} ${test}`, !invert, there)
  // An absent header that counts as empty fails the test as an empty one does, or passes it without being there.
  const emptyPasses = missingAsEmpty && header.matches({ getJoined: () => '' }) !== invert
  if (emptyPasses && !invert) return [literal(key, true)]
  return invert && (emptyPasses || !missingAsEmpty) ? [literal(there, true), passes] : [passes]
}

function queryLiteral(config: Message<'envoy.config.route.v3.QueryParameterMatcher'>): Literal {
  const there = `query ${config.name ?? ''}`
  if (config.string_match === undefined) return literal(there, config.present_match !== false)
  return literal(`${there} ${JSON.stringify(config.string_match)}`, true, there)
}

/** A message that is the same question with and without its field for the opposite. */
function invertible(kind: string, node: { readonly invert?: boolean; readonly invert_match?: boolean }): Literal {
  const { invert = false, invert_match: inverted = false, ...question } = node
  return literal(`${kind} ${JSON.stringify(question)}`, !(invert || inverted))
}
