import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bootstrap, cluster, routes, viewOf } from '../testing/yaml.ts'
import { openConfig } from '../view/config-view.ts'
import type { ConfigDiff } from './change.ts'
import { diffConfigs } from './diff-configs.ts'
import { outOfOrder } from './pair.ts'
import { printDiff } from './print.ts'

const diff = (before: string, after: string): ConfigDiff =>
  diffConfigs(openConfig(before, { file: 'old.yaml' }), openConfig(after, { file: 'new.yaml' }))
const told = ({ changes }: ConfigDiff): string[] => changes.map(({ kind, name }) => `${kind} ${name}`)
const closed = ({ closes }: ConfigDiff): string[] => closes.map(({ connections, why }) => `${connections}: ${why}`)

const route = (prefix: string, target: string, more = ''): string =>
  `- { match: { prefix: ${prefix} }, route: { cluster: ${target} }${more} }`

describe('diffConfigs on routes', () => {
  const base = routes([route('/a', 'one'), route('/b', 'two'), route('/c', 'three'), route('/', 'web')].join('\n'))

  it('finds nothing in files that say the same in other words', () => {
    expect(diff(base, base).changes).toEqual([])
    const other = `# another form\n{ "name": "test", "virtualHosts": [ { "domains": ["*"], "name": "all", "routes": [
      { "route": { "cluster": "one" }, "match": { "prefix": "/a" } }, { "match": { "prefix": "/b" }, "route": { "cluster": "two" } },
      { "match": { "prefix": "/c" }, "route": { "cluster": "three" } }, { "match": { "prefix": "/" }, "route": { "cluster": "web" } } ] } ] }`
    expect(diff(base, other).changes).toEqual([])
  })

  it('tells routes apart by what they match, and gives the places on both sides', () => {
    const after = routes(
      [
        route('/new', 'four'),
        route('/a', 'one'),
        '- { match: { prefix: /b }, route: { cluster: two, timeout: 5s } }',
        route('/', 'web'),
      ].join('\n'),
    )
    const found = diff(base, after)
    expect(told(found)).toEqual([
      'removed route 2 of virtual host "all"',
      'added route 0 of virtual host "all"',
      'changed route 2 of virtual host "all"',
    ])
    expect(found.changes[2]).toMatchObject({
      before: { file: 'old.yaml', line: 7 },
      after: { file: 'new.yaml', line: 8 },
    })
    expect(found.changes[2]!.fields).toMatchObject([
      { path: 'route.timeout', before: undefined, after: '5s', afterPosition: { line: 8, column: 53 } },
    ])
    expect(closed(found)).toEqual([])
  })

  it('knows a route whose match changed by what it does, and one that was moved', () => {
    const after = routes([route('/', 'web'), route('/a', 'one'), route('/b2', 'two'), route('/c', 'three')].join('\n'))
    const found = diff(base, after)
    expect(told(found)).toEqual([
      'moved route 0 of virtual host "all", which was route 3',
      'changed route 2 of virtual host "all"',
    ])
    expect(found.changes[1]!.fields.map(({ path, before, after: now }) => [path, before, now])).toEqual([
      ['match.prefix', '/b', '/b2'],
    ])
  })

  it('finds virtual hosts and their fields', () => {
    const two = `${base}- name: extra\n  domains: [x.example]\n`
    expect(told(diff(base, two))).toEqual(['added virtual host "extra"'])
    expect(told(diff(two, base))).toEqual(['removed virtual host "extra"'])
    const changed = diff(two, two.replace('x.example', 'y.example'))
    expect(told(changed)).toEqual(['changed virtual host "extra"'])
    expect(changed.changes[0]!.fields[0]).toMatchObject({ path: 'domains[0]', before: 'x.example', after: 'y.example' })
  })
})

