import { isMessage, type Message } from '@nuncio/config'
import { compileStringMatcher, compileUriTemplate, type ConfigPlace, pathOnly } from '@nuncio/matching'
import { addressRule, compileCommon } from './common-rules.ts'
import { allOf, ALWAYS, anyOf, NEVER, not, type RbacScope, type Rule, rule } from './rule.ts'
import { compileUpstreamAddress } from './upstream-address.ts'

type Permission = Message<'envoy.config.rbac.v3.Permission'>

/** Compiles what a policy lets one do. What is not understood is refused, never passed over. */
export function compilePermission(config: Permission, place: ConfigPlace, scope: RbacScope): Rule {
  const set = (field: 'and_rules' | 'or_rules'): readonly Rule[] =>
    (config[field]?.rules ?? []).map((one, i) =>
      compilePermission(one, place.at(field, config[field]).item('rules', i, one), scope),
    )
  if (config.and_rules !== undefined) return allOf(set('and_rules'))
  if (config.or_rules !== undefined) return anyOf(set('or_rules'))
  if (config.not_rule !== undefined)
    return not(compilePermission(config.not_rule, place.at('not_rule', config.not_rule), scope))
  if (config.any === true) return ALWAYS
  const found =
    compileCommon(config, place, scope) ??
    compileDestination(config, place) ??
    compileUpstreamAddress(config, place) ??
    (scope === 'request' ? compileTemplate(config, place) : undefined)
  if (found !== undefined) return found
  place.error('unsupported', 'this kind of permission is not understood', 'a rule that is left out would open a door')
  return NEVER
}

function compileDestination(config: Permission, place: ConfigPlace): Rule | undefined {
  if (config.destination_ip !== undefined)
    return addressRule(config.destination_ip, place, 'destination_ip', (info) => info.connection.local.address)
  if (config.destination_port !== undefined) {
    const port = config.destination_port
    return rule(({ info }) => info.connection.local.port === port)
  }
  if (config.destination_port_range !== undefined) {
    const { start = 0, end = 0 } = config.destination_port_range
    return rule(({ info }) => info.connection.local.port >= start && info.connection.local.port < end)
  }
  if (config.requested_server_name === undefined) return undefined
  const at = place.at('requested_server_name', config.requested_server_name)
  const matcher = compileStringMatcher(config.requested_server_name, at)
  return rule(({ info }) => matcher.matches(info.connection.serverName))
}

function compileTemplate(config: Permission, place: ConfigPlace): Rule | undefined {
  const typed = config.uri_template?.typed_config
  if (!isMessage(typed, 'envoy.extensions.path.match.uri_template.v3.UriTemplateMatchConfig')) return undefined
  const template = compileUriTemplate(typed.path_template ?? '')
  if (typeof template !== 'string') return rule(({ requestHeaders }) => template.matches(pathOnly(requestHeaders.path)))
  place.at('uri_template', config.uri_template).error('rule', `the path template is refused: ${template}`)
  return NEVER
}
