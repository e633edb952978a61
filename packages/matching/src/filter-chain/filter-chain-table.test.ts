import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import type { Finding } from '../place/finding.ts'
import { type ConnectionFacts, type FilterChainMatch, FilterChainTable } from './filter-chain-table.ts'

function compile(yaml: string, fallback?: string): { table: FilterChainTable<string>; problems: Finding[] } {
  const table = new FilterChainTable<string>(fallback)
  const problems: Finding[] = []
  for (const [name, match] of Object.entries(parse(yaml) as Record<string, FilterChainMatch>)) {
    table.add({ match, chain: name, name, path: `filter_chains[${name}]` }, (finding) => problems.push(finding))
  }
  return { table, problems }
}

interface Where {
  to?: string
  from?: string
  direct?: string
  sni?: string
  tls?: boolean
  alpn?: string[]
}

function facts({
  to = '10.0.0.1:443',
  from = '192.0.2.7:5000',
  direct = from,
  sni = '',
  tls = sni !== '',
  alpn = [],
}: Where): ConnectionFacts {
  return {
    local: address(to),
    remote: address(from),
    directRemote: address(direct),
    serverName: sni,
    detectedTransportProtocol: tls ? 'tls' : 'raw_buffer',
    requestedApplicationProtocols: alpn,
  }
}

function address(text: string): { address: string; port: number } {
  const colon = text.lastIndexOf(':')
  return text.startsWith('/') || text === ''
    ? { address: text, port: 0 }
    : { address: text.slice(0, colon), port: Number(text.slice(colon + 1)) }
}

const RULES: [title: string, yaml: string, rows: [Where, string | undefined][]][] = [
  [
    'the destination port comes before everything else, and does not come back for less specific rules',
    'port: {destination_port: 443, server_names: [a.example]}\nany: {}\n',
    [
      [{ sni: 'a.example' }, 'port'],
      [{ sni: 'b.example' }, undefined],
      [{ to: '10.0.0.1:80', sni: 'b.example' }, 'any'],
    ],
  ],
  [
    'the destination IP matches by longest prefix',
    `eight: {prefix_ranges: [{address_prefix: 10.0.0.0, prefix_len: 8}]}
host: {prefix_ranges: [{address_prefix: 10.0.0.9, prefix_len: 32}], server_names: [a.example]}
six: {prefix_ranges: [{address_prefix: "fd00::", prefix_len: 8}]}`,
    [
      [{}, 'eight'],
      [{ to: '10.0.0.9:1' }, undefined],
      [{ to: '10.0.0.9:1', sni: 'a.example' }, 'host'],
      [{ to: '11.0.0.9:1' }, undefined],
      [{ to: 'fd12::1:1' }, 'six'],
      [{ to: '/run/x.sock' }, undefined],
    ],
  ],
  [
    'server names: exact, then the longest wildcard, then none; case does not matter in the configuration',
    `exact: {server_names: [WWW.Example.com]}
wild: {server_names: ["*.example.com"]}
com: {server_names: ["*.com"]}
none: {}`,
    [
      [{ sni: 'www.example.com' }, 'exact'],
      [{ sni: 'x.example.com' }, 'wild'],
      [{ sni: 'a.b.example.com' }, 'wild'],
      [{ sni: 'example.com' }, 'com'],
      [{ sni: 'com' }, 'none'],
      [{ sni: 'example.com.' }, 'none'],
      [{}, 'none'],
    ],
  ],
  [
    'a server name that fits does not come back when the rules below it do not',
    'exact: {server_names: [a.example], application_protocols: [h2]}\nwild: {server_names: ["*.example"]}\nnone: {}',
    [
      [{ sni: 'a.example', alpn: ['h2'] }, 'exact'],
      [{ sni: 'a.example' }, undefined],
      [{ sni: 'b.example' }, 'wild'],
    ],
  ],
  [
    'the transport protocol',
    'tls: {transport_protocol: tls}\nraw: {transport_protocol: raw_buffer}',
    [
      [{ tls: true }, 'tls'],
      [{}, 'raw'],
    ],
  ],
  [
    'application protocols, in the order in which the client offers them',
    'h2: {application_protocols: [h2]}\nh1: {application_protocols: ["http/1.1", "http/1.0"]}\nother: {}',
    [
      [{ alpn: ['http/1.1', 'h2'] }, 'h1'],
      [{ alpn: ['h2', 'http/1.1'] }, 'h2'],
      [{ alpn: ['spdy/3', 'http/1.0'] }, 'h1'],
      [{ alpn: ['spdy/3'] }, 'other'],
      [{}, 'other'],
    ],
  ],
  [
    'the direct source IP is the socket’s own, the source IP the one that PROXY protocol named',
    `balancer: {direct_source_prefix_ranges: [{address_prefix: 10.9.0.0, prefix_len: 16}], source_prefix_ranges: [{address_prefix: 203.0.113.0, prefix_len: 24}]}
direct: {source_prefix_ranges: [{address_prefix: 203.0.113.0, prefix_len: 24}]}`,
    [
      [{ direct: '10.9.0.1:1', from: '203.0.113.5:1' }, 'balancer'],
      [{ direct: '10.9.0.1:1', from: '198.51.100.5:1' }, undefined],
      [{ from: '203.0.113.5:1' }, 'direct'],
    ],
  ],
  [
    'the source type: 127.0.0.1, the same address or a Unix socket are local, the rest of 127.0.0.0/8 is not',
    'local: {source_type: SAME_IP_OR_LOOPBACK}\nexternal: {source_type: EXTERNAL}',
    [
      [{ from: '127.0.0.1:1' }, 'local'],
      [{ from: '::1:1' }, 'local'],
      [{ from: '10.0.0.1:9' }, 'local'],
      [{ from: '', to: '/run/x.sock' }, 'local'],
      [{ from: '127.0.0.2:1' }, 'external'],
      [{ from: '10.0.0.2:1' }, 'external'],
    ],
  ],
  [
    'a source type of any takes what the other types have no entry for',
    'external: {source_type: EXTERNAL, source_prefix_ranges: [{address_prefix: 192.0.2.0, prefix_len: 24}]}\nany: {}',
    [
      [{ from: '127.0.0.1:1' }, 'any'],
      [{ from: '192.0.2.1:1' }, 'external'],
      [{ from: '203.0.113.1:1' }, undefined],
    ],
  ],
  [
    'the source IP by longest prefix, then the source port',
    `net: {source_prefix_ranges: [{address_prefix: 192.0.2.0, prefix_len: 24}]}
port: {source_prefix_ranges: [{address_prefix: 192.0.2.128, prefix_len: 25}], source_ports: [5000, 5001]}`,
    [
      [{ from: '192.0.2.7:5000' }, 'net'],
      [{ from: '192.0.2.200:5001' }, 'port'],
      [{ from: '192.0.2.200:5002' }, undefined],
    ],
  ],
]

