import { buildClientHello, records } from '@nuncio/tls/testing'
import { expect, test } from 'vitest'
import { NetworkBench } from '../testing/network-bench.ts'

const FILTERS = `
- name: sni
  typed_config: { '@type': type.googleapis.com/envoy.extensions.filters.network.sni_cluster.v3.SniCluster }
- name: tcp
  typed_config:
    '@type': type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy
    stat_prefix: t
    cluster: other`

const INSPECT = [
  {
    name: 'inspect',
    typed_config: { '@type': 'envoy.extensions.filters.listener.tls_inspector.v3.TlsInspector' },
  },
] as const

test.each([
  ['shop.example', 'shop'],
  [undefined, 'other'],
])('the server name %s leads to %s', async (serverName, expected) => {
  await using bench = await new NetworkBench().listen(FILTERS, { listener_filters: INSPECT })
  await bench.upstream('shop.example', (socket) => void socket.once('data', () => socket.end('shop')))
  await bench.upstream('other', (socket) => void socket.once('data', () => socket.end('other')))
  const hello = records(buildClientHello(serverName === undefined ? {} : { serverName }))
  expect(await bench.talk(hello)).toBe(expected)
})

test('a name without a cluster closes the connection', async () => {
  await using bench = await new NetworkBench().listen(FILTERS, { listener_filters: INSPECT })
  await bench.upstream('other', (socket) => void socket.end('other'))
  expect(await bench.talk(records(buildClientHello({ serverName: 'unknown.example' })))).toBe('')
  expect(bench.stat('tcp.t.downstream_cx_no_route')).toBe(1)
})
