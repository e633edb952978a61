import type { Message } from '@nuncio/config'
import type { TlsInfo } from '@nuncio/core'
import { compileStringMatcher, type ConfigPlace, FilterStateMatcher, type StringMatcher } from '@nuncio/matching'
import { addressRule, compileCommon } from './common-rules.ts'
import { allOf, ALWAYS, anyOf, NEVER, not, type Rule, rule } from './rule.ts'

type Principal = Message<'envoy.config.rbac.v3.Principal'>

/** Compiles whom a policy means. What is not understood is refused, never passed over. */
export function compilePrincipal(config: Principal, place: ConfigPlace): Rule {
  const set = (field: 'and_ids' | 'or_ids'): readonly Rule[] =>
    (config[field]?.ids ?? []).map((one, i) =>
      compilePrincipal(one, place.at(field, config[field]).item('ids', i, one)),
    )
  if (config.and_ids !== undefined) return allOf(set('and_ids'))
  if (config.or_ids !== undefined) return anyOf(set('or_ids'))
  if (config.not_id !== undefined) return not(compilePrincipal(config.not_id, place.at('not_id', config.not_id)))
  if (config.any === true) return ALWAYS
  if (config.authenticated !== undefined)
    return authenticated(config.authenticated, place.at('authenticated', config.authenticated))
  const found = compileCommon(config, place) ?? compileSource(config, place)
  if (found !== undefined) return found
  place.error('unsupported', 'this kind of principal is not understood', 'a rule that is left out would open a door')
  return NEVER
}

function compileSource(config: Principal, place: ConfigPlace): Rule | undefined {
  if (config.source_ip !== undefined)
    return addressRule(config.source_ip, place, 'source_ip', (stream) => stream.info.connection.remote.address)
  if (config.direct_remote_ip !== undefined)
    return addressRule(
      config.direct_remote_ip,
      place,
      'direct_remote_ip',
      (s) => s.info.connection.directRemote.address,
    )
  if (config.remote_ip !== undefined)
    return addressRule(config.remote_ip, place, 'remote_ip', (stream) => stream.info.remote.address)
  if (config.filter_state === undefined) return undefined
  const matcher = new FilterStateMatcher(config.filter_state, place.at('filter_state', config.filter_state))
  return rule((_, stream) => matcher.matches(stream.info))
}

function authenticated(config: NonNullable<Principal['authenticated']>, place: ConfigPlace): Rule {
  const name = config.principal_name
  if (name === undefined) return rule((_, stream) => stream.info.connection.tls !== undefined)
  const matcher = compileStringMatcher(name, place.at('principal_name', name))
  return rule((_, stream) => {
    const { tls } = stream.info.connection
    return tls !== undefined && namesPeer(tls, matcher)
  })
}

/** A URI or DNS name of the client's certificate, else its subject. Without a certificate there is no name. */
function namesPeer(tls: TlsInfo, matcher: StringMatcher): boolean {
  const { peer } = tls
  if (peer === undefined) return false
  for (const name of peer.uriSans) if (matcher.matches(name)) return true
  for (const name of peer.dnsSans) if (matcher.matches(name)) return true
  return matcher.matches(peer.subject)
}
