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

/** Text that every path of the shape begins with. */
export function leastPrefix(shape: PathShape): string {
  return shape.kind === 'connect' ? '' : shape.kind === 'regex' || shape.kind === 'template' ? shape.prefix : shape.text
}
