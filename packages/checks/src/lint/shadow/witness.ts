import type { Message } from '@nuncio/config'
import type { ToolRequest } from '../../request/tool-request.ts'
import { sampleRegex } from '../regex/sample.ts'
import type { PathShape } from './path-shape.ts'
import type { Requirement } from './requirements.ts'

type StringMatcher = Message<'envoy.type.matcher.v3.StringMatcher'>
type HeaderConfig = Message<'envoy.config.route.v3.HeaderMatcher'>
type QueryConfig = Message<'envoy.config.route.v3.QueryParameterMatcher'>
type CookieConfig = Message<'envoy.config.route.v3.CookieMatcher'>

interface Draft {
  path: string
  method: string
  readonly headers: [string, string][]
  readonly query: string[]
  readonly cookies: string[]
  host: string | undefined
}

/**
 * Makes up a request that meets a path and requirements; undefined when it cannot (certificates, metadata, patterns that
 * are not understood). The caller checks it by routing it.
 */
export function draftRequest(
  path: PathShape,
  requirements: readonly Requirement[],
  host: string,
  https: boolean,
): ToolRequest | undefined {
  const sample = samplePath(path)
  if (sample === undefined) return undefined
  const draft: Draft = {
    path: sample,
    method: path.kind === 'connect' ? 'CONNECT' : 'GET',
    headers: [],
    query: [],
    cookies: [],
    host: undefined,
  }
  for (const requirement of requirements) if (!meet(draft, requirement)) return undefined
  if (draft.cookies.length > 0) draft.headers.push(['cookie', draft.cookies.join('; ')])
  const query = draft.query.length === 0 ? '' : `${draft.path.includes('?') ? '&' : '?'}${draft.query.join('&')}`
  const authority = draft.host ?? host
  return {
    method: draft.method,
    url: `${https ? 'https' : 'http'}://${authority}${draft.path}${query}`,
    headers: draft.headers,
  }
}

function samplePath(path: PathShape): string | undefined {
  switch (path.kind) {
    case 'connect':
      return ''
    case 'prefix':
      return path.text === '' ? '/' : path.text
    case 'exact':
    case 'separated':
      return path.text
    case 'regex':
      return sampleRegex(path.pattern)
    case 'template':
      return path.pattern
        .replaceAll(/\{\w+(?:=([^}]*))?\}/g, (_, inner: string | undefined) => inner ?? '*')
        .replaceAll(/\*\*?/g, 'x')
  }
}

function meet(draft: Draft, requirement: Requirement): boolean {
  switch (requirement.kind) {
    case 'fraction':
      // The random number 0 is below every numerator but 0.
      return (requirement.fraction!.default_value?.numerator ?? 0) > 0
    case 'grpc':
      draft.headers.push(['content-type', 'application/grpc'])
      return true
    case 'header':
      return meetHeader(draft, requirement.node, requirement)
    case 'query':
      return meetQuery(draft, requirement.node)
    case 'cookie':
      return meetCookie(draft, requirement.node)
    case 'tls':
    case 'metadata':
    case 'filter-state':
      return false
  }
}

function meetHeader(draft: Draft, config: HeaderConfig, { header }: Requirement): boolean {
  const values = [undefined, ...headerValues(config), 'x', '0', '']
  const now = header!.name === ':path' ? draft.path : header!.name === ':method' ? draft.method : undefined
  // A value that is there already may do.
  if (now !== undefined && header!.matches({ getJoined: () => now })) return true
  const value = values.find((candidate) => header!.matches({ getJoined: () => candidate }))
  if (value === undefined) return header!.matches({ getJoined: () => undefined }) && !header!.name.startsWith(':')
  if (header!.name === ':method') draft.method = value
  else if (header!.name === ':authority') draft.host = value
  else if (header!.name.startsWith(':')) return false
  else draft.headers.push([header!.name, value])
  return true
}

function headerValues(config: HeaderConfig): string[] {
  const range = config.range_match
  return [
    ...(config.string_match === undefined ? [] : stringValues(config.string_match)),
    ...[config.exact_match, config.prefix_match, config.suffix_match, config.contains_match].filter(
      (text) => text !== undefined,
    ),
    ...(config.safe_regex_match === undefined ? [] : sampled(config.safe_regex_match.regex)),
    ...(range === undefined ? [] : [String(range.start ?? 0)]),
  ]
}

function stringValues(matcher: StringMatcher): string[] {
  const texts = [matcher.exact, matcher.prefix, matcher.suffix, matcher.contains].filter((text) => text !== undefined)
  return [...texts, ...(matcher.safe_regex === undefined ? [] : sampled(matcher.safe_regex.regex))]
}

function sampled(pattern: string | undefined): string[] {
  const text = sampleRegex(pattern ?? '')
  return text === undefined ? [] : [text]
}

function meetQuery(draft: Draft, config: QueryConfig): boolean {
  if (config.present_match === false) return true
  const value = config.string_match === undefined ? '' : stringValues(config.string_match)[0]
  if (value === undefined || /[&#\s]/.test(value)) return false
  draft.query.push(value === '' ? (config.name ?? '') : `${config.name ?? ''}=${value}`)
  return true
}

function meetCookie(draft: Draft, config: CookieConfig): boolean {
  if (config.invert_match === true) return true
  const value = config.string_match === undefined ? 'x' : stringValues(config.string_match)[0]
  if (value === undefined || /[;,\s"]/.test(value)) return false
  draft.cookies.push(`${config.name ?? ''}=${value}`)
  return true
}
