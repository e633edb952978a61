import type { Message } from '@nuncio/config'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { buildClientHello, records } from '@nuncio/tls/testing'
import { answer, ListenerHarness, until } from '../testing/index.ts'

// Every rule of filter_chain_match over real sockets: sources are addresses of 127.0.0.0/8, destinations too.

let harness: ListenerHarness
beforeEach(() => {
  harness = new ListenerHarness()
})
afterEach(() => harness.close())

type Listener = Message<'envoy.config.listener.v3.Listener'>

/** A listener on all IPv4 addresses whose chains answer with their names. */
function listenerOf(yaml: string): Listener {
  const { chains, ...rest } = parse(yaml) as { chains: Record<string, object> } & Listener
  return {
    address: { socket_address: { address: '0.0.0.0', port_value: 0 } },
    filter_chains: Object.entries(chains).map(([name, match]) => ({
      name,
      filter_chain_match: match,
      filters: [answer(name)],
    })),
    default_filter_chain: { name: 'default', filters: [answer('default')] },
    ...rest,
  }
}

const TLS = (serverName: string, ...protocols: string[]): Buffer =>
  records(buildClientHello({ ...(serverName && { serverName }), ...(protocols.length > 0 && { protocols }) }))
const PROXY = (line: string): Buffer => Buffer.from(`PROXY TCP4 ${line}\r\nbytes`)
const PROXY_FILTER = `listener_filters:
  - name: proxy
    typed_config:
      "@type": envoy.extensions.filters.listener.proxy_protocol.v3.ProxyProtocol
      allow_requests_without_proxy_protocol: true`
const HTTP_FILTER = `listener_filters:
  - name: tls
    typed_config: { "@type": envoy.extensions.filters.listener.tls_inspector.v3.TlsInspector }
  - name: http
    typed_config: { "@type": envoy.extensions.filters.listener.http_inspector.v3.HttpInspector }`

interface Row {
  readonly from?: string
  readonly to?: string
  readonly write?: Uint8Array | string
  readonly chain: string
}

