import { FakeTime } from '@nuncio/core/testing'
import { beforeEach, expect, test } from 'vitest'
import { createServer } from '../create-server.ts'
import type { Server } from '../server.ts'
import { exchange, get, until } from '../test-support/raw-origin.ts'
import { ResourceFiles } from '../test-support/resource-file.ts'

const HCM = 'envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager'
const LISTENER = 'envoy.config.listener.v3.Listener'
const CLUSTER = 'envoy.config.cluster.v3.Cluster'
const ROUTER = 'type.googleapis.com/envoy.extensions.filters.http.router.v3.Router'

const source = (field: string, file: string): string => `${field}: { path_config_source: { path: ${file} } }`

/** A listener that answers with a text, in flow style. */
const saying = (name: string, text: string, port = 0): string =>
  `name: ${name}, address: { socket_address: { address: 127.0.0.1, port_value: ${port} } }, filter_chains: [{ filters: [{ name: http, typed_config: { '@type': type.googleapis.com/${HCM}, stat_prefix: ${name}, route_config: { virtual_hosts: [{ name: all, domains: ['*'], routes: [{ match: { prefix: / }, direct_response: { status: 200, body: { inline_string: ${text} } } }] }] }, http_filters: [{ name: router, typed_config: { '@type': ${ROUTER} } }] } }] }]`
const cluster = (name: string, port: number): string =>
  `name: ${name}, load_assignment: { cluster_name: ${name}, endpoints: [{ lb_endpoints: [{ endpoint: { address: { socket_address: { address: 127.0.0.1, port_value: ${port} } } } }] }] }`

let time: FakeTime
beforeEach(() => void (time = new FakeTime()))

const answer = async (server: Server, name: string): Promise<string> => {
  const at = server.listeners.find((listener) => listener.name === name)
  return at === undefined ? 'no listener' : (await exchange(at.port, get())).split('\r\n\r\n')[1]!
}
const count = (server: Server, name: string): number => server.stats.counter(name).value
const lds = (server: Server, name: string): number => count(server, `listener_manager.lds.update_${name}`)
const dump = async (server: Server, resource: string): Promise<readonly object[]> => {
  const text = await (await fetch(`http://127.0.0.1:${server.admin!.port}/config_dump?resource=${resource}`)).text()
  return (JSON.parse(text) as { readonly configs?: readonly object[] }).configs ?? []
}

test('clusters come from a file: they are added, changed and removed, and those of the bootstrap stay', async () => {
  using files = new ResourceFiles()
  files.put('cds.yaml', CLUSTER, [cluster('a', 1001)])
  const config = `
admin: { address: { socket_address: { address: 127.0.0.1, port_value: 0 } } }
dynamic_resources: { ${source('cds_config', files.at('cds.yaml'))} }
static_resources: { clusters: [{ ${cluster('still', 1)} }] }`
  await using server = await createServer(config, { time })
  const names = async (): Promise<readonly string[]> =>
    (await (await fetch(`http://127.0.0.1:${server.admin!.port}/clusters`)).text())
      .split('\n')
      .filter((line) => line.includes('::hostname::'))
      .map((line) => line.replace('::hostname::', ''))
  expect(await names()).toEqual(['still::127.0.0.1:1', 'a::127.0.0.1:1001'])
  files.put('cds.yaml', CLUSTER, [cluster('a', 1002), cluster('b', 1003)], time)
  expect(await names()).toEqual(['still::127.0.0.1:1', 'a::127.0.0.1:1002', 'b::127.0.0.1:1003'])
  expect(await dump(server, 'dynamic_active_clusters')).toMatchObject([
    { version_info: 'v2', cluster: { name: 'a' } },
    { version_info: 'v2', cluster: { name: 'b' } },
  ])
  // A reload of the file leaves them alone.
  expect(await server.reload(config.replace('value: 1 ', 'value: 2 '))).toMatchObject({ outcome: 'applied' })
  files.put('cds.yaml', CLUSTER, [cluster('b', 1003), cluster('still', 9), 'name: bad, type: EDS'], time)
  expect(await names()).toEqual(['still::127.0.0.1:2', 'b::127.0.0.1:1003'])
  expect(count(server, 'cluster_manager.cds.update_rejected')).toBe(1)
  files.put('cds.yaml', CLUSTER, [], time)
  expect(await names()).toEqual(['still::127.0.0.1:2'])
})

