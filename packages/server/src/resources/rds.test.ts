import { FakeTime } from '@nuncio/core/testing'
import { beforeEach, expect, test } from 'vitest'
import { createServer } from '../create-server.ts'
import type { Server } from '../server.ts'
import { exchange, get, until } from '../test-support/raw-origin.ts'
import { ResourceFiles } from '../test-support/resource-file.ts'

const HCM = 'envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager'
const ROUTES = 'envoy.config.route.v3.RouteConfiguration'

/** A listener whose routes are in a file. */
const listener = (name: string, file: string, more = ''): string => `
    - name: ${name}
      address: { socket_address: { address: 127.0.0.1, port_value: 0 } }
      filter_chains:
        - filters:
            - name: http
              typed_config:
                '@type': type.googleapis.com/${HCM}
                stat_prefix: ${name}
                ${more}
                rds: { route_config_name: local, config_source: { path_config_source: { path: ${file} } } }
                http_filters:
                  - name: cors
                    typed_config: { '@type': type.googleapis.com/envoy.extensions.filters.http.cors.v3.Cors }
                  - name: router
                    typed_config: { '@type': type.googleapis.com/envoy.extensions.filters.http.router.v3.Router }`
const config = (...listeners: readonly string[]): string => `static_resources:\n  listeners:${listeners.join('')}`

/** The same for scopes, which are in a file too. */
const scoped = (name: string, file: string, scopes: string): string =>
  listener(name, file).replace(
    /rds: .*/,
    `scoped_routes:
                  name: s
                  scope_key_builder: { fragments: [{ header_value_extractor: { name: x-scope, index: 0 } }] }
                  rds_config_source: { path_config_source: { path: ${file} } }
                  scoped_rds: { scoped_rds_config_source: { path_config_source: { path: ${scopes} } } }`,
  )

const saying = (text: string, more = '', name = 'local'): readonly string[] => [
  `name: ${name}, virtual_hosts: [{ name: all, domains: ['*'], routes: [{ match: { prefix: / }, direct_response: { status: 200, body: { inline_string: ${text} } } }] }] ${more}`,
]

let time: FakeTime
beforeEach(() => void (time = new FakeTime()))

const answer = async (server: Server, i = 0): Promise<string> =>
  (await exchange(server.listeners[i]!.port, get())).replace(/^HTTP\/1\.1 200 [^]*\r\n\r\n/, '').split('\r\n')[0]!
const count = (server: Server, name: string): number => server.stats.counter(`http.main.rds.local.${name}`).value

test('routes come from a file and follow it, for all listeners that name them', async () => {
  using files = new ResourceFiles()
  files.put('rds.yaml', ROUTES, saying('one'))
  const file = files.at('rds.yaml')
  await using server = await createServer(config(listener('main', file), listener('other', file)), { time })
  expect([await answer(server), await answer(server, 1)]).toEqual(['one', 'one'])
  files.put('rds.yaml', ROUTES, saying('two'), time)
  expect([await answer(server), await answer(server, 1)]).toEqual(['two', 'two'])
  // They are had once.
  expect(count(server, 'update_attempt')).toBe(2)
  expect(server.stats.counter('http.other.rds.local.update_attempt').value).toBe(0)
  expect(count(server, 'config_reload')).toBe(2)
})

test.each([
  ['that are not theirs', saying('two', '', 'foreign'), 'update_rejected'],
  ['with a field of the wrong kind', saying('two', ', validate_clusters: maybe'), 'update_rejected'],
  ['with a domain twice', saying('two').map((text) => text.replace("['*']", "['*', '*']")), 'update_rejected'],
  [
    'to clusters that are not there, where they are to be',
    [
      "name: local, validate_clusters: true, virtual_hosts: [{ name: all, domains: ['*'], routes: [{ match: { prefix: / }, route: { cluster: nobody } }] }]",
    ],
    'update_rejected',
  ],
  [
    'with a configuration of a filter that is no good',
    [
      "name: local, virtual_hosts: [{ name: all, domains: ['*'], typed_per_filter_config: { cors: { '@type': type.googleapis.com/envoy.extensions.filters.http.buffer.v3.BufferPerRoute, disabled: true } } }]",
    ],
    'update_rejected',
  ],
] as const)('routes %s change nothing', async (_, resources, counted) => {
  using files = new ResourceFiles()
  files.put('rds.yaml', ROUTES, saying('one'))
  await using server = await createServer(config(listener('main', files.at('rds.yaml'))), { time })
  files.put('rds.yaml', ROUTES, resources, time)
  expect(count(server, counted)).toBe(1)
  expect(await answer(server)).toBe('one')
  expect(server.stats.text('http.main.rds.local.version_text').value).toBe('v1')
})

