import type { Counter, StatsStore } from '@nuncio/core'

/** What becomes of the values of headers that are there. */
export interface ValueStats {
  readonly tooLong: Counter
  readonly regexFailed: Counter
  readonly base64Failed: Counter
}

/** One direction's counters. */
export interface DirectionStats {
  readonly processed: Counter
  readonly added: Counter
  readonly missing: Counter
  readonly values: ValueStats
}

export interface RuleStats {
  readonly request: DirectionStats
  readonly response: DirectionStats
}

/** The counters that `stat_prefix` asks for. Envoy has them under this very root, whatever the filter is called. */
export function ruleStats(store: StatsStore, prefix: string): RuleStats {
  const scope = store.scope(`http_filter_name.${prefix}.`)
  const values = {
    tooLong: scope.counter('header_value_too_long'),
    regexFailed: scope.counter('regex_substitution_failed'),
    base64Failed: scope.counter('base64_decode_failed'),
  }
  const direction = (name: string): DirectionStats => ({
    processed: scope.counter(`${name}_rules_processed`),
    added: scope.counter(`${name}_metadata_added`),
    missing: scope.counter(`${name}_header_not_found`),
    values,
  })
  return { request: direction('request'), response: direction('response') }
}