test('listeners come from a file: good ones are applied beside a bad one, and those of the bootstrap stay', async () => {
  using files = new ResourceFiles()
  files.put('lds.yaml', LISTENER, [saying('a', 'one')])
  const config = `
admin: { address: { socket_address: { address: 127.0.0.1, port_value: 0 } } }
dynamic_resources: { ${source('lds_config', files.at('lds.yaml'))} }
static_resources: { listeners: [{ ${saying('still', 'still')} }] }`
  await using server = await createServer(config, { time })
  expect([await answer(server, 'a'), await answer(server, 'still')]).toEqual(['one', 'still'])
  const { port } = server.listeners.find(({ name }) => name === 'a')!
  files.put('lds.yaml', LISTENER, [saying('a', 'two'), saying('b', 'new')], time)
  await until(() => lds(server, 'success') === 2)
  expect([await answer(server, 'a'), await answer(server, 'b')]).toEqual(['two', 'new'])
  // The socket stays.
  expect(server.listeners.find(({ name }) => name === 'a')!.port).toBe(port)
  files.put(
    'lds.yaml',
    LISTENER,
    [
      saying('b', 'newer'),
      saying('a', 'x', port).replace('filters', 'transport_socket: { name: no }, filters'),
      saying('still', 'mine'),
    ],
    time,
  )
  await until(() => lds(server, 'rejected') === 1)
  expect([await answer(server, 'a'), await answer(server, 'b')]).toEqual(['two', 'newer'])
  expect(await answer(server, 'still')).toBe('still')
  expect(await dump(server, 'dynamic_listeners')).toMatchObject([
    {
      name: 'a',
      active_state: { version_info: 'v2' },
      error_state: { version_info: 'v3', details: expect.any(String) },
    },
    { name: 'b', active_state: { version_info: 'v3' } },
    { name: 'still', error_state: { details: expect.stringContaining("bootstrap's") } },
  ])
  // A reload of the file leaves them alone.
  expect(await server.reload(config.replace('string: still', 'string: other'))).toMatchObject({ outcome: 'applied' })
  expect([await answer(server, 'still'), await answer(server, 'b')]).toEqual(['other', 'newer'])
  files.put('lds.yaml', LISTENER, [], time)
  await until(() => lds(server, 'success') === 3)
  expect(server.listeners.map(({ name }) => name)).toEqual(['still'])
})

test('a listener that goes from its file listens no more', async () => {
  using files = new ResourceFiles()
  files.put('lds.yaml', LISTENER, [saying('a', 'one')])
  const config = `dynamic_resources: { ${source('lds_config', files.at('lds.yaml'))} }`
  await using server = await createServer(config, { time })
  const { port } = server.listeners[0]!
  expect(await exchange(port, get())).toContain('one')
  files.put('lds.yaml', LISTENER, [], time)
  await until(() => lds(server, 'success') === 2)
  await expect(exchange(port, get())).rejects.toThrow('ECONNREFUSED')
})

test('an address that is in use is told, and does not keep others from listening', async () => {
  using files = new ResourceFiles()
  files.put('lds.yaml', LISTENER, [])
  const config = `
dynamic_resources: { ${source('lds_config', files.at('lds.yaml'))} }
static_resources: { listeners: [{ ${saying('still', 'still')} }] }`
  await using server = await createServer(config, { time })
  files.put('lds.yaml', LISTENER, [saying('a', 'one', server.listeners[0]!.port), saying('b', 'two')], time)
  await until(() => lds(server, 'rejected') === 1)
  expect([await answer(server, 'a'), await answer(server, 'b')]).toEqual(['no listener', 'two'])
  expect(count(server, 'listener_manager.listener_create_failure')).toBe(1)
})

test('sources that nothing can be had from are problems at their places', async () => {
  const config =
    'dynamic_resources:\n  cds_config: { ads: {} }\n  lds_config: { path_config_source: { path: /nowhere } }'
  const found: string[] = []
  const onProblems = (problems: readonly { readonly line: number; readonly path: string }[]): void =>
    void found.push(...problems.map(({ line, path }) => `${line} ${path}`))
  await expect(createServer(config, { onProblems })).rejects.toThrow('ads')
  expect(found).toContain('2 dynamic_resources.cds_config.ads')
  await expect(createServer(config.replace(/.*ads.*\n/, ''), { onProblems })).rejects.toThrow(
    '"/nowhere" does not exist',
  )
})