test('a listener whose first routes are no good has none, until they are', async () => {
  using files = new ResourceFiles()
  files.write('rds.yaml', 'resources: [')
  await using server = await createServer(config(listener('main', files.at('rds.yaml'))), { time })
  expect(await answer(server)).toBe('HTTP/1.1 404 Not Found')
  files.put('rds.yaml', ROUTES, saying('one'), time)
  expect(await answer(server)).toBe('one')
})

test('a reload of the listener goes on with the routes, and one without them lets them go', async () => {
  using files = new ResourceFiles()
  files.put('rds.yaml', ROUTES, saying('one'))
  const file = files.at('rds.yaml')
  await using server = await createServer(config(listener('main', file)), { time })
  expect(await server.reload(config(listener('main', file, 'via: me')))).toMatchObject({ outcome: 'applied' })
  expect([await answer(server), count(server, 'update_attempt')]).toEqual(['one', 1])
  expect(await server.reload(config().replace('listeners:', 'listeners: []'))).toMatchObject({ outcome: 'applied' })
  time.advance(600_000)
  await until(() => server.stats.gauge('http.main.downstream_cx_active').value === 0)
  await new Promise((resolve) => void setImmediate(resolve))
  files.put('rds.yaml', ROUTES, saying('two'), time)
  expect(count(server, 'update_attempt')).toBe(1)
})

test('headers that only internal clients may send are those of the routes in use', async () => {
  using files = new ResourceFiles()
  const header = ", response_headers_to_add: [{ header: { key: got, value: '%REQ(x-secret)%' } }]"
  files.put('rds.yaml', ROUTES, saying('one', header))
  await using server = await createServer(config(listener('main', files.at('rds.yaml'))), { time })
  const { port } = server.listeners[0]!
  const ask = (): Promise<string> =>
    exchange(port, get().replace('\r\n', '\r\nx-secret: told\r\nx-forwarded-for: 8.8.8.8\r\n'))
  expect(await ask()).toContain('got: told')
  files.put('rds.yaml', ROUTES, saying('two', `${header}, internal_only_headers: [X-Secret]`), time)
  expect(await ask()).not.toContain('got: told')
})

test('scopes come from a file and follow it, and may name routes that are in another', async () => {
  const SCOPES = 'envoy.config.route.v3.ScopedRouteConfiguration'
  const named = 'name: a, route_configuration_name: local, key: { fragments: [{ string_key: a }] }'
  const own = (key: string): string =>
    `name: b, key: { fragments: [{ string_key: ${key} }] }, route_configuration: { virtual_hosts: [{ name: v, domains: ['*'], routes: [{ match: { prefix: / }, direct_response: { status: 204 } }] }] }`
  using files = new ResourceFiles()
  files.put('rds.yaml', ROUTES, saying('one'))
  files.put('srds.yaml', SCOPES, [named, own('b')])
  await using server = await createServer(config(scoped('main', files.at('rds.yaml'), files.at('srds.yaml'))), { time })
  const ask = async (scope: string): Promise<string> => {
    const text = await exchange(server.listeners[0]!.port, get().replace('\r\n', `\r\nx-scope: ${scope}\r\n`))
    return `${text.slice(9, 12)} ${/\r\n\r\n(.*)/.exec(text)?.[1] ?? ''}`.trim()
  }
  expect([await ask('a'), await ask('b'), await ask('c')]).toEqual(['200 one', '204', '404'])
  files.put('rds.yaml', ROUTES, saying('two'), time)
  expect([await ask('a'), count(server, 'update_success')]).toEqual(['200 two', 2])
  files.put('srds.yaml', SCOPES, [named, own('c')], time)
  expect([await ask('a'), await ask('b'), await ask('c')]).toEqual(['200 two', '404', '204'])
  // Two of one key: those before stay.
  files.put('srds.yaml', SCOPES, [named, own('a')], time)
  expect([await ask('a'), await ask('c')]).toEqual(['200 two', '204'])
  expect(server.stats.counter('http.main.scoped_rds.s.update_rejected').value).toBe(1)
})
