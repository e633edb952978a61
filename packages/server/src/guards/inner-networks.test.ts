import { expect, test } from 'vitest'
import { createServer } from '../create-server.ts'
import { exchange, ok, RawOrigin } from '../test-support/raw-origin.ts'

// A proxy that goes wherever its clients say must not take them to the networks that it stands in.

const CACHE = 'dns_cache_config: { name: c }'
const type = (name: string): string => `'@type': type.googleapis.com/envoy.extensions.${name}`
const range = (prefix: string, length: number): string =>
  `{ matcher: { name: m, typed_config: { ${type('rbac.matchers.upstream_ip_port.v3.UpstreamIpPortMatcher')}, upstream_ip: { address_prefix: '${prefix}', prefix_len: ${length} } } } }`
const RBAC = `{ name: rbac, typed_config: { ${type('filters.http.rbac.v3.RBAC')}, rules: { action: DENY, policies: { inner: { principals: [{ any: true }], permissions: [${range('127.0.0.0', 8)}, ${range('0.0.0.0', 8)}, ${range('::', 127)}] } } } } }`
const listener = (name: string, guard: string): string => `  - name: ${name}
    address: { socket_address: { address: 127.0.0.1, port_value: 0 } }
    filter_chains: [{ filters: [{ name: hcm, typed_config: { ${type('filters.network.http_connection_manager.v3.HttpConnectionManager')}, stat_prefix: t, http_filters: [{ name: dfp, typed_config: { ${type('filters.http.dynamic_forward_proxy.v3.FilterConfig')}, ${CACHE}, save_upstream_address: true } }, ${guard}{ name: router, typed_config: { ${type('filters.http.router.v3.Router')} } }], route_config: { virtual_hosts: [{ name: v, domains: ['*'], routes: [{ match: { prefix: '' }, route: { cluster: any } }] }] } } }] }]`
const CONFIG = `static_resources:
  listeners:
${listener('open', '')}
${listener('guarded', `${RBAC}, `)}
  clusters:
  - { name: any, connect_timeout: 1s, lb_policy: CLUSTER_PROVIDED, cluster_type: { name: dfp, typed_config: { ${type('clusters.dynamic_forward_proxy.v3.ClusterConfig')}, ${CACHE} } } }`

const SPELLINGS = [
  '127.0.0.1', 'localhost', 'LOCALHOST', 'localhost.', '127.1', '127.0.1', '2130706433', '0x7f000001', '0x7f.1', '0177.0.0.1',
  '127.8.8.8', '0', '0.0.0.0', '[::1]', '[::]', '[::ffff:127.0.0.1]', '[::ffff:7f00:1]', '[0:0:0:0:0:ffff:127.0.0.1]',
  '[::ffff:0:0]', '[::FFFF:127.0.0.1]', '[fe80::1%lo]', '127.0.0.1:1@127.0.0.1', '127.0.0.1%00', '127.0.0.1%2e',
] // prettier-ignore

test('no spelling of an address of this machine gets through', async () => {
  let reached = 0
  const origin = await RawOrigin.start((socket) => {
    reached++
    socket.write(ok('inner'))
  })
  await using _ = origin
  const server = await createServer(CONFIG, { ports: 'ephemeral' })
  const ask = async (name: string, host: string): Promise<string> => {
    const { port } = server.listeners.find((one) => one.name === name)!
    const authority = host + origin.address.slice(origin.address.indexOf(':'))
    const answer = await exchange(port, `GET / HTTP/1.1\r\nHost: ${authority}\r\nConnection: close\r\n\r\n`)
    return answer.split(' ')[1] ?? 'nothing'
  }
  expect(await ask('open', '127.0.0.1')).toBe('200')
  reached = 0
  const through = []
  for (const host of SPELLINGS) {
    const status = await ask('guarded', host)
    // 400 and 503: neither a name nor an address.
    if (!['400', '403', '503'].includes(status)) through.push([host, status])
  }
  await server.close()
  expect([through, reached]).toEqual([[], 0])
})
