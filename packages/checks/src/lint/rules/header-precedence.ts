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
  why: 'Header mutations apply from the route to the virtual host to the route configuration, so by default the widest level has the last word: what a route sets is overwritten or removed by what its virtual host sets or removes. `most_specific_header_mutations_wins: true` turns that round.',
  check(context) {
    for (const config of context.view.loaded.routeConfigurations) {
      if (config.most_specific_header_mutations_wins === true) continue
      const whole: Level = { ...config, what: 'the route configuration' }
      for (const host of config.virtual_hosts ?? []) {
        const middle: Level = { ...host, what: `virtual host ${quoted(host.name ?? '')}` }
        compare(context, middle, [whole])
        for (const route of host.routes ?? []) {
          compare(context, { ...route, what: 'the route' }, [middle, whole])
          for (const cluster of route.route?.weighted_clusters?.clusters ?? [])
            compare(context, { ...cluster, what: 'the weighted cluster' }, [
              { ...route, what: 'the route' },
              middle,
              whole,
            ])
        }
      }
    }
  },
}

function compare(context: LintContext, narrow: Level, wider: readonly Level[]): void {
  for (const kind of ['request', 'response'] as const) {
    for (const option of narrow[`${kind}_headers_to_add`] ?? []) {
      const name = option.header?.key?.toLowerCase() ?? ''
      const loser = wider.map((level) => takenBy(level, kind, name)).find((text) => text !== undefined)
      if (loser !== undefined)
        context.say(
          option,
          undefined,
          `${kind} header ${quoted(name)}, which ${narrow.what} adds, is ${loser}`,
          'set most_specific_header_mutations_wins: true on the route configuration, or write it on one level only',
        )
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