describe.each(RULES)('%s', (_, yaml, rows) => {
  test.each(rows.map(([where, chain]) => [JSON.stringify(where), where, chain] as const))('%s', (__, where, chain) => {
    const { table, problems } = compile(yaml)
    expect(problems).toEqual([])
    expect(table.find(facts(where))).toBe(chain)
  })
})

test('what no chain takes goes to the default chain, and so does a port whose rules do not fit', () => {
  const { table } = compile('port: {destination_port: 443, server_names: [a.example]}', 'default')
  expect(table.find(facts({}))).toBe('default')
  expect(table.find(facts({ to: '10.0.0.1:80' }))).toBe('default')
})

test('a listener without chains has only its default', () => {
  expect(compile('{}', 'default').table.find(facts({}))).toBe('default')
  expect(compile('{}').table.find(facts({}))).toBeUndefined()
})

describe('problems', () => {
  test.each([
    ['two equal chains', 'a: {}\nb: {}', 'filter-chain-match-overlap', 'b and a match the same connections'],
    [
      'two chains that share a name',
      'a: {server_names: [x, y]}\nb: {server_names: [y]}',
      'filter-chain-match-overlap',
      'b and a match the same connections',
    ],
    [
      'a name that is also a wildcard’s suffix',
      'a: {server_names: [.x.y]}\nb: {server_names: ["*.x.y"]}',
      'filter-chain-match-overlap',
      'b and a match the same connections',
    ],
    [
      'a repeated range',
      'a: {source_prefix_ranges: [{address_prefix: 10.0.0.1, prefix_len: 8}, {address_prefix: 10.2.0.0, prefix_len: 8}]}',
      'filter-chain-match-repeated',
      'a names the same rule twice',
    ],
    [
      'a wildcard inside a name',
      'a: {server_names: ["a*.x"]}',
      'partial-wildcard',
      '"a*.x" has a wildcard that is not its whole first label',
    ],
    [
      'a lone star',
      'a: {server_names: ["*"]}',
      'partial-wildcard',
      '"*" has a wildcard that is not its whole first label',
    ],
    [
      'no address',
      'a: {prefix_ranges: [{address_prefix: foo, prefix_len: 8}]}',
      'malformed-address',
      '"foo" is not an IP address',
    ],
  ])('%s', (_, yaml, code, message) => {
    const { problems } = compile(yaml)
    expect(problems).toMatchObject([{ code, message }])
  })

  test('of two equal chains the first keeps the connections', () => {
    expect(compile('a: {}\nb: {}').table.find(facts({}))).toBe('a')
  })
})
