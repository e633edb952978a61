import type { Message } from '@nuncio/config'
import { quoted } from '@nuncio/matching'
import { sampleRegex } from '../regex/sample.ts'
import type { LintContext, LintRule } from '../rule.ts'
import { walkMessages } from '../walk-messages.ts'

type RegexMatcher = Message<'envoy.type.matcher.v3.RegexMatcher'>
type StringMatcher = Message<'envoy.type.matcher.v3.StringMatcher'>
type HeaderMatcher = Message<'envoy.config.route.v3.HeaderMatcher'>

const HOSTS = new Set([':authority', 'host', 'origin', 'x-forwarded-host'])

export const regexUnescapedDot: LintRule = {
  code: 'regex-unescaped-dot',
  severity: 'warning',
  title: 'A dot in a regex for host names that stands for any character.',
  why: '`www.example.com` as a regex also matches `wwwxexample.com`, a name that anybody may register. In `allow_origin_string_match` of CORS this lets strangers read answers. Write `\\.` for a dot; the finding shows a name that matches.',
  check(context) {
    for (const config of context.view.loaded.routeConfigurations) {
      walkMessages('envoy.config.route.v3.RouteConfiguration', config, ({ type }, { field, name }, value) => {
        if (name === 'envoy.config.route.v3.HeaderMatcher')
          for (const matcher of listOf(value)) checkHeader(context, matcher as HeaderMatcher)
        if (field === 'allow_origin_string_match' && type.endsWith('CorsPolicy')) {
          for (const matcher of listOf(value) as readonly StringMatcher[])
            if (matcher.safe_regex !== undefined) checkHost(context, matcher.safe_regex)
        }
      })
    }
  },
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [value]
}

function checkHeader(context: LintContext, matcher: HeaderMatcher): void {
  const regex = matcher.string_match?.safe_regex ?? matcher.safe_regex_match
  if (regex !== undefined && HOSTS.has(matcher.name?.toLowerCase() ?? '')) checkHost(context, regex)
}

/** A dot between letters, not repeated: in a host name it was meant to be one. */
const DOT = /(^|[^\\])((?:\\\\)*)\.(?=[A-Za-z0-9(])/

function checkHost({ say }: LintContext, regex: RegexMatcher): void {
  const pattern = regex.regex ?? ''
  if (!DOT.test(pattern.replaceAll(/\[(?:\\.|[^\]])*\]/g, (set) => 'x'.repeat(set.length)))) return
  const witness = sampleRegex(pattern, 'x')
  if (witness === undefined) return
  say(
    regex,
    'regex',
    `a dot that is not escaped stands for any character: ${quoted(pattern)} matches ${quoted(witness)}`,
    'write \\. for a dot',
  )
}
