import { describe, expect, test } from 'vitest'
import { loadAny } from './load-any.ts'

describe('a file of a kind that is not known', () => {
  test.each<[string, string]>([
    ['static_resources: {}', 'bootstrap'],
    ['admin: {}', 'bootstrap'],
    ['', 'bootstrap'],
    ['foo: 1', 'bootstrap'],
    ['name: a\nvirtual_hosts: []', 'route-configuration'],
    ['{"virtualHosts": []}', 'route-configuration'],
    ['name: a\naddress: ":80"\nfilter_chains: []', 'listener'],
    ['name: a\nconnect_timeout: 1s', 'cluster'],
    ['cluster_name: a\nendpoints: []', 'load-assignment'],
    ['resources: []', 'resources'],
    ['configs: []', 'config-dump'],
  ])('%j is a %s', (text, kind) => {
    expect(loadAny(text).kind).toBe(kind)
  })

  test('a route configuration is there to be asked', () => {
    const { routeConfigurations, bootstrap, result } = loadAny('name: r\nvirtual_hosts: [{name: a, domains: [b]}]', {
      file: 'routes.yaml',
    })
    expect(bootstrap).toBeUndefined()
    expect(routeConfigurations).toEqual([{ name: 'r', virtual_hosts: [{ name: 'a', domains: ['b'] }] }])
    expect(result.sources.positionOf(routeConfigurations[0]!.virtual_hosts!, 0)).toMatchObject({ line: 2, column: 17 })
  })

  test('a resource file of xDS is read by the types in it', () => {
    const text =
      'version_info: "1"\nresources:\n- "@type": type.googleapis.com/envoy.config.cluster.v3.Cluster\n  name: a\n  nam: b\n- "@type": type.googleapis.com/envoy.config.route.v3.RouteConfiguration\n  name: r\n'
    const { kind, clusters, routeConfigurations, result } = loadAny(text)
    expect([kind, clusters.map(({ name }) => name), routeConfigurations.map(({ name }) => name)]).toEqual([
      'resources',
      ['a'],
      ['r'],
    ])
    expect(result.problems).toMatchObject([{ code: 'unknown-field', line: 5, column: 3, path: 'resources[0].nam' }])
  })

  test('a text that cannot be read is a problem', () => {
    expect(loadAny('a: [').result.problems[0]?.code).toBe('syntax')
  })
})

describe('what Envoy shows under /config_dump', () => {
  const manager = {
    '@type': 'type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager',
    stat_prefix: 's',
    rds: { config_source: { ads: {} }, route_config_name: 'r' },
    http_filters: [
      {
        name: 'x',
        typed_config: {
          '@type': 'type.googleapis.com/envoy.extensions.filters.http.router.v3.Router',
          a_field_of_tomorrow: 1,
        },
      },
    ],
  }
  const listener = {
    '@type': 'type.googleapis.com/envoy.config.listener.v3.Listener',
    name: 'l',
    address: { socket_address: { address: '0.0.0.0', port_value: 80 } },
    filter_chains: [{ filters: [{ name: 'h', typed_config: manager }] }],
  }
  const dump = {
    configs: [
      {
        '@type': 'type.googleapis.com/envoy.admin.v3.BootstrapConfigDump',
        bootstrap: { node: { id: 'n' }, static_resources: { clusters: [{ name: 'old' }] } },
        last_updated: '2026-01-01T00:00:00Z',
      },
      {
        '@type': 'type.googleapis.com/envoy.admin.v3.ClustersConfigDump',
        version_info: '3',
        static_clusters: [{ cluster: { '@type': 'type.googleapis.com/envoy.config.cluster.v3.Cluster', name: 'a' } }],
        dynamic_active_clusters: [
          { cluster: { '@type': 'type.googleapis.com/envoy.config.cluster.v3.Cluster', name: 'b' } },
        ],
      },
      {
        '@type': 'type.googleapis.com/envoy.admin.v3.ListenersConfigDump',
        dynamic_listeners: [{ name: 'l', active_state: { listener }, error_state: { details: 'no such file' } }],
      },
      {
        '@type': 'type.googleapis.com/envoy.admin.v3.RoutesConfigDump',
        dynamic_route_configs: [
          {
            route_config: {
              '@type': 'type.googleapis.com/envoy.config.route.v3.RouteConfiguration',
              name: 'r',
              virtual_hosts: [{ name: 'v', domains: ['*'] }],
            },
          },
        ],
      },
      { '@type': 'type.googleapis.com/envoy.admin.v3.TomorrowsDump' },
      'nonsense',
    ],
  }
  const loaded = loadAny(JSON.stringify(dump, undefined, 1))

  test('is put together to a bootstrap', () => {
    expect(loaded.kind).toBe('config-dump')
    expect(loaded.bootstrap?.node).toEqual({ id: 'n' })
    expect(loaded.clusters.map(({ name }) => name)).toEqual(['a', 'b'])
    expect(loaded.listeners.map(({ name }) => name)).toEqual(['l'])
    expect(loaded.routeConfigurations.map(({ name }) => name)).toEqual(['r'])
    expect(loaded.result.config).toBe(loaded.bootstrap)
  })

  test('says what it leaves out, and is no error for it', () => {
    expect(loaded.result.problems.map(({ severity, code, message }) => `${severity} ${code} ${message}`)).toEqual([
      'warning unknown-field unknown field "a_field_of_tomorrow" in Router',
      'warning refused-update Envoy refused an update: no such file',
      'warning unknown-part this part of the dump is not looked at: envoy.admin.v3.TomorrowsDump',
      'warning unknown-part this part of the dump is not looked at: it has no "@type"',
    ])
  })
})
