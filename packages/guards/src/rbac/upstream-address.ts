import { isMessage, type Message } from '@nuncio/config'
import { CidrSet, type ConfigPlace, filterStateValue, ipWords, parseIp } from '@nuncio/matching'
import { NEVER, type Rule, rule } from './rule.ts'

type Permission = Message<'envoy.config.rbac.v3.Permission'>

/** Where the filters that resolve a host by themselves save what they found. */
const ADDRESS_STATE = 'envoy.stream.upstream_address'

/**
 * `upstream_ip_port`: where a request or connection will go, as a filter before has found out and saved. Without that
 * it does not hold.
 */
export function compileUpstreamAddress(config: Permission, place: ConfigPlace): Rule | undefined {
  const typed = config.matcher?.typed_config
  if (!isMessage(typed, 'envoy.extensions.rbac.matchers.upstream_ip_port.v3.UpstreamIpPortMatcher')) return undefined
  const at = place.at('matcher', config.matcher).at('typed_config', typed)
  const { upstream_ip: range, upstream_port_range: ports } = typed
  if (range === undefined && ports === undefined) {
    at.error('rule', 'upstream_ip_port needs an upstream_ip, an upstream_port_range, or both')
    return NEVER
  }
  const ranges = new CidrSet()
  const { address_prefix: prefix = '', prefix_len: length = 0 } = range ?? {}
  if (range !== undefined && !ranges.add(prefix, length))
    at.at('upstream_ip', range).error('malformed-address', `${prefix}/${length} is not a CIDR range`)
  // Of this range the end belongs to it, unlike those of its kind elsewhere.
  const [start, end] = [ports?.start ?? 0, ports?.end ?? 0]
  return rule(({ info }) => {
    const match = ADDRESS.exec(filterStateValue(info, ADDRESS_STATE)?.serialize() ?? '')
    if (match === null) return false
    const address = match[1] ?? match[2]!
    const port = Number(match[3])
    return (
      (range === undefined || ranges.has(address) || ranges.has(mappedIpv4(address))) &&
      (ports === undefined || (port >= start && port <= end))
    )
  })
}

/** The parts of `ip:port`, without a zone. */
const ADDRESS = /^(?:\[([^\]%]+)(?:%[^\]]*)?\]|([^[\]:]+)):(\d{1,5})$/
const words = ipWords()

/** Who connects to `::ffff:127.0.0.1`, however it is written, gets to 127.0.0.1. '' for what is no such address. */
function mappedIpv4(address: string): string {
  if (!parseIp(address, words) || words.version === 4 || words.a !== 0 || words.b !== 0 || words.c !== 0xffff) return ''
  const { d } = words
  return `${d >>> 24}.${(d >>> 16) & 255}.${(d >>> 8) & 255}.${d & 255}`
}
