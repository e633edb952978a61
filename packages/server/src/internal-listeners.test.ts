import { expect, test } from 'vitest'
import { createServer } from './create-server.ts'
import { exchange } from './test-support/raw-origin.ts'

const TYPE = 'type.googleapis.com/envoy.extensions'
const EXTENSION = `bootstrap_extensions:
  - name: envoy.bootstrap.internal_listener
    typed_config: { '@type': ${TYPE}.bootstrap.internal_listener.v3.InternalListener }
`

const proxyTo = (cluster: string): string =>
  `filter_chains: [{ filters: [{ name: t, typed_config: { '@type': ${TYPE}.filters.network.tcp_proxy.v3.TcpProxy, stat_prefix: t, cluster: ${cluster} } }] }]`
const cluster = (name: string, listener: string): string => `
    - name: ${name}
      load_assignment:
        cluster_name: ${name}
        endpoints: [{ lb_endpoints: [{ endpoint: { address: { envoy_internal_address: { server_listener_name: ${listener} } } } }] }]`
const CONFIG = `static_resources:
  listeners:
    - name: entrance
      address: { socket_address: { address: 127.0.0.1, port_value: 0 } }
      ${proxyTo('hop')}
    - name: lost
      address: { socket_address: { address: 127.0.0.1, port_value: 0 } }
      ${proxyTo('nowhere')}
    - name: middle
      internal_listener: {}
      ${proxyTo('end')}
    - name: end
      internal_listener: {}
      filter_chains:
        - filters: [{ name: d, typed_config: { '@type': ${TYPE}.filters.network.direct_response.v3.Config, response: { inline_string: inside } } }]
  clusters:
${cluster('hop', 'middle')}
${cluster('end', 'end')}
${cluster('nowhere', 'absent')}
`

test('a connection goes through two internal listeners', async () => {
  await using server = await createServer(EXTENSION + CONFIG)
  expect(server.listeners.filter(({ address }) => address.startsWith('envoy:'))).toEqual([
    { name: 'middle', address: 'envoy://middle/', port: 0 },
    { name: 'end', address: 'envoy://end/', port: 0 },
  ])
  const [entrance, lost] = server.listeners
  expect(await exchange(entrance!.port, '')).toBe('inside')
  expect(await exchange(lost!.port, '')).toBe('')
})

test('a bootstrap with an internal listener needs the extension for it, as in Envoy', async () => {
  await expect(createServer(CONFIG)).rejects.toThrow('an internal listener needs the bootstrap extension for it')
})

test('a bootstrap extension of another kind is refused', async () => {
  const other = `\n  - { name: x, typed_config: { '@type': ${TYPE}.filters.http.router.v3.Router } }\n`
  const config = EXTENSION.trimEnd() + other + CONFIG
  await expect(createServer(config)).rejects.toThrow('the one bootstrap extension is internal_listener')
})
