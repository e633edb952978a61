import { expect, test } from 'vitest'
import { createServer } from './create-server.ts'
import { exchange } from './test-support/raw-origin.ts'

const TYPE = 'type.googleapis.com/envoy.extensions.filters'

const listener = (name: string, address: string, port: number, more = ''): string => `
    - name: ${name}
      address: { socket_address: { address: ${address}, port_value: ${port} } }
      filter_chains:
        - filters: [{ name: d, typed_config: { '@type': ${TYPE}.network.direct_response.v3.Config, response: { inline_string: ${name} } } }]
      ${more}`
const CONFIG = `static_resources:
  listeners:
${listener(
  'entrance',
  '127.0.0.1',
  0,
  `use_original_dst: true
      listener_filters:
        - name: proxy
          typed_config: { '@type': ${TYPE}.listener.proxy_protocol.v3.ProxyProtocol }`,
)}
${listener('exact', '10.0.0.1', 80, 'bind_to_port: false')}
${listener('any', '0.0.0.0', 80, 'bind_to_port: false')}`

test.each([
  ['the listener of the address', '10.0.0.1', 80, 'exact'],
  ['the listener of all addresses of the port', '10.0.0.2', 80, 'any'],
  ['the one that took it, where there is no other', '10.0.0.1', 81, 'entrance'],
])('use_original_dst hands a connection to %s', async (_, address, port, name) => {
  await using server = await createServer(CONFIG)
  const at = server.listeners.find((each) => each.name === 'entrance')!
  expect(await exchange(at.port, `PROXY TCP4 192.0.2.1 ${address} 1 ${port}\r\n`)).toBe(name)
})
