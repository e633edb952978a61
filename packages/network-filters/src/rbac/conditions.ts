import type { Message } from '@nuncio/config'
import type { ConnectionInfo } from '@nuncio/core'
import { compileStringMatcher, type ConfigPlace, CidrSet, type StringMatcher } from '@nuncio/matching'

type Permission = Message<'envoy.config.rbac.v3.Permission'>
type Principal = Message<'envoy.config.rbac.v3.Principal'>
type CidrRange = Message<'envoy.config.core.v3.CidrRange'>

/** Something that is so of a connection, or not. */
export type Condition = (info: ConnectionInfo) => boolean

/** What a client may want to do: where it goes to. What cannot be compiled is reported and refuses the listener. */
export function compilePermission(rule: Permission, place: ConfigPlace): Condition {
  const { and_rules: all, or_rules: some, not_rule: not } = rule
  if (all !== undefined) return every(compileList(all.rules, place.at('and_rules', all), 'rules', compilePermission))
  if (some !== undefined) return any(compileList(some.rules, place.at('or_rules', some), 'rules', compilePermission))
  if (not !== undefined) return negated(compilePermission(not, place.at('not_rule', not)))
  if (rule.any !== undefined) return always
  if (rule.destination_ip !== undefined) {
    const range = compileRange(rule.destination_ip, place.at('destination_ip', rule.destination_ip))
    return (info) => range.has(info.local.address)
  }
  const port = rule.destination_port
  if (port !== undefined) return (info) => info.local.port === port
  if (rule.destination_port_range !== undefined) {
    const { start = 0, end = 0 } = rule.destination_port_range
    return (info) => info.local.port >= start && info.local.port < end
  }
  if (rule.requested_server_name !== undefined) {
    const name = compileStringMatcher(
      rule.requested_server_name,
      place.at('requested_server_name', rule.requested_server_name),
    )
    return (info) => name.matches(info.serverName)
  }
  return refused(place, 'permission')
}

/** Who a client is: where it comes from, and what its certificate says. */
export function compilePrincipal(id: Principal, place: ConfigPlace): Condition {
  const { and_ids: all, or_ids: some, not_id: not, authenticated } = id
  if (all !== undefined) return every(compileList(all.ids, place.at('and_ids', all), 'ids', compilePrincipal))
  if (some !== undefined) return any(compileList(some.ids, place.at('or_ids', some), 'ids', compilePrincipal))
  if (not !== undefined) return negated(compilePrincipal(not, place.at('not_id', not)))
  if (id.any !== undefined) return always
  if (authenticated !== undefined) {
    const { principal_name: name } = authenticated
    if (name === undefined) return (info) => info.tls?.peer !== undefined
    const matcher = compileStringMatcher(name, place.at('authenticated', authenticated).at('principal_name', name))
    return (info) => hasName(info, matcher)
  }
  if (id.direct_remote_ip !== undefined) {
    const range = compileRange(id.direct_remote_ip, place.at('direct_remote_ip', id.direct_remote_ip))
    return (info) => range.has(info.directRemote.address)
  }
  const address = id.remote_ip ?? id.source_ip
  if (address === undefined) return refused(place, 'principal')
  const range = compileRange(address, place.at(id.remote_ip === undefined ? 'source_ip' : 'remote_ip', address))
  return (info) => range.has(info.remote.address)
}

/** Compiles each item of a list that stands in a field. */
export function compileList<T extends object>(
  items: readonly T[] | undefined,
  place: ConfigPlace,
  field: string,
  compile: (item: T, place: ConfigPlace) => Condition,
): readonly Condition[] {
  return (items ?? []).map((item, i) => compile(item, place.item(field, i, item)))
}

/** Whether one of them holds; none of no conditions does. */
export function any(conditions: readonly Condition[]): Condition {
  return (info) => conditions.some((condition) => condition(info))
}

function every(conditions: readonly Condition[]): Condition {
  return (info) => conditions.every((condition) => condition(info))
}

function negated(condition: Condition): Condition {
  return (info) => !condition(info)
}

function always(): boolean {
  return true
}

/** The name of a peer: one of its URIs, else of its DNS names, else its subject. */
function hasName({ tls }: ConnectionInfo, matcher: StringMatcher): boolean {
  const peer = tls?.peer
  if (peer === undefined) return false
  return (
    peer.uriSans.some((name) => matcher.matches(name)) ||
    peer.dnsSans.some((name) => matcher.matches(name)) ||
    matcher.matches(peer.subject)
  )
}

function compileRange(
  { address_prefix: address = '', prefix_len: length = 0 }: CidrRange,
  place: ConfigPlace,
): CidrSet {
  const set = new CidrSet()
  if (!set.add(address, length)) place.error('malformed-address', `${address}/${length} is not a CIDR range`)
  return set
}

/** A rule that would be left out could let in whom it was to keep out, or the reverse: the listener is refused. */
function refused(place: ConfigPlace, what: string): Condition {
  place.error('unsupported', `this ${what} is empty, or of a kind that nuncio does not have for connections`)
  return () => false
}
