import { load, type Message } from '@nuncio/config'
import { describe, expect, test } from 'vitest'
import { ListenerHarness } from '../testing/index.ts'
import { decideListener, type ListenerDecision } from './decide-listener.ts'

const { registries } = new ListenerHarness({
  networkFilters: [
    {
      name: 'gate',
      config: { type: 'nuncio.testing.Gate', honours: {} },
      stability: 'stable',
      terminal: false,
      create: () => ({ onNewConnection: () => {} }),
    },
  ],
})

const ANSWER = '{ name: answer, typed_config: { "@type": type.googleapis.com/nuncio.testing.Answer } }'
const GATE = '{ name: gate, typed_config: { "@type": type.googleapis.com/nuncio.testing.Gate } }'
const ADDRESS = 'address: { socket_address: { address: 127.0.0.1, port_value: 80 } }'
const CHAIN = `filter_chains: [{ filters: [${ANSWER}] }]`

/** What the loader says itself is left aside: it knows only Envoy's filters. */
function decide(...lines: string[]): ListenerDecision {
  const loaded = load('envoy.config.listener.v3.Listener', lines.join('\n'), {
    file: 'listener.yaml',
    definitions: ['nuncio.testing.Answer', 'nuncio.testing.Gate'].map((type) => ({
      type,
      honours: {},
      messages: { [type]: { f: {} } },
    })),
  })
  return decideListener(loaded.partial as Message<'envoy.config.listener.v3.Listener'>, {
    registries,
    sources: loaded.sources,
    path: 'listeners[0]',
  })
}

const said = (decision: ListenerDecision): string[] =>
  decision.problems.map((problem) => `${problem.severity} ${problem.code} ${problem.path}`)

describe('what is left out', () => {
  test('has Envoy’s defaults, and a handshake ends after 30 s', () => {
    const { info, problems } = decide(ADDRESS, CHAIN)
    expect(problems).toEqual([])
    expect(info).toMatchObject({
      name: '127.0.0.1:80',
      statPrefix: '127.0.0.1_80',
      bindToPort: true,
      backlog: 128,
      bufferLimit: 1_048_576,
      listenerFiltersTimeoutMs: 15_000,
      continueOnListenerFiltersTimeout: false,
      drainType: 'DEFAULT',
      keepAlive: [undefined],
      addresses: [{ address: '127.0.0.1', port: 80, unix: false, mode: 0, ipv4Compat: false }],
      filterChains: [
        {
          name: '',
          transportSocketConnectTimeoutMs: 30_000,
          transportSocket: { definition: { name: 'envoy.transport_sockets.raw_buffer' } },
        },
      ],
    })
    expect(Object.isFrozen(info)).toBe(true)
  })

  test('what is written goes before', () => {
    const { info } = decide(
      'name: edge',
      'stat_prefix: in',
      'address: { pipe: { path: /run/x.sock, mode: 432 } }',
      'additional_addresses: [{ address: { socket_address: { address: "::", port_value: 0, ipv4_compat: true } } }]',
      'tcp_backlog_size: 5',
      'per_connection_buffer_limit_bytes: 0',
      'listener_filters_timeout: 0.5s',
      'socket_options: [{ level: 1, name: 9, int_value: 1 }, { level: 6, name: 4, int_value: 30 }]',
      CHAIN,
    )
    expect(info).toMatchObject({
      name: 'edge',
      statPrefix: 'in',
      backlog: 5,
      bufferLimit: 0,
      listenerFiltersTimeoutMs: 500,
      keepAlive: [
        { delayMs: 30_000, intervalMs: 75_000, probes: 9 },
        { delayMs: 30_000, intervalMs: 75_000, probes: 9 },
      ],
      addresses: [
        { address: '/run/x.sock', unix: true, mode: 0o660 },
        { address: '::', port: 0, ipv4Compat: true },
      ],
    })
  })
})

describe('keep-alive', () => {
  test('takes the bytes of a number, too', () => {
    const { info } = decide(
      ADDRESS,
      CHAIN,
      'socket_options: [{ level: 1, name: 9, buf_value: AQAAAA== }, { level: 6, name: 4, buf_value: LAEAAA== }]',
    )
    expect(info!.keepAlive).toMatchObject([{ delayMs: 300_000 }])
  })

  test('is that of tcp_keepalive, and an additional address may have its own', () => {
    const { info, problems } = decide(
      ADDRESS,
      'tcp_keepalive: { keepalive_time: 10, keepalive_interval: 2, keepalive_probes: 3 }',
      `additional_addresses:
- ${ADDRESS.replace('127.0.0.1', '127.0.0.2')}
- ${ADDRESS.replace('127.0.0.1', '127.0.0.3')}
  tcp_keepalive: { keepalive_time: 20 }
- ${ADDRESS.replace('127.0.0.1', '127.0.0.4')}
  socket_options: { socket_options: [{ level: 1, name: 15, int_value: 1 }] }`,
      CHAIN,
    )
    const own = { delayMs: 10_000, intervalMs: 2000, probes: 3 }
    expect(info!.keepAlive).toEqual([own, own, { delayMs: 20_000, intervalMs: 75_000, probes: 9 }, own])
    expect(problems.map(({ path }) => path)).toEqual([
      'listeners[0].additional_addresses[2].socket_options.socket_options[0]',
    ])
  })
})

describe('use_proxy_proto', () => {
  test('of the first chain puts the PROXY protocol before all listener filters', () => {
    const { info } = decide(ADDRESS, `filter_chains: [{ use_proxy_proto: true, filters: [${ANSWER}] }]`)
    expect(info!.listenerFilters.map(({ definition }) => definition.name)).toEqual([
      'envoy.filters.listener.proxy_protocol',
    ])
  })
})

