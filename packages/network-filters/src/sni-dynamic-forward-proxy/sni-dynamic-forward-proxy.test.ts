import type { DnsLoad } from '@nuncio/cluster'
import { buildClientHello, records } from '@nuncio/tls/testing'
import { expect, test } from 'vitest'
import { NetworkBench } from '../testing/network-bench.ts'

const filters = (more = ''): string => `
- name: dfp
  typed_config: { '@type': type.googleapis.com/envoy.extensions.filters.network.sni_dynamic_forward_proxy.v3.FilterConfig, dns_cache_config: { name: c } ${more} }
- name: tcp
  typed_config:
    '@type': type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy
    stat_prefix: t
    cluster: any`
const INSPECT = [
  { name: 'inspect', typed_config: { '@type': 'envoy.extensions.filters.listener.tls_inspector.v3.TlsInspector' } },
] as const
const hello = (serverName?: string): Uint8Array =>
  records(buildClientHello(serverName === undefined ? {} : { serverName }))

/** A bench whose cache answers so, and what it was asked. */
async function start(state: DnsLoad['state'], more = '') {
  const bench = new NetworkBench()
  const asked: string[] = []
  const script = { onLoaded: (): void => {}, cancelled: 0 }
  bench.dnsCache = {
    ...bench.dnsCache,
    load: (host, port, onLoaded) => {
      asked.push(`${host} ${port}`)
      script.onLoaded = onLoaded
      return { state, cancel: () => void script.cancelled++ }
    },
  }
  await bench.listen(filters(more), { listener_filters: INSPECT })
  await bench.upstream('any', (socket) => void socket.once('data', () => socket.end('answer')))
  return { bench, asked, script }
}
const state = (bench: NetworkBench, key: string): string | undefined =>
  bench.clusters.get('any')!.contexts[0]?.info?.connection.filterState?.get(key)?.serialize()

test('has the server name resolved and tells the cluster of it', async () => {
  const { bench, asked } = await start('loaded', ', port_value: 8443, save_upstream_address: true')
  await using _ = bench
  expect([await bench.talk(hello('a.example')), asked]).toEqual(['answer', ['a.example 8443']])
  expect([state(bench, 'envoy.upstream.dynamic_host'), state(bench, 'envoy.upstream.dynamic_port')]).toEqual([
    'a.example',
    '8443',
  ])
  expect(state(bench, 'envoy.stream.upstream_address')).toBe('127.0.0.1:8443')
})

test('holds the connection until there is an answer', async () => {
  const { bench, asked, script } = await start('pending')
  await using _ = bench
  const answer = bench.talk(hello('a.example'))
  await bench.until(() => asked.length === 1)
  expect([bench.accepted.length, asked]).toEqual([0, ['a.example 443']])
  script.onLoaded()
  expect([await answer, script.cancelled]).toEqual(['answer', 0])
})

test('asks no longer for a client that has gone', async () => {
  const { bench, asked, script } = await start('pending')
  await using _ = bench
  const client = bench.connect()
  client.write(hello('a.example'))
  await bench.until(() => asked.length === 1)
  client.resetAndDestroy()
  await bench.until(() => script.cancelled === 1)
  expect(bench.accepted).toEqual([])
})

test.each<DnsLoad['state']>(['overflow', 'pending-overflow'])(
  'closes a connection that is too many: %s',
  async (load) => {
    const { bench } = await start(load)
    await using _ = bench
    expect([await bench.talk(hello('a.example')), bench.accepted.length]).toEqual(['', 0])
  },
)

test('lets connections without a server name pass', async () => {
  const { bench, asked } = await start('overflow')
  await using _ = bench
  expect([await bench.talk(hello()), asked]).toEqual(['answer', []])
})
