import { expect, test } from 'vitest'
import { NetworkBench } from '../testing/network-bench.ts'

const filters = (settings: string): string => `
- name: set
  typed_config:
    '@type': type.googleapis.com/envoy.extensions.filters.network.set_filter_state.v3.Config
${settings.replace(/^/gm, '    ')}
- name: tcp
  typed_config:
    '@type': type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy
    stat_prefix: t
    cluster: app`
const text = (format: string): string => `format_string: { text_format_source: { inline_string: '${format}' } }`

async function stateAfter(settings: string): Promise<Record<string, string>> {
  await using bench = await new NetworkBench().listen(filters(settings))
  await bench.upstream('app')
  bench.connect()
  await bench.until(() => bench.accepted.length === 1)
  const { info } = bench.clusters.get('app')!.contexts[0]!
  return Object.fromEntries([...(info!.connection.filterState ?? [])].map(([key, value]) => [key, value.serialize()]))
}

test('sets texts with what is known of the connection, in their order', async () => {
  const settings = `on_new_connection:
  - { object_key: client, factory_key: envoy.string, ${text('from %DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%')} }
  - { object_key: again, factory_key: envoy.string, ${text('%FILTER_STATE(client:PLAIN)%!')} }`
  expect(await stateAfter(settings)).toEqual({ client: 'from 127.0.0.1', again: 'from 127.0.0.1!' })
})

test('leaves out what is empty when that is asked for, and what is for TLS without TLS', async () => {
  const settings = `on_new_connection:
  - { object_key: envoy.string, skip_if_empty: true, ${text('')} }
  - { object_key: kept, factory_key: envoy.string, ${text('')} }
on_downstream_tls_handshake:
  - { object_key: tls, factory_key: envoy.string, ${text('secure')} }`
  expect(await stateAfter(settings)).toEqual({ kept: '' })
})

test('names the cluster and the idle timeout of tcp_proxy', async () => {
  const settings = `on_new_connection:
  - { object_key: envoy.tcp_proxy.cluster, ${text('other')} }
  - { object_key: envoy.tcp_proxy.per_connection_idle_timeout_ms, ${text('500')} }`
  await using bench = await new NetworkBench().listen(filters(settings))
  await bench.upstream('other')
  const client = bench.connect()
  client.resume()
  await bench.until(() => bench.accepted.length === 1)
  bench.time.advance(520)
  await bench.until(() => client.destroyed)
  expect(bench.stat('tcp.t.idle_timeout')).toBe(1)
})

test('refuses kinds of objects that nothing reads, and formats that are none', async () => {
  await using bench = new NetworkBench()
  const setting = (object: string, format: string): string =>
    `on_new_connection:\n  - { object_key: ${object}, ${text(format)} }`
  await expect(bench.listen(filters(setting('my.object', 'x')))).rejects.toThrow(
    'on_new_connection[0]: nuncio has no filter state object "my.object"',
  )
  await expect(bench.listen(filters(setting('envoy.string', '%NO_SUCH%')))).rejects.toThrow('NO_SUCH')
})
