import type { Finding } from '@nuncio/access-log'
import type { Message } from '@nuncio/config'

/** A pattern over whole texts, or why it is refused. */
export type RegexCompiler = (pattern: string) => { matches(text: string): boolean } | string

/** A `StringMatcher` over the names of statistics, which are plain ASCII. */
export function compileTextMatcher(
  config: Message<'envoy.type.matcher.v3.StringMatcher'>,
  options: { readonly compileRegex: RegexCompiler; readonly report: (finding: Finding) => void },
  path: string,
): (text: string) => boolean {
  const fold = config.ignore_case === true ? (text: string) => text.toLowerCase() : (text: string) => text
  const { exact, prefix, suffix, contains, safe_regex: regex } = config
  if (exact !== undefined) return is(fold(exact), fold)
  if (prefix !== undefined) return (text) => fold(text).startsWith(fold(prefix))
  if (suffix !== undefined) return (text) => fold(text).endsWith(fold(suffix))
  if (contains !== undefined) return (text) => fold(text).includes(fold(contains))
  if (regex === undefined) return () => false
  const compiled = options.compileRegex(regex.regex ?? '')
  if (typeof compiled !== 'string') return (text) => compiled.matches(text)
  const message = `the regex ${JSON.stringify(regex.regex ?? '')} is refused: ${compiled}`
  options.report({
    code: 'invalid-regex',
    path: `${path}.safe_regex.regex`,
    message,
    hint: '',
    node: regex,
    field: 'regex',
  })
  return () => false
}

function is(wanted: string, fold: (text: string) => string): (text: string) => boolean {
  return (text) => fold(text) === wanted
}
