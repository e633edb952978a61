import fc from 'fast-check'
import type { Tree } from '../model/document.ts'
import { maybe, merged } from './combine.ts'

// Connections that begin with a PROXY header, and upstreams that get one.

const V2 = '\r\n\r\n\0\r\nQUIT\n'
const octets = (...bytes: readonly number[]): string => String.fromCharCode(...bytes)
const ADDRESSES = octets(10, 1, 2, 3, 10, 4, 5, 6, 4, 87, 8, 174)
const tlv = (type: number, value: string): string => octets(type, 0, value.length) + value

function version2(command: number, family: number, rest: string): string {
  return V2 + octets(0x20 | command, family, rest.length >> 8, rest.length & 255) + rest
}

/** Those that say addresses, so that nobody sees the client's own. */
const TELLING = [
  'PROXY TCP4 10.1.2.3 10.4.5.6 1111 2222\r\n',
  'PROXY TCP4 192.168.0.1 10.4.5.6 1 65535\r\n',
  'PROXY TCP6 2001:db8::1 2001:db8::2 1111 2222\r\n',
  version2(1, 0x11, ADDRESSES),
  version2(1, 0x11, ADDRESSES + tlv(0xe2, 'mine') + tlv(2, 'auth')),
  version2(1, 0x12, ADDRESSES),
]
const OTHERS = [
  'PROXY UNKNOWN\r\n',
  'PROXY UNKNOWN a b c d\r\n',
  'PROXY TCP4 10.1.2.3\r\n',
  version2(0, 0x00, ''),
  version2(0, 0x11, ADDRESSES),
  '',
]

const listenerFilter: fc.Arbitrary<Tree> = merged(
  fc.constant({ '@type': 'extensions.filters.listener.proxy_protocol.v3.ProxyProtocol' }),
  maybe(fc.constant({ rules: [{ tlv_type: 226, on_tlv_present: { key: 'mine' } }] })),
  maybe(fc.constant({ pass_through_tlvs: { match_type: 'INCLUDE_ALL' } })),
)

const tolerant: fc.Arbitrary<Tree> = merged(
  maybe(fc.constant({ allow_requests_without_proxy_protocol: true })),
  maybe(fc.constantFrom('V1', 'V2').map((version) => ({ disallowed_versions: [version] }))),
)

const listening = (filter: Tree, more: Tree): Tree => ({
  listener: { listener_filters: [{ name: 'proxy', typed_config: filter }] },
  ...more,
})

const hcm: fc.Arbitrary<Tree> = merged(
  maybe(fc.constant({ use_remote_address: true })),
  maybe(fc.constant({ append_x_forwarded_port: true })),
)

const told = [
  '%DOWNSTREAM_REMOTE_ADDRESS%',
  '%DOWNSTREAM_DIRECT_REMOTE_ADDRESS_WITHOUT_PORT%',
  '%DOWNSTREAM_LOCAL_ADDRESS%',
]

export const proxiedHost: fc.Arbitrary<Tree> = fc.constant({
  routes: [{ match: { prefix: '/' }, route: { cluster: 'a' } }],
  request_headers_to_add: told.map((value, i) => ({ header: { key: `x-told-${i}`, value } })),
})

const request = 'GET /a HTTP/1.1\r\nhost: {{host}}\r\n\r\n'

const begun = (headers: readonly string[]): fc.Arbitrary<Tree> =>
  fc.tuple(fc.constantFrom(...headers), fc.boolean()).map(([first, apart]) => ({
    raw: apart && first.length > 8 ? [first.slice(0, 8), { wait: 10 }, first.slice(8) + request] : [first + request],
    until: { quiet: 60 },
  }))

/** A listener that expects a header, and a request that has one or not. */
export const proxied: fc.Arbitrary<{ readonly listener: Tree; readonly request: Tree }> = fc.oneof(
  fc.record({
    listener: fc
      .tuple(listenerFilter, tolerant, hcm)
      .map(([filter, more, own]) => listening({ ...filter, ...more }, { hcm: own })),
    request: begun([...TELLING, ...OTHERS]),
  }),
  fc.record({
    listener: fc
      .tuple(listenerFilter, fc.constantFrom('v1', 'v2', 'v2t'))
      .map(([filter, cluster]) => listening(filter, { tcp: { cluster } })),
    request: begun(TELLING),
  }),
)
