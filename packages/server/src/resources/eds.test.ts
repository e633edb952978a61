import { FakeTime } from '@nuncio/core/testing'
import { expect, test } from 'vitest'
import { createServer } from '../create-server.ts'
import { ResourceFiles } from '../test-support/resource-file.ts'

const config = (file: string): string => `
admin: { address: { socket_address: { address: 127.0.0.1, port_value: 0 } } }
static_resources:
  clusters:
    - { name: a, type: EDS, eds_cluster_config: { eds_config: { path_config_source: { path: ${file} } } } }
`
const endpoint = (port: number): string =>
  `{ endpoint: { address: { socket_address: { address: 127.0.0.1, port_value: ${port} } } } }`
const assignment = (name: string, ...ports: readonly number[]): readonly string[] => [
  `cluster_name: ${name}, endpoints: [{ lb_endpoints: [${ports.map(endpoint).join()}] }]`,
]
const TYPE = 'envoy.config.endpoint.v3.ClusterLoadAssignment'

test('endpoints come from a file and follow it; a bad one changes nothing', async () => {
  using files = new ResourceFiles()
  files.put('eds.yaml', TYPE, assignment('a', 1001))
  const time = new FakeTime()
  await using server = await createServer(config(files.at('eds.yaml')), { time })
  const hosts = (): number => server.stats.gauge('cluster.a.membership_total').value
  expect(hosts()).toBe(1)
  const dump = await fetch(`http://127.0.0.1:${server.admin!.port}/config_dump?include_eds`)
  const { configs } = (await dump.json()) as { readonly configs: readonly object[] }
  expect(configs[2]).toMatchObject({
    static_endpoint_configs: [],
    dynamic_endpoint_configs: [{ endpoint_config: { cluster_name: 'a' } }],
  })
  files.put('eds.yaml', TYPE, assignment('a', 1001, 1002), time)
  expect(hosts()).toBe(2)
  expect(server.stats.text('cluster.a.version_text').value).toBe('v1')
  files.put('eds.yaml', TYPE, assignment('b', 1001), time)
  expect(server.stats.counter('cluster.a.update_rejected').value).toBe(1)
  expect(hosts()).toBe(2)
})

test('a file that is not there is a problem at its place', async () => {
  await expect(createServer(config('/nowhere/eds.yaml'), { file: 'envoy.yaml' })).rejects.toThrow(
    'envoy.yaml:5:63: the file "/nowhere/eds.yaml" does not exist',
  )
})