describe('diffConfigs on listeners and clusters', () => {
  const base = bootstrap({ clusters: cluster('a', 2) })

  it('closes nothing when only routes change', () => {
    const found = diff(base, base.replace('route: { cluster: a }', 'route: { cluster: a, timeout: 1s }'))
    expect(told(found)).toEqual(['changed route 0 of virtual host "all"'])
    expect(closed(found)).toEqual([])
  })

  it('closes the connections of a listener that goes or moves, of a chain whose filters or TLS change', () => {
    expect(closed(diff(base, base.replace('8080', '8081')))).toEqual([
      'connections of listener "main": its address changes from 127.0.0.1:8080 to 127.0.0.1:8081',
    ])
    const renamed = diff(base, base.replace('name: main', 'name: other'))
    expect(told(renamed)).toEqual(['removed listener "main"', 'added listener "other"'])
    expect(closed(renamed)).toEqual(['connections of listener "main": the listener goes'])
    const log =
      "access_log: [{ name: out, typed_config: { '@type': type.googleapis.com/envoy.extensions.access_loggers.stream.v3.StdoutAccessLog } }]"
    expect(diff(base, bootstrap({ clusters: cluster('a', 2), manager: log }))).toMatchObject({
      changes: [{ kind: 'changed', what: 'filter chain' }],
      closes: [],
    })
    const filters = diff(base, bootstrap({ clusters: cluster('a', 2), manager: 'merge_slashes: true' }))
    expect(told(filters)).toEqual(['changed filter chain 0 of listener "main"'])
    expect(filters.changes[0]!.fields[0]).toMatchObject({
      path: 'filters[0].typed_config.merge_slashes',
      after: true,
      afterPosition: { line: 11 },
    })
    expect(closed(filters)).toEqual(['connections of filter chain 0 of listener "main": its filters change'])
    const tls =
      "      transport_socket: { name: tls, typed_config: { '@type': type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext } }\n"
    expect(
      closed(
        diff(base, base.replace('    - filters:\n', `    - filters:\n`).replace('  clusters:', `${tls}  clusters:`)),
      ),
    ).toEqual(['connections of filter chain 0 of listener "main": its TLS changes'])
    const chains = base.replace(
      '    - filters:',
      '    - name: second\n      filter_chain_match: { server_names: [x] }\n      filters: []\n    - filters:',
    )
    expect(closed(diff(chains, base))).toEqual([
      'connections of filter chain "second" of listener "main": the filter chain goes',
    ])
    expect(closed(diff(base, chains))).toEqual([])
  })

  it('tells of endpoints by address', () => {
    const found = diff(base, bootstrap({ clusters: cluster('a', 2).replace('port_value: 2', 'port_value: 3') }))
    expect(told(found)).toEqual([
      'removed endpoint 127.0.0.1:2 of cluster "a"',
      'added endpoint 127.0.0.1:3 of cluster "a"',
    ])
    expect(closed(found)).toEqual(['connections to 127.0.0.1:2 of cluster "a": the endpoint goes'])
    const weighted = diff(base, base.replace('- endpoint: {', '- load_balancing_weight: 5\n          endpoint: {'))
    expect(told(weighted)).toEqual(['changed endpoint 127.0.0.1:1 of cluster "a"'])
    expect(closed(weighted)).toEqual([])
  })

  it('tells of localities, and of what else a load assignment says', () => {
    const zones = (weight: number, factor = ''): string =>
      bootstrap({
        clusters: `- name: a\n  load_assignment:\n    cluster_name: a\n${factor}    endpoints:\n    - locality: { region: eu, zone: b }\n      priority: 1\n      load_balancing_weight: ${weight}\n      lb_endpoints: [{ endpoint: { address: { socket_address: { address: 127.0.0.1, port_value: 1 } } } }]`,
      })
    const weighted = diff(zones(1), zones(9))
    expect(told(weighted)).toEqual(['changed locality eu/b of priority 1 of cluster "a"'])
    expect(weighted.changes[0]!.fields).toMatchObject([{ path: 'load_balancing_weight', before: 1, after: 9 }])
    const other = diff(zones(1), zones(1, '    policy: { overprovisioning_factor: 200 }\n'))
    expect(told(other)).toEqual(['changed load assignment of cluster "a"'])
    expect([...closed(weighted), ...closed(other)]).toEqual([])
  })

  it('tells another order of what has names, as of HTTP filters', () => {
    const chain = (...names: readonly string[]): string =>
      base.replace(
        '- name: envoy.filters.http.router',
        `${names.map((name) => `- { name: ${name}, typed_config: { '@type': type.googleapis.com/envoy.extensions.filters.http.cors.v3.Cors } }\n          `).join('')}- name: router`,
      )
    const found = diff(chain('one', 'two'), chain('two', 'one'))
    expect(printDiff(found)).toContain('http_filters: ["one","two","router"] becomes ["two","one","router"]')
    expect(closed(found)).toEqual([])
    const added = diff(chain('one', 'two'), chain('new', 'one', 'two')).changes[0]!.fields
    expect(added.map(({ path }) => path)).toEqual(['filters[0].typed_config.http_filters[0]'])
  })

  it('closes nothing for what only streams read of a connection manager', () => {
    const found = diff(base, bootstrap({ clusters: cluster('a', 2), manager: 'tracing: {}' }))
    expect(told(found)).toEqual(['changed filter chain 0 of listener "main"'])
    expect(closed(found)).toEqual([])
  })

  it('makes the pools of a cluster anew when its endpoints are names and change', () => {
    const named = cluster('a', 2, 'type: STRICT_DNS')
    const found = diff(
      bootstrap({ clusters: named }),
      bootstrap({ clusters: named.replace('port_value: 2', 'port_value: 3') }),
    )
    expect(closed(found)[0]).toBe('connections to cluster "a": its endpoints change, and its pools are made anew')
  })

  it('makes the pools of a cluster anew when the cluster itself changes', () => {
    const found = diff(base, base.replace('connect_timeout: 1s', 'connect_timeout: 2s'))
    expect(found.changes[0]!.fields).toMatchObject([{ path: 'connect_timeout', before: '1s', after: '2s' }])
    expect(closed(found)).toEqual(['connections to cluster "a": the cluster changes, and its pools are made anew'])
    expect(
      closed(diff(bootstrap({ clusters: `${cluster('a')}\n${cluster('b')}` }), bootstrap({ clusters: cluster('a') }))),
    ).toEqual(['connections to cluster "b": the cluster goes'])
  })

  it('sees that a secret changed and does not show it', () => {
    const secret = (value: string): string =>
      bootstrap({ rest: 'admin: { address: { socket_address: { address: 127.0.0.1, port_value: 1 } } }' }).replace(
        'static_resources:\n',
        `static_resources:\n  secrets: [{ name: s, generic_secret: { secret: { inline_string: ${value} } } }]\n`,
      )
    const found = diff(secret('first-secret'), secret('second-secret'))
    expect(told(found)).toEqual(['changed secret "s"'])
    expect(printDiff(found)).toContain('a secret, which is not shown')
    expect(JSON.stringify(found)).not.toMatch(/first-secret|second-secret/)
  })

  it('tells of the rest of the bootstrap', () => {
    const found = diff(base, `node: { id: x }\n${base}`)
    expect(told(found)).toEqual(['changed the rest of the bootstrap'])
    expect(found.changes[0]!.fields[0]).toMatchObject({ path: 'node', after: { id: 'x' } })
  })

  it('prints it all', () => {
    const text = printDiff(
      diff(base, base.replace('8080', '8081').replace('route: { cluster: a }', 'route: { cluster: a, timeout: 1s }')),
    )
    expect(text).toBe(`~ listener "main"  old.yaml:3:5 → new.yaml:3:5
    address.socket_address.port_value: 8080 becomes 8081
~ route 0 of virtual host "all"  old.yaml:20:17 → new.yaml:20:17
    route.timeout: 1s is new

these close, when what they carry is done:
  connections of listener "main": its address changes from 127.0.0.1:8080 to 127.0.0.1:8081
`)
    expect(printDiff(diff(base, base))).toBe('nothing changes\n')
  })
})

