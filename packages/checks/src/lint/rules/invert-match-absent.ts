import type { Message } from '@nuncio/config'
import { quoted } from '@nuncio/matching'
import { routesIn } from '../common.ts'
import type { LintRule } from '../rule.ts'

const VALUE_FIELDS = [
  'string_match',
  'exact_match',
  'safe_regex_match',
  'range_match',
  'prefix_match',
  'suffix_match',
  'contains_match',
] as const

export const invertMatchAbsent: LintRule = {
  code: 'invert-match-absent',
  severity: 'warning',
  title: 'An inverted header match that does not match when the header is absent.',
  why: 'With `invert_match` a value test is turned round, but an absent header still fails it: “x-user is not admin” does not match a request without `x-user`. Usually `treat_missing_header_as_empty: true` is meant as well. Requests without the header fall through to later routes, or past a filter that should have stopped them.',
  check({ view, say }) {
    for (const { route } of routesIn(view))
      for (const matcher of route.match?.headers ?? []) if (isTrap(matcher)) complain(matcher)
    function complain(matcher: Message<'envoy.config.route.v3.HeaderMatcher'>): void {
      say(
        matcher,
        'invert_match',
        `requests without the header ${quoted(matcher.name ?? '')} do not match either, though the match is inverted`,
        'add treat_missing_header_as_empty: true if they should',
      )
    }
  },
}

function isTrap(matcher: Message<'envoy.config.route.v3.HeaderMatcher'>): boolean {
  // Pseudo headers are never absent.
  if (
    matcher.invert_match !== true ||
    matcher.treat_missing_header_as_empty === true ||
    matcher.name?.startsWith(':') === true ||
    matcher.name?.toLowerCase() === 'host'
  )
    return false
  return VALUE_FIELDS.some((field) => matcher[field] !== undefined)
}
