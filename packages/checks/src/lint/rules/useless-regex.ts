import type { Message } from '@nuncio/config'
import { quoted } from '@nuncio/matching'
import { routesIn } from '../common.ts'
import { type PlainPattern, simplifyRegex } from '../regex/simplify.ts'
import type { LintContext, LintRule } from '../rule.ts'
import { walkMessages } from '../walk-messages.ts'

type RegexMatcher = Message<'envoy.type.matcher.v3.RegexMatcher'>

const AS_PATH: Readonly<Partial<Record<PlainPattern['kind'], string>>> = {
  exact: 'path',
  prefix: 'prefix',
  'separated-prefix': 'path_separated_prefix',
}
const AS_STRING: Readonly<Partial<Record<PlainPattern['kind'], string>>> = {
  exact: 'exact',
  prefix: 'prefix',
  suffix: 'suffix',
  contains: 'contains',
}

export const uselessRegex: LintRule = {
  code: 'useless-regex',
  severity: 'info',
  title: 'A regular expression that is a plain text, prefix or suffix.',
  why: 'A regex has to match the whole value. Where it is only characters, or characters with `.*` at an end, the plain test says the same, is read more easily, and is found by the index of the route table instead of being tried one by one.',
  check(context) {
    const { view } = context
    for (const { route } of routesIn(view)) {
      const regex = route.match?.safe_regex
      if (regex !== undefined) suggestPath(context, regex)
    }
    for (const config of view.loaded.routeConfigurations) {
      walkMessages('envoy.config.route.v3.RouteConfiguration', config, ({ type }, { field }, value) => {
        const whole =
          (type === 'envoy.type.matcher.v3.StringMatcher' && field === 'safe_regex') ||
          (type === 'envoy.config.route.v3.HeaderMatcher' && field === 'safe_regex_match')
        if (whole) suggestString(context, value as RegexMatcher)
      })
    }
  },
}

function suggestPath({ say }: LintContext, regex: RegexMatcher): void {
  const plain = simplifyRegex(regex.regex ?? '')
  if (plain === undefined) return
  const field = AS_PATH[plain.kind]
  const instead = plain.kind === 'any' ? 'prefix: "/"' : field && `${field}: ${quoted(plain.text)}`
  if (instead !== undefined)
    say(
      regex,
      'regex',
      `the regex ${quoted(regex.regex ?? '')} says no more than ${instead}`,
      `write ${instead} instead of safe_regex`,
    )
}

function suggestString({ say }: LintContext, regex: RegexMatcher): void {
  const plain = simplifyRegex(regex.regex ?? '')
  const field = plain && AS_STRING[plain.kind]
  if (field !== undefined)
    say(
      regex,
      'regex',
      `the regex ${quoted(regex.regex ?? '')} says no more than ${field}: ${quoted(plain!.text)}`,
      `write string_match: { ${field}: ${quoted(plain!.text)} }`,
    )
  else if (plain?.kind === 'any')
    say(regex, 'regex', `the regex ${quoted(regex.regex ?? '')} matches every value`, 'write present_match: true')
}
