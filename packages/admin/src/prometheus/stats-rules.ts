import type { Finding } from '@nuncio/access-log'
import type { Message } from '@nuncio/config'
import { DEFAULT_BUCKETS } from '@nuncio/core'
import type { TaggedName } from '../view/stats-view.ts'
import { byPattern, defaultExtractors, type TagExtractor, TagProducer } from './tag-extractor.ts'
import { compileTextMatcher, type RegexCompiler } from './text-matcher.ts'

type StatsConfig = Message<'envoy.config.metrics.v3.StatsConfig'>
type Report = (finding: Finding) => void

/** What `stats_config` is compiled with. */
export interface StatsRulesOptions {
  readonly report: Report
  /** For `safe_regex`: a pattern in linear time over whole texts, or why it is refused. */
  readonly compileRegex: RegexCompiler
  /** Tags of the command line (`--stats-tag`), on every stat. */
  readonly fixedTags?: readonly (readonly [string, string])[]
}

/** How statistics are named, chosen and bucketed: a `StatsConfig`, or Envoy's defaults without one. */
export interface StatsRules {
  accepts(name: string): boolean
  tagged(name: string): TaggedName
  bounds(name: string): readonly number[]
}

/** Compiles a `StatsConfig`. What is wrong is reported and left out. */
export function statsRules(config: StatsConfig | undefined, options: StatsRulesOptions): StatsRules {
  const producer = tagProducer(config, options)
  return {
    accepts: matcherOf(config?.stats_matcher, options),
    tagged: (name) => producer.tagged(name),
    bounds: boundsOf(config?.histogram_bucket_settings, options),
  }
}

function tagProducer(config: StatsConfig | undefined, options: StatsRulesOptions): TagProducer {
  const { suffix, tree } = defaultExtractors()
  const all = config?.use_all_default_tags ?? true
  const named = new Set(
    config?.stats_tags?.filter((tag) => tag.regex === undefined || tag.regex === '').map((tag) => tag.tag_name),
  )
  const chosen = (each: TagExtractor): boolean => all || named.has(each.tag)
  const anywhere = suffix.filter(chosen)
  const byTree = tree.filter(chosen)
  const fixed: (readonly [string, string])[] = [...(options.fixedTags ?? [])]
  config?.stats_tags?.forEach((specifier, i) => {
    const tag = specifier.tag_name ?? ''
    if (specifier.fixed_value !== undefined && specifier.fixed_value !== '') fixed.push([tag, specifier.fixed_value])
    else if (specifier.regex !== undefined && specifier.regex !== '') {
      const extractor = customTag(tag, specifier.regex)
      if (extractor === undefined)
        report(options, specifier, `stats_tags[${i}].regex`, `the regex ${JSON.stringify(specifier.regex)} is refused`)
      else (specifier.regex.startsWith('^') ? byTree : anywhere).push(extractor)
    } else if (![...suffix, ...tree].some((each) => each.tag === tag)) {
      report(
        options,
        specifier,
        `stats_tags[${i}].regex`,
        `${JSON.stringify(tag)} is no default tag: it needs a regex or a fixed_value`,
      )
    }
  })
  return new TagProducer([...anywhere, ...byTree], fixed, anywhere.length)
}

function report(options: StatsRulesOptions, node: object, path: string, message: string): void {
  options.report({ code: 'invalid-stats-tag', path, message, hint: '', node, field: 'regex' })
}

/** Stats tags stand in the bootstrap, which is the operator's own; their names are short. The native engine serves. */
function customTag(tag: string, pattern: string): TagExtractor | undefined {
  try {
    return { tag, extract: byPattern(new RegExp(pattern.replaceAll('(?P<', '(?<'))) }
  } catch {
    return undefined
  }
}

function matcherOf(
  config: Message<'envoy.config.metrics.v3.StatsMatcher'> | undefined,
  options: StatsRulesOptions,
): (name: string) => boolean {
  if (config === undefined) return () => true
  if (config.reject_all !== undefined) return () => config.reject_all !== true
  const { exclusion_list: exclusion, inclusion_list: inclusion } = config
  const list = exclusion ?? inclusion
  const field = exclusion === undefined ? 'inclusion_list' : 'exclusion_list'
  const patterns = (list?.patterns ?? []).map((pattern, i) =>
    compileTextMatcher(pattern, options, `stats_matcher.${field}.patterns[${i}]`),
  )
  const wanted = exclusion === undefined
  return (name) => patterns.some((matches) => matches(name)) === wanted
}

function boundsOf(
  settings: StatsConfig['histogram_bucket_settings'],
  options: StatsRulesOptions,
): (name: string) => readonly number[] {
  const rules = (settings ?? []).map(({ match, buckets }, i) => ({
    matches: compileTextMatcher(match ?? {}, options, `histogram_bucket_settings[${i}].match`),
    buckets: (buckets ?? []).toSorted((a, b) => a - b),
  }))
  return (name) => rules.find((rule) => rule.matches(name))?.buckets ?? DEFAULT_BUCKETS
}
