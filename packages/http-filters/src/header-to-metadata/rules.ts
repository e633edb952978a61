import type { Message } from '@nuncio/config'
import type { HeaderMap, StatsStore, StreamInfo } from '@nuncio/core'
import { type ConfigPlace, cookieValue } from '@nuncio/matching'
import { type DirectionStats, type RuleStats, ruleStats } from './stats.ts'
import { compileTarget, type Target } from './value.ts'

type Config = Message<'envoy.extensions.filters.http.header_to_metadata.v3.Config'>
type RuleConfig = Message<'envoy.extensions.filters.http.header_to_metadata.v3.Config.Rule'>

interface Rule {
  readonly header: string
  readonly cookie: string
  readonly removes: boolean
  readonly present: Target | undefined
  readonly missing: Target | undefined
}

/** A Config message, compiled. */
export interface MetadataRules {
  readonly request: readonly Rule[]
  readonly response: readonly Rule[]
  /** Undefined: nothing is counted. */
  readonly stats: RuleStats | undefined
}

export function compileRules(config: Config, place: ConfigPlace, store: StatsStore): MetadataRules {
  const list = (field: 'request_rules' | 'response_rules'): readonly Rule[] =>
    (config[field] ?? []).map((rule, i) => compileRule(rule, place.item(field, i, rule)))
  const { stat_prefix: prefix = '' } = config
  const stats = prefix === '' ? undefined : ruleStats(store, prefix)
  return { request: list('request_rules'), response: list('response_rules'), stats }
}

function compileRule(config: RuleConfig, place: ConfigPlace): Rule {
  const { header = '', cookie = '', on_header_present: present, on_header_missing: missing } = config
  if ((header === '') === (cookie === '')) place.error('oneof-conflict', 'a rule reads one header or one cookie')
  if (present === undefined && missing === undefined)
    place.error('missing-field', 'a rule needs on_header_present or on_header_missing')
  if (missing !== undefined && !missing.value)
    place.at('on_header_missing', missing).error('missing-field', 'what to write for a missing header needs a value')
  if (cookie !== '' && config.remove === true) place.at('remove').error('rule', 'cookies cannot be removed')
  const pseudo = header.startsWith(':')
  if (pseudo && config.remove === true) place.at('remove').error('reserved-header', 'a request needs this header')
  return {
    header: header.toLowerCase(),
    cookie,
    removes: config.remove === true && cookie === '' && !pseudo,
    present: present && compileTarget(present, place.at('on_header_present', present)),
    missing: missing && compileTarget(missing, place.at('on_header_missing', missing)),
  }
}

/** Applies rules in order; later ones win over earlier ones that write the same key. */
export function applyRules(
  rules: readonly Rule[],
  headers: HeaderMap,
  info: StreamInfo,
  stats: DirectionStats | undefined,
): void {
  for (let i = 0; i < rules.length; i++) {
    const rule = rules[i]!
    const given = rule.cookie === '' ? headers.getJoined(rule.header) : cookieValue(headers, rule.cookie)
    if (given !== undefined && rule.removes) headers.remove(rule.header)
    const target = given === undefined ? rule.missing : rule.present
    stats?.processed.inc()
    if (target === undefined) continue
    if (given === undefined) stats?.missing.inc()
    const value = target.value(given ?? '', stats?.values)
    if (value === undefined) continue
    stats?.added.inc()
    info.setMetadata(target.namespace, { [target.key]: value })
  }
}
