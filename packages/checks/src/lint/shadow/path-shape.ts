import { isMessage, type Message } from '@nuncio/config'
import { compileRegex, compileUriTemplate, lowerAscii, type Regex, type UriTemplate, wireText } from '@nuncio/matching'
import { simplifyRegex } from '../regex/simplify.ts'

type RouteMatch = Message<'envoy.config.route.v3.RouteMatch'>

/** What a route asks of the path, reduced to what can be compared. */
export type PathShape =
  | { readonly kind: 'prefix' | 'exact' | 'separated'; readonly text: string; readonly fold: boolean }
  | { readonly kind: 'regex'; readonly pattern: string; readonly regex: Regex; readonly prefix: string }
  | { readonly kind: 'template'; readonly pattern: string; readonly template: UriTemplate; readonly prefix: string }
  | { readonly kind: 'connect' }

const TEMPLATE = 'envoy.extensions.path.match.uri_template.v3.UriTemplateMatchConfig'

function literal(kind: 'prefix' | 'exact' | 'separated', text: string, fold: boolean): PathShape {
  return { kind, text: fold ? lowerAscii(wireText(text)) : wireText(text), fold }
}

/** Undefined for what is refused or not known: such a route is left alone. Patterns that are plain texts count as those. */
export function pathShape(match: RouteMatch): PathShape | undefined {
  const fold = match.case_sensitive === false
  if (match.prefix !== undefined) return literal('prefix', match.prefix, fold)
  if (match.path !== undefined) return literal('exact', match.path, fold)
  if (match.path_separated_prefix !== undefined) return literal('separated', match.path_separated_prefix, fold)
  if (match.connect_matcher !== undefined) return { kind: 'connect' }
  if (match.safe_regex !== undefined) return regexShape(match.safe_regex.regex ?? '')
  const policy = match.path_match_policy?.typed_config
  if (!isMessage(policy, TEMPLATE)) return undefined
  const pattern = policy.path_template ?? ''
  const template = compileUriTemplate(pattern)
  return typeof template === 'string' ? undefined : { kind: 'template', pattern, template, prefix: template.prefix }
}

function regexShape(pattern: string): PathShape | undefined {
  const plain = simplifyRegex(pattern)
  if (plain?.kind === 'any') return { kind: 'prefix', text: '', fold: false }
  if (plain?.kind === 'prefix' || plain?.kind === 'exact')
    return { kind: plain.kind, text: wireText(plain.text), fold: false }
  if (plain?.kind === 'separated-prefix') return { kind: 'separated', text: wireText(plain.text), fold: false }
  const regex = compileRegex(pattern, Number.MAX_SAFE_INTEGER)
  return typeof regex === 'string' ? undefined : { kind: 'regex', pattern, regex, prefix: regex.prefix }
}

/** Shapes that together are the shape, each easier to cover than the whole. */
export function partsOf(shape: PathShape): readonly PathShape[] {
  if (shape.kind === 'separated')
    return [
      { ...shape, kind: 'exact' },
      { ...shape, kind: 'prefix', text: `${shape.text}/` },
    ]
  if (shape.kind !== 'regex') return [shape]
  const [, before = '', inner, after = ''] = ALTERNATIVES.exec(shape.pattern) ?? []
  const parts = inner?.split('|').map((each) => regexShape(before + each + after)) ?? []
  return parts.length > 0 && parts.every((part) => part !== undefined) ? parts : [shape]
}

/** The first group of plain texts in a pattern, with nothing before it but plain text and nothing that repeats it. */
const ALTERNATIVES = /^((?:[\w/.-]|\\\W)*)\((?:\?:)?((?:[\w/-]+\|)+[\w/-]+)\)((?![*+?{]).*)$/

/** Whether every path of the second shape is one of the first, as far as that can be told from their texts. */
export function takesPaths(wide: PathShape, narrow: PathShape): boolean {
  if (wide.kind === 'connect' || narrow.kind === 'connect') return wide.kind === narrow.kind
  if (wide.kind === 'regex' || wide.kind === 'template') {
    if (narrow.kind === wide.kind) return narrow.pattern === wide.pattern
    if (narrow.kind !== 'exact' || narrow.fold) return false
    return wide.kind === 'regex' ? wide.regex.matches(narrow.text) : wide.template.matches(narrow.text)
  }
  const least = leastPrefix(narrow)
  const anyCase = 'fold' in narrow && narrow.fold && lowerAscii(least) !== least.toUpperCase()
  if (anyCase && !wide.fold) return false
  const text = wide.fold ? lowerAscii(least) : least
  if (wide.kind === 'exact') return narrow.kind === 'exact' && text === wide.text
  if (!text.startsWith(wide.text)) return false
  if (wide.kind === 'prefix' || text[wide.text.length] === '/') return true
  return text.length === wide.text.length && (narrow.kind === 'exact' || narrow.kind === 'separated')
}

/** Text that every path of the shape begins with. */
export function leastPrefix(shape: PathShape): string {
  return shape.kind === 'connect' ? '' : shape.kind === 'regex' || shape.kind === 'template' ? shape.prefix : shape.text
}
