import { describe, expect, test } from 'vitest'
import { explainRequest } from '../explain/index.ts'
import { lint } from '../lint/index.ts'
import { type ConfigView, openConfig } from './config-view.ts'

const HCM = 'envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager'
const BOOTSTRAP = `
dynamic_resources:
  cds_config: { path_config_source: { path: cds.yaml } }
static_resources:
  listeners:
  - name: main
    address: { socket_address: { address: 127.0.0.1, port_value: 80 } }
    filter_chains:
    - filters:
      - name: hcm
        typed_config:
          '@type': type.googleapis.com/${HCM}
          stat_prefix: s
          http_filters: [{ name: router, typed_config: { '@type': type.googleapis.com/envoy.extensions.filters.http.router.v3.Router } }]
          rds: { route_config_name: local, config_source: { path_config_source: { path: rds.yaml } } }
`
const resource = (type: string, rest: string): string =>
  `version_info: '1'\nresources:\n- '@type': type.googleapis.com/envoy.config.${type}\n${rest}`
const ROUTES = resource(
  'route.v3.RouteConfiguration',
  `  name: local
  virtual_hosts:
  - { name: v, domains: ['*'], routes: [{ match: { prefix: / }, route: { cluster: a } }] }`,
)
const CLUSTERS = resource(
  'cluster.v3.Cluster',
  `  name: a
  type: EDS
  eds_cluster_config: { eds_config: { path_config_source: { path: eds.yaml } } }`,
)
const ENDPOINTS = resource('endpoint.v3.ClusterLoadAssignment', '  cluster_name: a\n  endpoints: []')

const FILES: Readonly<Record<string, string>> = { 'rds.yaml': ROUTES, 'cds.yaml': CLUSTERS, 'eds.yaml': ENDPOINTS }

function open(files: Readonly<Record<string, string>> = FILES): ConfigView {
  return openConfig(BOOTSTRAP, {
    file: 'envoy.yaml',
    readFile: (path) => {
      const text = files[path]
      if (text === undefined) throw new Error('there is no such file')
      return new TextEncoder().encode(text)
    },
  })
}

const said = (view: ConfigView): string[] =>
  view.inOrder(view.problems).map(({ file, line, severity, message }) => `${file}:${line} ${severity} ${message}`)

describe('the files that a configuration takes resources from', () => {
  test('are part of it, and what they name again', () => {
    const view = open()
    expect(said(view)).toEqual([])
    expect([...view.clusters.keys()]).toEqual(['a'])
    expect(view.loaded.loadAssignments.map(({ cluster_name: name }) => name)).toEqual(['a'])
    expect([...view.texts.keys()]).toEqual(['envoy.yaml', 'cds.yaml', 'rds.yaml', 'eds.yaml'])
  })

  test('give an explanation its lines', () => {
    const { routing, cluster } = explainRequest(open(), { url: 'http://x/' })
    expect(cluster).toEqual({ name: 'a', known: true, position: { file: 'cds.yaml', line: 3, column: 3 } })
    expect(routing?.matched?.position).toMatchObject({ file: 'rds.yaml', line: 6 })
  })

  test('are looked through for what is not meant, too', () => {
    const twice = ROUTES.replace('routes: [', 'routes: [{ match: { prefix: / }, route: { cluster: a } }, ')
    const found = lint(open({ ...FILES, 'rds.yaml': twice }), { only: ['shadowed-route'] })
    expect(found.map(({ file, path }) => `${file} ${path}`)).toEqual([
      'rds.yaml resources[0].virtual_hosts[0].routes[1]',
    ])
  })

  test('are no error where they are missing, hold bytes, or hold something else', () => {
    const other = BOOTSTRAP.replace('cds_config', 'lds_config')
    expect(said(open({ 'cds.yaml': other }))).toEqual([
      'envoy.yaml:3 warning the file "cds.yaml" is no DiscoveryResponse: its resources stand in a list "resources"',
      'envoy.yaml:15 warning the file "rds.yaml" cannot be read: there is no such file',
    ])
    const bytes = openConfig(BOOTSTRAP.replace('cds.yaml', 'cds.pb'), { readFile: () => new Uint8Array(0) })
    expect(said(bytes)[0]).toContain('the file "cds.pb" holds bytes, which are not looked into')
  })

  test('tell their problems with their own lines, behind those of the first file', () => {
    const bad = open({ ...FILES, 'rds.yaml': ROUTES.replace('prefix', 'prefx'), 'eds.yaml': '' })
    expect(said(bad).map((text) => text.slice(0, 34))).toEqual([
      'cds.yaml:6 warning the file "eds.y',
      'rds.yaml:6 error one of "prefix", ',
      'rds.yaml:6 warning unknown field "',
    ])
  })

  test('are left alone where nobody can read them', () => {
    expect(openConfig(BOOTSTRAP).loaded.routeConfigurations).toEqual([])
  })
})
