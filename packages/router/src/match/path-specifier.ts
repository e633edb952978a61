import { type AnyMessage, isMessage, type Message } from '@nuncio/config'
import {
  compileRegexMatcher,
  compileUriTemplate,
  type ConfigPlace,
  hasLowerAt,
  lowerAscii,
  quoted,
  type Regex,
  type UriTemplate,
  wireText,
} from '@nuncio/matching'
import type { RouteRequest } from './route-request.ts'

const PREFIX = 0
export const EXACT = 1
const SEPARATED = 2
const REGEX = 3
export const TEMPLATE = 4
const CONNECT = 5
/** Its configuration is refused: it matches nothing. */
export const NEVER = 6

type Kind =
  | typeof PREFIX
  | typeof EXACT
  | typeof SEPARATED
  | typeof REGEX
  | typeof TEMPLATE
  | typeof CONNECT
  | typeof NEVER

/** What a route asks of the path. */
export class PathSpecifier {
  readonly kind: Kind
  /** The literal of prefix and path specifiers; lower-case when case is ignored. */
  readonly text: string
  readonly ignoreCase: boolean
  readonly regex: Regex | undefined
  readonly template: UriTemplate | undefined

  constructor(kind: Kind, text: string, ignoreCase: boolean, regex?: Regex, template?: UriTemplate) {
    this.kind = kind
    this.text = ignoreCase ? lowerAscii(text) : text
    this.ignoreCase = ignoreCase
    this.regex = regex
    this.template = template
  }

  test(request: RouteRequest): boolean {
    const { matchPath, matchEnd } = request
    switch (this.kind) {
      case PREFIX:
        return this.begins(matchPath, matchEnd)
      case EXACT:
        return this.text.length === matchEnd && this.begins(matchPath, matchEnd)
      case SEPARATED: {
        const length = this.text.length
        return this.begins(matchPath, matchEnd) && (length === matchEnd || matchPath.charCodeAt(length) === 47)
      }
      case REGEX:
        return (
          matchPath !== '' &&
          this.regex!.matches(matchEnd === matchPath.length ? matchPath : matchPath.slice(0, matchEnd))
        )
      case TEMPLATE:
        return request.path !== '' && this.template!.matches(request.path.slice(0, request.pathEnd))
      case CONNECT:
        return isConnect(request)
      case NEVER:
        return false
    }
  }

  /** Whether the first `end` characters of a path begin with the literal; an absent path does not. */
  begins(path: string, end: number): boolean {
    const text = this.text
    if (text.length > end || path === '') return false
    return this.ignoreCase ? hasLowerAt(path, text, 0) : path.startsWith(text)
  }

  /** Text that every matching path begins with, for the index; undefined when there is none. */
  get indexKey(): string | undefined {
    if (this.kind <= SEPARATED) return this.text
    const prefix = this.regex?.prefix ?? this.template?.prefix
    return prefix === '' ? undefined : prefix
  }

  /** Whether beginning with the index key (for EXACT: being it) is all that is asked. */
  get indexDecides(): boolean {
    return this.kind === PREFIX || this.kind === EXACT
  }

  /** How many characters of the path a prefix rewrite replaces; -1 when the literal matched only without parameters. */
  matchedLength(path: string, pathEnd: number): number {
    if (this.kind > SEPARATED) return pathEnd
    return this.begins(path, pathEnd) ? this.text.length : -1
  }

  /** `prefix "/api"` */
  describe(): string {
    const fold = this.ignoreCase ? ' ignoring case' : ''
    switch (this.kind) {
      case PREFIX:
        return `prefix ${quoted(this.text)}${fold}`
      case EXACT:
        return `path ${quoted(this.text)}${fold}`
      case SEPARATED:
        return `path-separated prefix ${quoted(this.text)}${fold}`
      case REGEX:
        return `path ${this.regex!.describe()}`
      case TEMPLATE:
        return `path ${this.template!.describe()}`
      case CONNECT:
        return 'a CONNECT request'
      case NEVER:
        return 'no path (its configuration is refused)'
    }
  }

  explain(request: RouteRequest): string {
    if (this.kind === CONNECT) return `got ${request.headers.method}`
    return `got ${quoted(this.kind === TEMPLATE ? request.path.slice(0, request.pathEnd) : request.matchPath.slice(0, request.matchEnd))}`
  }
}

/** A WebSocket or the like is no CONNECT request for routes, even when HTTP/2 carries it as one. */
function isConnect(request: RouteRequest): boolean {
  const { method, protocol } = request.headers
  return protocol === '' ? method === 'CONNECT' : protocol.toLowerCase() === 'connect-udp'
}

const SEPARATED_TEXT = /^[^?#]+[^?#/]$/

/** Compiles the path specifier of a route match; a refused one matches nothing. */
export function compilePathSpecifier(
  match: Message<'envoy.config.route.v3.RouteMatch'>,
  place: ConfigPlace,
): PathSpecifier {
  const fold = match.case_sensitive === false
  if (match.prefix !== undefined) return new PathSpecifier(PREFIX, wireText(match.prefix), fold)
  if (match.path !== undefined) return new PathSpecifier(EXACT, wireText(match.path), fold)
  if (match.path_separated_prefix !== undefined) return separated(match.path_separated_prefix, fold, place)
  if (match.connect_matcher !== undefined) return new PathSpecifier(CONNECT, '', false)
  if (match.safe_regex !== undefined) {
    const regex = compileRegexMatcher(match.safe_regex, place.at('safe_regex', match.safe_regex))
    return regex === undefined ? REFUSED : new PathSpecifier(REGEX, '', false, regex)
  }
  if (match.path_match_policy !== undefined)
    return policy(match.path_match_policy.typed_config, place.at('path_match_policy', match.path_match_policy))
  place.error(
    'missing-field',
    'a route match needs one of prefix, path, safe_regex, path_separated_prefix, connect_matcher, path_match_policy',
  )
  return REFUSED
}

const REFUSED = new PathSpecifier(NEVER, '', false)

function separated(text: string, fold: boolean, place: ConfigPlace): PathSpecifier {
  if (!SEPARATED_TEXT.test(text)) {
    place.at('path_separated_prefix').error('rule', `${quoted(text)} must not hold ? or #, nor end with a slash`)
    return REFUSED
  }
  return new PathSpecifier(SEPARATED, wireText(text), fold)
}

function policy(config: AnyMessage | undefined, place: ConfigPlace): PathSpecifier {
  if (!isMessage(config, 'envoy.extensions.path.match.uri_template.v3.UriTemplateMatchConfig')) {
    place.error(
      'unsupported',
      `the path match policy ${quoted(config?.['@type'] ?? '')} is not supported`,
      'only URI templates are',
    )
    return REFUSED
  }
  const pattern = config.path_template ?? ''
  const template = compileUriTemplate(pattern)
  if (typeof template !== 'string') return new PathSpecifier(TEMPLATE, '', false, undefined, template)
  place
    .at('typed_config', config)
    .at('path_template')
    .error('invalid-template', `the template ${quoted(pattern)} is refused: ${template}`)
  return REFUSED
}