const RULES: [title: string, yaml: string, rows: Row[]][] = [
  [
    'destination port, as PROXY protocol names it',
    `${PROXY_FILTER}\nchains: { web: { destination_port: 8443 }, any: {} }`,
    [
      { write: PROXY('192.0.2.1 10.0.0.1 1234 8443'), chain: 'web' },
      { write: PROXY('192.0.2.1 10.0.0.1 1234 80'), chain: 'any' },
      { write: 'no header', chain: 'any' },
    ],
  ],
  [
    'destination IP, the one that was connected to',
    `chains:
  eight: { prefix_ranges: [{ address_prefix: 127.0.0.0, prefix_len: 8 }] }
  two: { prefix_ranges: [{ address_prefix: 127.0.0.2, prefix_len: 32 }], source_type: EXTERNAL }`,
    [
      { to: '127.0.0.1', chain: 'eight' },
      { to: '127.0.0.2', from: '127.0.0.3', chain: 'two' },
      { to: '127.0.0.2', from: '127.0.0.2', chain: 'default' },
    ],
  ],
  [
    'server name, exact before wildcard before any',
    `chains: { exact: { server_names: [a.example] }, wild: { server_names: ["*.example"] }, any: { transport_protocol: tls } }`,
    [
      { write: TLS('A.example'), chain: 'exact' },
      { write: TLS('b.example'), chain: 'wild' },
      { write: TLS('a.b.example'), chain: 'wild' },
      { write: TLS('example'), chain: 'any' },
      { write: TLS(''), chain: 'any' },
      { write: 'GET / HTTP/1.1\r\n', chain: 'default' },
    ],
  ],
  [
    'transport protocol',
    `chains: { tls: { transport_protocol: tls }, plain: { transport_protocol: raw_buffer } }`,
    [
      { write: TLS('a.example'), chain: 'tls' },
      { write: 'hello', chain: 'plain' },
      { write: Buffer.from([22, 3, 1, 0, 5, 9, 9, 9, 9, 9]), chain: 'plain' },
    ],
  ],
  [
    'application protocol, from TLS or from what HTTP is spoken',
    `${HTTP_FILTER}\nchains: { h2: { application_protocols: [h2, h2c] }, h1: { application_protocols: [http/1.1] }, old: { application_protocols: [http/1.0] } }`,
    [
      { write: TLS('', 'http/1.1', 'h2'), chain: 'h1' },
      { write: TLS('', 'h2', 'http/1.1'), chain: 'h2' },
      { write: TLS('', 'spdy/3'), chain: 'default' },
      { write: 'GET / HTTP/1.1\r\n', chain: 'h1' },
      { write: 'GET / HTTP/1.0\r\n', chain: 'old' },
      { write: 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', chain: 'h2' },
      { write: '\x01\x02', chain: 'default' },
    ],
  ],
  [
    'direct source IP, whatever PROXY protocol says',
    `${PROXY_FILTER}\nchains:
  balancer: { direct_source_prefix_ranges: [{ address_prefix: 127.0.0.4, prefix_len: 30 }] }
  client: { source_prefix_ranges: [{ address_prefix: 192.0.2.0, prefix_len: 24 }] }`,
    [
      { from: '127.0.0.5', write: PROXY('192.0.2.1 10.0.0.1 1 2'), chain: 'balancer' },
      { from: '127.0.0.9', write: PROXY('192.0.2.1 10.0.0.1 1 2'), chain: 'client' },
      { from: '127.0.0.9', write: PROXY('192.0.3.1 10.0.0.1 1 2'), chain: 'default' },
    ],
  ],
  [
    'source type',
    `chains: { local: { source_type: SAME_IP_OR_LOOPBACK }, external: { source_type: EXTERNAL } }`,
    [
      { from: '127.0.0.1', chain: 'local' },
      { from: '127.0.0.2', chain: 'external' },
      { from: '127.0.0.2', to: '127.0.0.2', chain: 'local' },
      { from: '127.0.0.1', to: '127.0.0.2', chain: 'local' },
    ],
  ],
  [
    'source IP by longest prefix',
    `chains:
  net: { source_prefix_ranges: [{ address_prefix: 127.0.0.0, prefix_len: 8 }] }
  pair: { source_prefix_ranges: [{ address_prefix: 127.0.0.2, prefix_len: 31 }, { address_prefix: "::", prefix_len: 0 }] }`,
    [
      { from: '127.0.0.2', chain: 'pair' },
      { from: '127.0.0.3', chain: 'pair' },
      { from: '127.0.0.4', chain: 'net' },
    ],
  ],
  [
    'source port',
    `${PROXY_FILTER}\nchains: { dns: { source_ports: [53, 5353] }, any: {} }`,
    [
      { write: PROXY('192.0.2.1 10.0.0.1 53 2'), chain: 'dns' },
      { write: PROXY('192.0.2.1 10.0.0.1 54 2'), chain: 'any' },
    ],
  ],
]

const PROXY_AND_TLS = `listener_filters:
  - name: proxy
    typed_config: { "@type": envoy.extensions.filters.listener.proxy_protocol.v3.ProxyProtocol }
  - name: tls
    typed_config: { "@type": envoy.extensions.filters.listener.tls_inspector.v3.TlsInspector }`
/** Comes from 192.0.2.1, port 53, to 10.0.0.1, port 8443, and asks for `a.example` with `h2`. */
const EVERYTHING = Buffer.concat([Buffer.from('PROXY TCP4 192.0.2.1 10.0.0.1 53 8443\r\n'), TLS('a.example', 'h2')])

// Two chains that both fit, each by one criterion: the criterion that comes first in Envoy's order decides.
const ORDER: [criterion: string, match: string][] = [
  ['destination port', 'destination_port: 8443'],
  ['destination IP', 'prefix_ranges: [{ address_prefix: 10.0.0.1, prefix_len: 8 }]'],
  ['server name', 'server_names: ["*.example"]'],
  ['transport protocol', 'transport_protocol: tls'],
  ['application protocol', 'application_protocols: [h2]'],
  ['direct source IP', 'direct_source_prefix_ranges: [{ address_prefix: 127.0.0.0, prefix_len: 8 }]'],
  ['source type', 'source_type: EXTERNAL'],
  ['source IP', 'source_prefix_ranges: [{ address_prefix: 192.0.2.0, prefix_len: 24 }]'],
  ['source port', 'source_ports: [53]'],
]

describe('of two criteria that both fit decides', () => {
  test.each(
    ORDER.flatMap(([earlier, first], i) =>
      ORDER.slice(i + 1).map(([later, second]) => [earlier, later, first, second]),
    ),
  )('%s, not %s', async (_, __, first, second) => {
    const yaml = `${PROXY_AND_TLS}\nchains: { later: { ${second} }, earlier: { ${first} } }`
    expect(await harness.talk(await harness.listen(listenerOf(yaml)), EVERYTHING, { host: '127.0.0.1' })).toBe(
      'earlier',
    )
  })
})

test('of several wildcards the longest that fits decides', async () => {
  const yaml = 'chains: { far: { server_names: ["*.example"] }, near: { server_names: ["*.b.example"] } }'
  const listener = await harness.listen(listenerOf(yaml))
  expect(await harness.talk(listener, TLS('a.b.example'), { host: '127.0.0.1' })).toBe('near')
  expect(await harness.talk(listener, TLS('b.example'), { host: '127.0.0.1' })).toBe('far')
})

test('no less specific chain is tried when the rest of the most specific one does not fit', async () => {
  const yaml = `chains:
  exact: { server_names: [a.example], source_prefix_ranges: [{ address_prefix: 127.0.0.9, prefix_len: 32 }] }
  wild: { server_names: ["*.example"] }`
  const listener = await harness.listen(listenerOf(yaml))
  const from = (localAddress: string): Promise<string> =>
    harness.talk(listener, TLS('a.example'), { host: '127.0.0.1', localAddress })
  expect(await from('127.0.0.9')).toBe('exact')
  expect(await from('127.0.0.8')).toBe('default')
})

describe.each(RULES)('%s', (_, yaml, rows) => {
  test.each(
    rows.map(
      (row) =>
        [`${row.from ?? ''} → ${row.to ?? ''} ${JSON.stringify(String(row.write ?? '').slice(0, 60))}`, row] as const,
    ),
  )('%s', async (__, { from, to = '127.0.0.1', write = '', chain }) => {
    const listener = await harness.listen(listenerOf(yaml))
    expect(await harness.talk(listener, write, { host: to, ...(from !== undefined && { localAddress: from }) })).toBe(
      chain,
    )
  })
})

const MATCHER = `${PROXY_FILTER}
  - name: tls
    typed_config: { "@type": envoy.extensions.filters.listener.tls_inspector.v3.TlsInspector }
filter_chain_matcher:
  matcher_list:
    matchers:
      - predicate:
          single_predicate:
            input:
              name: port
              typed_config: { "@type": envoy.extensions.matching.common_inputs.network.v3.DestinationPortInput }
            value_match: { exact: '8443' }
        on_match: { action: { name: web, typed_config: { "@type": google.protobuf.StringValue, value: web } } }
      - predicate:
          single_predicate:
            input:
              name: name
              typed_config: { "@type": envoy.extensions.matching.common_inputs.network.v3.ServerNameInput }
            value_match: { suffix: .example }
        on_match: { action: { name: named, typed_config: { "@type": google.protobuf.StringValue, value: named } } }
  on_no_match:
    matcher:
      matcher_tree:
        input:
          name: source
          typed_config: { "@type": envoy.extensions.matching.common_inputs.network.v3.DirectSourceIPInput }
        exact_match_map:
          map:
            127.0.0.7: { action: { name: office, typed_config: { "@type": google.protobuf.StringValue, value: office } } }
chains: { web: {}, named: {}, office: {} }`

// The chains of a matcher need no `filter_chain_match`, and one that they have is not looked at.
test.each([
  ['a port', { write: PROXY('192.0.2.1 10.0.0.1 1 8443') }, 'web'],
  ['a server name', { write: TLS('a.example') }, 'named'],
  ['an address in a tree below', { write: 'hi', localAddress: '127.0.0.7' }, 'office'],
  ['nothing', { write: 'hi', localAddress: '127.0.0.8' }, 'default'],
])('filter_chain_matcher decides alone: by %s', async (_, { write, ...options }, chain) => {
  const listener = await harness.listen(listenerOf(MATCHER))
  expect(await harness.talk(listener, write, { host: '127.0.0.1', ...options })).toBe(chain)
})

test('no chain and no default: the connection is closed and counted, nothing else', async () => {
  const { default_filter_chain: _, ...config } = listenerOf('chains: { external: { source_type: EXTERNAL } }')
  const listener = await harness.listen(config)
  expect(await harness.talk(listener, '', { host: '127.0.0.1', localAddress: '127.0.0.1' })).toBe('')
  expect(harness.counter('no_filter_chain_match')).toBe(1)
  expect(harness.counter('downstream_cx_total')).toBe(0)
  expect(await harness.talk(listener, '', { host: '127.0.0.1', localAddress: '127.0.0.2' })).toBe('external')
})

test('a connection knows its chain and its server name', async () => {
  const listener = await harness.listen(listenerOf('chains: { exact: { server_names: [a.example] } }'))
  await harness.talk(listener, TLS('A.Example'), { host: '127.0.0.1' })
  expect(harness.accepted[0]!.info).toMatchObject({
    filterChainName: 'exact',
    serverName: 'a.example',
    listenerName: 'test',
  })
})

test('a Unix socket has no port and no IP: only chains that ask for neither take it', async () => {
  const name = `@nuncio-match-${process.pid}`
  const config = listenerOf(
    'chains: { port: { destination_port: 80 }, ip: { prefix_ranges: [{ address_prefix: 0.0.0.0, prefix_len: 0 }] }, local: { source_type: SAME_IP_OR_LOOPBACK } }',
  )
  const listener = await harness.listen({ ...config, address: { pipe: { path: name } } })
  expect(await harness.talk(listener, '', { path: `\0${name.slice(1)}` })).toBe('local')
  await until(() => listener.connectionCount === 0)
})
