import { isIp } from '../schema/rules/formats.ts'
import type { Message } from '../message.ts'
import type { SemanticContext, SemanticRule } from './rule.ts'

type Listener = Message<'envoy.config.listener.v3.Listener'>
type SocketAddress = Message<'envoy.config.core.v3.SocketAddress'>
type FilterChainMatch = Message<'envoy.config.listener.v3.FilterChainMatch'>

/** A listener has an IP address to bind and something to do with a connection. */
export const listeners: SemanticRule = {
  types: ['envoy.config.listener.v3.Listener'],
  check(context) {
    for (const listener of context.found('envoy.config.listener.v3.Listener')) {
      if (listener.api_listener) continue
      if (listener.internal_listener) checkExtension(context, listener)
      else checkAddress(context, listener)
      const udp = listener.address?.socket_address?.protocol === 'UDP'
      if (!udp && !listener.filter_chains?.length && !listener.default_filter_chain) {
        context.say(
          'missing-field',
          'error',
          listener,
          undefined,
          'a listener needs filter_chains or a default_filter_chain',
        )
      }
      if (listener.filter_chain_matcher) checkNames(context, listener)
      else checkMatches(context, listener)
    }
    const admin = context.bootstrap?.admin?.address
    if (admin?.envoy_internal_address)
      context.say('bad-value', 'error', admin, 'envoy_internal_address', 'the admin cannot be an internal listener')
    for (const one of context.bootstrap?.bootstrap_extensions ?? []) {
      if (one.typed_config?.['@type'] !== EXTENSION)
        context.say('unsupported', 'error', one, 'typed_config', 'the one bootstrap extension is internal_listener')
    }
    checkIp(
      context,
      context.bootstrap?.admin?.address?.socket_address,
      'the admin binds an IP address: 127.0.0.1, ::1, …',
    )
  },
}

const EXTENSION = 'envoy.extensions.bootstrap.internal_listener.v3.InternalListener'

function checkExtension(context: SemanticContext, listener: Listener): void {
  const { bootstrap } = context
  if (bootstrap === undefined) return
  if (bootstrap.bootstrap_extensions?.some((one) => one.typed_config?.['@type'] === EXTENSION)) return
  const hint = `add bootstrap_extensions with envoy.bootstrap.internal_listener (${EXTENSION})`
  const message = 'an internal listener needs the bootstrap extension for it'
  context.say('missing-field', 'error', listener, 'internal_listener', message, hint)
}

function checkAddress(context: SemanticContext, listener: Listener): void {
  if (!listener.address) {
    if (!context.isWritten(listener, 'address'))
      context.say('missing-field', 'error', listener, undefined, 'a listener needs an address')
    return
  }
  const socket = listener.address.socket_address
  checkIp(context, socket, 'a listener binds an IP address: 0.0.0.0, ::, 127.0.0.1, …')
  if (socket?.ipv4_compat !== true || /^(?:::|::ffff:.*\..*)$/i.test(socket.address ?? '')) return
  context.say(
    'malformed-address',
    'error',
    socket,
    'ipv4_compat',
    'only the address :: or an IPv4 address in IPv6 can be ipv4_compat',
  )
}

function checkIp(context: SemanticContext, socket: SocketAddress | undefined, hint: string): void {
  if (!socket?.address || socket.resolver_name || isIp(socket.address)) return
  context.say('malformed-address', 'error', socket, 'address', `"${socket.address}" is not an IP address`, hint)
}

/** A filter_chain_matcher chooses chains by their names. */
function checkNames(context: SemanticContext, listener: Listener): void {
  const seen = new Set<string>()
  for (const chain of listener.filter_chains ?? []) {
    const { name = '' } = chain
    if (name === '' && !context.isWritten(chain, 'name'))
      context.say(
        'missing-field',
        'error',
        chain,
        undefined,
        'beside a filter_chain_matcher each filter chain needs a name',
      )
    else if (name !== '' && seen.has(name))
      context.say(
        'duplicate-name',
        'error',
        chain,
        'name',
        `a filter chain named "${name}" is already there`,
        'give each a name of its own',
      )
    seen.add(name)
  }
}

/** No two chains may be chosen for the very same connections. */
function checkMatches(context: SemanticContext, listener: Listener): void {
  const seen = new Map<string, string>()
  for (const chain of listener.filter_chains ?? []) {
    for (const key of matchKeys(chain.filter_chain_match)) {
      const other = seen.get(key)
      if (other !== undefined) {
        context.say(
          'duplicate-match',
          'error',
          chain,
          'filter_chain_match',
          `this filter chain matches the same connections as ${other}`,
          'give each chain a filter_chain_match of its own',
        )
        break
      }
      seen.set(key, chain.name ? `"${chain.name}"` : 'an earlier one')
    }
  }
}

const LISTS = [
  'prefix_ranges',
  'server_names',
  'application_protocols',
  'direct_source_prefix_ranges',
  'source_prefix_ranges',
  'source_ports',
] as const
const MAX_KEYS = 10_000

/** One key for each combination of the values that a match lists. */
function matchKeys(match: FilterChainMatch | undefined): readonly string[] {
  let keys = [`${match?.destination_port ?? ''}|${match?.transport_protocol ?? ''}|${match?.source_type ?? 'ANY'}`]
  for (const field of LISTS) {
    const values: readonly unknown[] = match?.[field]?.length ? match[field] : ['']
    // So many combinations are no slip of the pen, and are left alone.
    if (keys.length * values.length > MAX_KEYS) return []
    keys = keys.flatMap((key) => values.map((value) => `${key}|${JSON.stringify(value)}`))
  }
  return keys
}
