import { isMessage, type Message } from '@nuncio/config'
import type { TlsInfo } from '@nuncio/core'
import { compileStringMatcher, type ConfigPlace, FilterStateMatcher, type StringMatcher } from '@nuncio/matching'
import { addressRule, compileCommon } from './common-rules.ts'
import { allOf, ALWAYS, anyOf, NEVER, not, type RbacScope, type Rule, rule } from './rule.ts'

type Principal = Message<'envoy.config.rbac.v3.Principal'>

/** Compiles whom a policy means. What is not understood is refused, never passed over. */
export function compilePrincipal(config: Principal, place: ConfigPlace, scope: RbacScope): Rule {
  const set = (field: 'and_ids' | 'or_ids'): readonly Rule[] =>
    (config[field]?.ids ?? []).map((one, i) =>
      compilePrincipal(one, place.at(field, config[field]).item('ids', i, one), scope),
    )
  if (config.and_ids !== undefined) return allOf(set('and_ids'))
  if (config.or_ids !== undefined) return anyOf(set('or_ids'))
  if (config.not_id !== undefined) return not(compilePrincipal(config.not_id, place.at('not_id', config.not_id), scope))
  if (config.any === true) return ALWAYS
  if (config.authenticated !== undefined)
    return authenticated(config.authenticated, place.at('authenticated', config.authenticated))
  const found = compileCommon(config, place, scope) ?? compileSource(config, place) ?? compileCustom(config, place)
  if (found !== undefined) return found
  place.error('unsupported', 'this kind of principal is not understood', 'a rule that is left out would open a door')
  return NEVER
}

function compileSource(config: Principal, place: ConfigPlace): Rule | undefined {
  if (config.source_ip !== undefined)
    return addressRule(config.source_ip, place, 'source_ip', (info) => info.connection.remote.address)
  if (config.direct_remote_ip !== undefined)
    return addressRule(
      config.direct_remote_ip,
      place,
      'direct_remote_ip',
      (info) => info.connection.directRemote.address,
    )
  if (config.remote_ip !== undefined)
    return addressRule(config.remote_ip, place, 'remote_ip', (info) => info.remote.address)
  if (config.filter_state === undefined) return undefined
  const matcher = new FilterStateMatcher(config.filter_state, place.at('filter_state', config.filter_state))
  return rule(({ info }) => matcher.matches(info))
}

function authenticated(config: NonNullable<Principal['authenticated']>, place: ConfigPlace): Rule {
  const name = config.principal_name
  if (name === undefined) return rule(({ info }) => info.connection.tls !== undefined)
  const matcher = compileStringMatcher(name, place.at('principal_name', name))
  return rule(({ info }) => {
    const { tls } = info.connection
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

type SanMatcher = Message<'envoy.extensions.transport_sockets.tls.v3.SubjectAltNameMatcher'>

const SANS = {
  DNS: 'dnsSans',
  URI: 'uriSans',
  EMAIL: 'emailSans',
  IP_ADDRESS: 'ipSans',
} as const

/** `mtls_authenticated`: a client whose certificate was checked against a trusted authority. */
function compileCustom(config: Principal, place: ConfigPlace): Rule | undefined {
  const typed = config.custom?.typed_config
  if (!isMessage(typed, 'envoy.extensions.rbac.principals.mtls_authenticated.v3.Config')) return undefined
  const at = place.at('custom', config.custom).at('typed_config', typed)
  const { san_matcher: san, any_validated_client_certificate: any } = typed
  if ((san === undefined) === (any !== true)) {
    at.error('rule', 'mtls_authenticated needs either a san_matcher or any_validated_client_certificate')
    return NEVER
  }
  const names = san === undefined ? ALWAYS : sanRule(san, at.at('san_matcher', san))
  return rule((subject) => {
    const { tls } = subject.info.connection
    return tls?.peer !== undefined && tls.peerValidated && names.matches(subject)
  })
}

function sanRule(config: SanMatcher, place: ConfigPlace): Rule {
  const { san_type: type = 'SAN_TYPE_UNSPECIFIED' } = config
  if (!Object.hasOwn(SANS, type)) {
    place.at('san_type').error('unsupported', `names of the kind ${type} are not looked at`)
    return NEVER
  }
  const matcher = compileStringMatcher(config.matcher ?? {}, place.at('matcher', config.matcher))
  const field = SANS[type as keyof typeof SANS]
  return rule(({ info }) => info.connection.tls?.peer?.[field].some((name) => matcher.matches(name)) === true)
}