describe('tls_inspector', () => {
  const matching = (match: string): string => `filter_chains: [{ filter_chain_match: ${match}, filters: [${ANSWER}] }]`

  test.each(['{ server_names: [a.example] }', '{ application_protocols: [h2] }', '{ transport_protocol: tls }'])(
    'is added for %s, and told',
    (match) => {
      const decision = decide(ADDRESS, matching(match))
      expect(said(decision)).toEqual(['info no-tls-inspector listeners[0]'])
      expect(decision.info!.listenerFilters.map((filter) => filter.definition.name)).toEqual([
        'envoy.filters.listener.tls_inspector',
      ])
    },
  )

  test.each(['{ source_type: EXTERNAL }', '{ transport_protocol: raw_buffer, application_protocols: [h2c] }'])(
    'is not added for %s',
    (match) => {
      expect(decide(ADDRESS, matching(match)).info!.listenerFilters).toEqual([])
    },
  )

  test('is not added twice', () => {
    const inspector =
      'listener_filters: [{ name: tls, typed_config: { "@type": type.googleapis.com/envoy.extensions.filters.listener.tls_inspector.v3.TlsInspector } }]'
    const decision = decide(ADDRESS, matching('{ server_names: [a.example] }'), inspector)
    expect(decision.problems).toEqual([])
    expect(decision.info!.listenerFilters).toHaveLength(1)
  })
})

describe('problems, all in one pass and with their places', () => {
  test.each([
    [
      'a name instead of an address',
      ['address: { socket_address: { address: localhost, port_value: 80 } }', CHAIN],
      'error malformed-address listeners[0].address.socket_address.address',
    ],
    [
      'UDP',
      ['address: { socket_address: { protocol: UDP, address: 127.0.0.1, port_value: 80 } }', CHAIN],
      'error unsupported listeners[0].address.socket_address.protocol',
    ],
    [
      'a relative path',
      ['address: { pipe: { path: x.sock } }', CHAIN],
      'error malformed-address listeners[0].address.pipe.path',
    ],
    [
      'a mode of an abstract socket',
      ['address: { pipe: { path: "@x", mode: 384 } }', CHAIN],
      'error conflict listeners[0].address.pipe.mode',
    ],
    ['no filter chain', [ADDRESS], 'error no-filter-chains listeners[0]'],
    [
      'two chains of one name',
      [
        ADDRESS,
        `filter_chains: [{ name: a, filters: [${ANSWER}] }, { name: a, filter_chain_match: { source_type: EXTERNAL }, filters: [${ANSWER}] }]`,
      ],
      'error duplicate-name listeners[0].filter_chains[1].name',
    ],
    [
      'two chains of one match',
      [ADDRESS, `filter_chains: [{ filters: [${ANSWER}] }, { filters: [${ANSWER}] }]`],
      'error filter-chain-match-overlap listeners[0].filter_chains[1].filter_chain_match',
    ],
    [
      'a suffix match',
      [ADDRESS, `filter_chains: [{ filter_chain_match: { suffix_len: 8 }, filters: [${ANSWER}] }]`],
      'error unsupported listeners[0].filter_chains[0].filter_chain_match.suffix_len',
    ],
    [
      'a terminal filter that is not last',
      [ADDRESS, `filter_chains: [{ filters: [${ANSWER}, ${ANSWER}] }]`],
      'error terminal-filter-not-last listeners[0].filter_chains[0].filters[0]',
    ],
    [
      'no terminal filter',
      [ADDRESS, `filter_chains: [{ filters: [${GATE}] }]`],
      'error no-terminal-filter listeners[0].filter_chains[0].filters[0]',
    ],
    [
      'a filter without configuration',
      [ADDRESS, 'filter_chains: [{ filters: [{ name: answer }] }]'],
      'error missing-typed-config listeners[0].filter_chains[0].filters[0]',
    ],
    [
      'a socket option',
      [ADDRESS, CHAIN, 'socket_options: [{ level: 1, name: 15, int_value: 1 }]'],
      'warning unsupported listeners[0].socket_options[0]',
    ],
    [
      'use_original_dst',
      [ADDRESS, CHAIN, 'use_original_dst: true'],
      'warning unsupported listeners[0].use_original_dst',
    ],
    [
      'a matcher that names no chain',
      [
        ADDRESS,
        CHAIN,
        'filter_chain_matcher: { on_no_match: { action: { name: x, typed_config: { "@type": type.googleapis.com/google.protobuf.StringValue, value: nobody } } } }',
      ],
      'warning dangling-reference listeners[0].filter_chain_matcher.on_no_match.action.typed_config',
    ],
  ])('%s', (_, lines, problem) => {
    const decision = decide(...lines)
    expect(said(decision)).toEqual([problem])
    expect(decision.info === undefined).toBe(problem.startsWith('error'))
    expect(decision.problems[0]).toMatchObject({ file: 'listener.yaml', line: expect.any(Number) })
    expect(decision.problems[0]!.line).toBeGreaterThan(0)
  })

  test('a filter that nobody has names those that there are', () => {
    const typed_config = { '@type': 'envoy.extensions.filters.network.echo.v3.Echo' }
    const config = {
      address: { socket_address: { address: '127.0.0.1', port_value: 80 } },
      filter_chains: [{ filters: [{ name: 'echo', typed_config }] }],
    }
    const { problems } = decideListener(config, { registries })
    expect(problems).toMatchObject([{ code: 'unknown-extension', hint: 'This build has answer, gate.' }])
  })
})
