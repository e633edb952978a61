import type { Message } from '@nuncio/config'
import { quoted } from '@nuncio/matching'
import type { LintContext, LintRule } from '../rule.ts'

type Additions = readonly Message<'envoy.config.core.v3.HeaderValueOption'>[]

interface Level {
  readonly what: string
  readonly request_headers_to_add?: Additions
  readonly request_headers_to_remove?: readonly string[]
  readonly response_headers_to_add?: Additions
  readonly response_headers_to_remove?: readonly string[]
}

export const headerPrecedence: LintRule = {
  code: 'header-precedence',
  severity: 'warning',
  title: 'A header of a route that a wider level overwrites or removes.',
  why: 'Header mutations apply from the route to the virtual host to the route configuration, so by default the widest level has the last word: what a route sets is overwritten or removed by what its virtual host sets or removes. `most_specific_header_mutations_wins: true` turns that round, but for weighted clusters, whose mutations come first either way.',
  check(context) {
    for (const config of context.view.loaded.routeConfigurations) {
      const specificWins = config.most_specific_header_mutations_wins === true
      const whole: Level = { ...config, what: 'the route configuration' }
      for (const host of config.virtual_hosts ?? []) {
        const middle: Level = { ...host, what: `virtual host ${quoted(host.name ?? '')}` }
        if (!specificWins) compare(context, middle, [whole], SPECIFIC)
        for (const route of host.routes ?? []) {
          const own: Level = { ...route, what: 'the route' }
          if (!specificWins) compare(context, own, [middle, whole], SPECIFIC)
          // These come first either way.
          for (const cluster of route.route?.weighted_clusters?.clusters ?? [])
            compare(context, { ...cluster, what: 'the weighted cluster' }, [own, middle, whole], ONE_LEVEL)
        }
      }
    }
  },
}

const ONE_LEVEL = 'write it on one level only'
const SPECIFIC = `set most_specific_header_mutations_wins: true on the route configuration, or ${ONE_LEVEL}`

function compare(context: LintContext, narrow: Level, wider: readonly Level[], hint: string): void {
  for (const kind of ['request', 'response'] as const) {
    for (const option of narrow[`${kind}_headers_to_add`] ?? []) {
      const name = option.header?.key?.toLowerCase() ?? ''
      const loser = wider.map((level) => takenBy(level, kind, name)).find((text) => text !== undefined)
      if (loser !== undefined)
        context.say(option, undefined, `${kind} header ${quoted(name)}, which ${narrow.what} adds, is ${loser}`, hint)
    }
  }
}

/** What a wider level does to a header that a narrower one has added before; undefined when it leaves it. */
function takenBy(level: Level, kind: 'request' | 'response', name: string): string | undefined {
  if (level[`${kind}_headers_to_remove`]?.some((removed) => removed.toLowerCase() === name) === true)
    return `removed by ${level.what}`
  const overwrites =
    level[`${kind}_headers_to_add`]?.some(
      (option) => option.header?.key?.toLowerCase() === name && isOverwrite(option),
    ) === true
  return overwrites ? `overwritten by ${level.what}` : undefined
}

function isOverwrite(option: Message<'envoy.config.core.v3.HeaderValueOption'>): boolean {
  if (option.append !== undefined) return !option.append
  return option.append_action === 'OVERWRITE_IF_EXISTS_OR_ADD' || option.append_action === 'OVERWRITE_IF_EXISTS'
}
