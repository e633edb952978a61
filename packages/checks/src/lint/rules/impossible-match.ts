import type { Message } from '@nuncio/config'
import { quoted } from '@nuncio/matching'
import { routesIn } from '../common.ts'
import type { LintContext, LintRule } from '../rule.ts'

type RouteMatch = Message<'envoy.config.route.v3.RouteMatch'>
type HeaderMatcher = Message<'envoy.config.route.v3.HeaderMatcher'>

export const impossibleMatch: LintRule = {
  code: 'impossible-match',
  severity: 'warning',
  title: 'A route that no request can match.',
  why: 'Paths begin with a slash and are compared without their query, methods are upper-case, and all predicates of a route have to hold together. A predicate that cannot hold makes the route dead.',
  check(context) {
    for (const { route } of routesIn(context.view)) {
      if (route.match === undefined) continue
      checkPath(context, route.match)
      checkHeaders(context, route.match.headers ?? [])
      checkFraction(context, route.match)
    }
  },
}

const LITERALS = ['prefix', 'path', 'path_separated_prefix'] as const

function checkPath({ say }: LintContext, match: RouteMatch): void {
  for (const field of LITERALS) {
    const text = match[field]
    if (text === undefined || text === '') continue
    const cut = /[?#]/.exec(text)?.[0]
    if (cut !== undefined)
      say(
        match,
        field,
        `no path matches ${field} ${quoted(text)}: the path is cut at ${cut} before it is compared`,
        'use query_parameters',
      )
    else if (!text.startsWith('/') && !(field === 'path' && text === '*'))
      say(
        match,
        field,
        `no path matches ${field} ${quoted(text)}: paths begin with a slash`,
        `write ${quoted(`/${text}`)}`,
      )
  }
}

function checkHeaders({ say }: LintContext, headers: readonly HeaderMatcher[]): void {
  const exact = new Map<string, string>()
  const absent = new Set(
    headers
      .filter((header) => header.present_match !== undefined && header.present_match === (header.invert_match === true))
      .map(nameOf),
  )
  for (const header of headers) {
    const name = nameOf(header)
    const range = header.range_match
    if (range !== undefined && (range.start ?? 0) >= (range.end ?? 0))
      say(
        header,
        'range_match',
        `no number lies in the range from ${range.start ?? 0} up to but not including ${range.end ?? 0}`,
      )
    const value = exactOf(header)
    if (value === undefined) continue
    if (absent.has(name)) say(header, undefined, `header ${quoted(name)} has to be absent and to be ${quoted(value)}`)
    const other = exact.get(name)
    if (other !== undefined && other !== value && comesOnce(name))
      say(header, undefined, `header ${quoted(name)} has to be ${quoted(other)} and ${quoted(value)} at once`)
    exact.set(name, value)
    if (name === ':method' && value !== value.toUpperCase())
      say(
        header,
        undefined,
        `no client sends the method ${quoted(value)}: methods are upper-case`,
        `write ${quoted(value.toUpperCase())}`,
      )
  }
}

/** Any other header may come in several lines, of which each test takes the one that it likes. */
function comesOnce(name: string): boolean {
  return name.startsWith(':') || name === 'host'
}

function nameOf(header: HeaderMatcher): string {
  return (header.name ?? '').toLowerCase()
}

function exactOf(header: HeaderMatcher): string | undefined {
  if (header.invert_match === true || header.string_match?.ignore_case === true) return undefined
  const value = header.string_match?.exact ?? header.exact_match
  return value === '' ? undefined : value
}

function checkFraction({ say }: LintContext, match: RouteMatch): void {
  const fraction = match.runtime_fraction
  if (fraction !== undefined && (fraction.runtime_key ?? '') === '' && (fraction.default_value?.numerator ?? 0) === 0)
    say(match, 'runtime_fraction', 'a fraction of 0 without a runtime_key selects no request')
}