describe('diffConfigs, on generated route lists', () => {
  const list = fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'), { maxLength: 6 })
  it('accounts for every route: what was not removed, plus what was added, is what is there', () => {
    fc.assert(
      fc.property(list, list, (before, after) => {
        const of = (names: readonly string[]): string =>
          routes([...names.map((name) => route(`/${name}`, name)), route('/', 'web')].join('\n'))
        const { changes } = diffConfigs(viewOf(of(before)), viewOf(of(after)))
        const count = (kind: string): number => changes.filter((change) => change.kind === kind).length
        expect(before.length - count('removed') + count('added')).toBe(after.length)
        expect(count('removed')).toBe(before.filter((name) => !after.includes(name)).length)
        const kept = after.filter((name) => before.includes(name))
        const sorted = kept.every((name, i) => i === 0 || before.indexOf(kept[i - 1]!) < before.indexOf(name))
        expect(count('moved') === 0).toBe(sorted)
      }),
    )
  })
})

describe('diffConfigs, on generated pairs', () => {
  const zone = fc.record({
    zone: fc.constantFrom('a', 'b', 'c'),
    priority: fc.nat(1),
    weight: fc.constantFrom(undefined, 1, 2),
    ports: fc.uniqueArray(fc.integer({ min: 1, max: 3 }), { minLength: 1 }),
  })
  const world = fc.record({
    zones: fc.uniqueArray(zone, {
      minLength: 1,
      maxLength: 3,
      selector: ({ zone: name, priority }) => `${name}${priority}`,
    }),
    factor: fc.constantFrom(undefined, 100, 200),
    policy: fc.constantFrom(undefined, 'RANDOM', 'MAGLEV'),
    filters: fc.shuffledSubarray(['x', 'y', 'z']),
    normalize: fc.boolean(),
    routes: fc.shuffledSubarray(['/a', '/b', '/c']),
    timeout: fc.constantFrom(undefined, 1, 2),
  })
  const PARTS = ['zones', 'factor', 'policy', 'filters', 'normalize', 'routes', 'timeout'] as const
  type World = typeof world extends fc.Arbitrary<infer T> ? T : never
  const yamlOf = ({ zones, factor, policy, filters, normalize, routes: list, timeout }: World): string =>
    JSON.stringify({
      static_resources: {
        listeners: [
          {
            name: 'main',
            address: { socket_address: { address: '127.0.0.1', port_value: 8080 } },
            filter_chains: [
              {
                filters: [
                  {
                    name: 'hcm',
                    typed_config: {
                      '@type':
                        'type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager',
                      stat_prefix: 's',
                      normalize_path: normalize,
                      http_filters: [...filters, 'router'].map((name) => ({
                        name,
                        typed_config: {
                          '@type': `type.googleapis.com/envoy.extensions.filters.http.${name === 'router' ? 'router.v3.Router' : 'cors.v3.Cors'}`,
                        },
                      })),
                      route_config: {
                        virtual_hosts: [
                          {
                            name: 'all',
                            domains: ['*'],
                            routes: list.map((prefix) => ({
                              match: { prefix },
                              route: { cluster: 'c', ...(timeout !== undefined && { timeout: `${timeout}s` }) },
                            })),
                          },
                        ],
                      },
                    },
                  },
                ],
              },
            ],
          },
        ],
        clusters: [
          {
            name: 'c',
            lb_policy: policy,
            load_assignment: {
              cluster_name: 'c',
              ...(factor !== undefined && { policy: { overprovisioning_factor: factor } }),
              endpoints: zones.map(({ zone: name, priority, weight, ports }) => ({
                locality: { zone: name },
                priority,
                load_balancing_weight: weight,
                lb_endpoints: ports.map((port_value) => ({
                  endpoint: { address: { socket_address: { address: '127.0.0.1', port_value } } },
                })),
              })),
            },
          },
        ],
      },
    })
  /** What two worlds have to differ in for a proxy to do otherwise; the order of endpoints is nothing. */
  const meaning = (one: World): string =>
    JSON.stringify({
      ...one,
      zones: one.zones
        .map((each) => ({ ...each, ports: each.ports.toSorted((a, b) => a - b) }))
        .toSorted((a, b) => `${a.zone}${a.priority}`.localeCompare(`${b.zone}${b.priority}`)),
      timeout: one.routes.length === 0 ? undefined : one.timeout,
    })

  it('says that something changes exactly when something does', () => {
    fc.assert(
      fc.property(world, world, fc.subarray([...PARTS]), (one, other, kept) => {
        const next: World = { ...other, ...Object.fromEntries(kept.map((key) => [key, one[key]])) }
        const found = diffConfigs(viewOf(yamlOf(one)), viewOf(yamlOf(next)))
        expect(found.changes.length > 0).toBe(meaning(one) !== meaning(next))
        // Only the connection manager's path normalisation belongs to connections.
        expect(found.closes.some(({ side }) => side === 'downstream')).toBe(one.normalize !== next.normalize)
        for (const { kind, fields } of found.changes)
          if (kind === 'changed') expect(fields.map(({ path }) => path)).not.toContain('')
      }),
      { numRuns: 300 },
    )
  })
})

describe('outOfOrder', () => {
  it.each([
    [[0, 1, 2], []],
    [[2, 0, 1], [0]],
    [[1, 2, 0], [2]],
    [[3, 0, 1, 2, 4], [0]],
    [[], []],
  ])('%j: %j', (numbers, moved) => {
    expect([...outOfOrder(numbers)]).toEqual(moved)
  })
})
