import type { ProxyProtocolState } from '@nuncio/core'
import { once } from 'node:events'
import type { Socket } from 'node:net'
import { expect, test } from 'vitest'
import { NetworkBench } from '../testing/network-bench.ts'

const proxy = (fields: string): string => `
- name: tcp
  typed_config:
    '@type': type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy
    stat_prefix: t
    access_log:
      - name: lines
        typed_config: { '@type': type.googleapis.com/envoy.extensions.access_loggers.stream.v3.StdoutAccessLog }
${fields.replace(/^/gm, '    ')}`
const TO_APP = 'cluster: app'
const echo = (socket: Socket): void => void socket.pipe(socket)
/** A port that nobody listens on: the discard port of a loopback address is closed everywhere tests run. */
const CLOSED = 1

async function received(socket: Socket): Promise<string> {
  const chunks: Buffer[] = []
  socket.on('data', (chunk: Buffer) => chunks.push(chunk))
  await once(socket, 'close')
  return Buffer.concat(chunks).toString()
}

test('writes a line for a connection that a filter before it refuses', async () => {
  const nobody = `
- name: rbac
  typed_config:
    '@type': type.googleapis.com/envoy.extensions.filters.network.rbac.v3.RBAC
    stat_prefix: r
    rules: { action: ALLOW }`
  await using bench = await new NetworkBench().listen(`${nobody}${proxy(TO_APP)}`)
  await bench.talk('')
  await bench.until(() => bench.log.length > 0)
  expect(bench.log).toEqual(['TcpConnectionEnd - - 0 0 0 0'])
})

test('passes bytes on both ways, counts them and writes one line', async () => {
  await using bench = await new NetworkBench().listen(proxy(TO_APP))
  await bench.upstream('app', echo)
  const client = bench.connect({ allowHalfOpen: true })
  client.end('hello')
  expect(await received(client)).toBe('hello')
  await bench.until(() => bench.log.length > 0)
  expect(bench.log).toEqual(['TcpConnectionEnd - app 5 5 0 1'])
  expect(bench.stat('tcp.t.downstream_cx_total')).toBe(1)
  expect([bench.stat('tcp.t.downstream_cx_rx_bytes_total'), bench.stat('tcp.t.downstream_cx_tx_bytes_total')]).toEqual([
    5, 5,
  ])
  expect(bench.clusters.get('app')!.outcomes).toEqual(['0 ok'])
})

test('lets an upstream speak first', async () => {
  await using bench = await new NetworkBench().listen(proxy(TO_APP))
  await bench.upstream('app', (socket) => void socket.end('220 ready'))
  const client = bench.connect()
  expect(await received(client)).toBe('220 ready')
})

test('closes each direction by itself: a client that has said all still hears the answer', async () => {
  await using bench = await new NetworkBench().listen(proxy(TO_APP))
  await bench.upstream('app', (socket) => {
    let text = ''
    socket.on('data', (chunk: Buffer) => (text += chunk.toString()))
    socket.on('end', () => socket.end(`got ${text}`))
  })
  const client = bench.connect({ allowHalfOpen: true })
  client.end('all of it')
  expect(await received(client)).toBe('got all of it')
})

test('closes each direction by itself: an upstream that has said all still hears the client', async () => {
  await using bench = await new NetworkBench().listen(proxy(TO_APP))
  await bench.upstream('app', (socket) => void socket.end('bye'))
  const client = bench.connect({ allowHalfOpen: true })
  client.resume()
  await once(client, 'end')
  const heard = received(bench.accepted[0]!)
  client.end('still here')
  expect(await heard).toBe('still here')
})

test('stops reading who sends faster than the other side reads, in both directions', async () => {
  await using bench = await new NetworkBench().listen(proxy(TO_APP))
  await bench.upstream('app')
  const client = bench.connect({ allowHalfOpen: true })
  await bench.until(() => bench.accepted.length === 1)
  const upstream = bench.accepted[0]!
  client.pause()
  upstream.pause()
  const block = Buffer.alloc(32 << 20, 120)
  client.write(block)
  upstream.write(block)
  await bench.until(
    () =>
      bench.stat('tcp.t.downstream_flow_control_paused_reading_total') > 0 &&
      bench.stat('cluster.app.upstream_flow_control_paused_reading_total') > 0,
  )
  expect(bench.stat('tcp.t.downstream_cx_rx_bytes_total')).toBeLessThan(block.length)
  expect(bench.stat('tcp.t.downstream_cx_tx_bytes_total')).toBeLessThan(block.length)
  client.resume()
  upstream.resume()
  await bench.until(
    () =>
      bench.stat('tcp.t.downstream_cx_rx_bytes_total') + bench.stat('tcp.t.downstream_cx_tx_bytes_total') === 64 << 20,
  )
  await bench.until(
    () =>
      bench.stat('tcp.t.downstream_flow_control_resumed_reading_total') ===
      bench.stat('tcp.t.downstream_flow_control_paused_reading_total'),
  )
})

test('passes a reset of the client on', async () => {
  await using bench = await new NetworkBench().listen(proxy(TO_APP))
  const errors: (string | undefined)[] = []
  await bench.upstream('app', (socket) => {
    socket.on('error', (error: NodeJS.ErrnoException) => errors.push(error.code))
    socket.resume()
  })
  const client = bench.connect()
  await bench.until(() => bench.accepted.length === 1)
  client.resetAndDestroy()
  await bench.until(() => errors.length === 1)
  expect(errors).toEqual(['ECONNRESET'])
  expect(bench.log).toEqual(['TcpConnectionEnd - app 0 0 0 1'])
})

test('sends what a client left behind when the proxy closes its side', async () => {
  await using bench = await new NetworkBench().listen(proxy(TO_APP))
  const app = await bench.upstream('app', (socket) => void socket.pause())
  const client = bench.connect()
  await bench.until(() => app.sockets.length === 1)
  let sent = 0
  while (app.sockets[0]!.writableLength === 0) {
    sent += client.writableLength === 0 ? 16_384 : 0
    if (client.writableLength === 0) client.write(Buffer.alloc(16_384))
    await bench.until(() => bench.stat('tcp.t.downstream_cx_rx_bytes_total') === sent)
  }
  app.connections[0]!.close('now')
  await bench.until(() => bench.stat('tcp.t.upstream_flush_active') === 1)
  const heard = received(bench.accepted[0]!)
  bench.accepted[0]!.on('end', () => bench.accepted[0]!.end())
  bench.accepted[0]!.resume()
  expect((await heard).length).toBe(sent)
  await bench.until(() => bench.stat('tcp.t.upstream_flush_active') === 0)
  expect(bench.stat('tcp.t.upstream_flush_total')).toBe(1)
})

test('does not wait longer than idle_timeout for an upstream that takes nothing', async () => {
  await using bench = await new NetworkBench().listen(proxy(`${TO_APP}\nidle_timeout: 1s`))
  await bench.upstream('app')
  const client = bench.connect()
  await bench.until(() => bench.accepted.length === 1)
  const upstream = bench.accepted[0]!
  upstream.pause()
  client.write(Buffer.alloc(32 << 20))
  await bench.until(() => bench.stat('tcp.t.downstream_flow_control_paused_reading_total') > 0)
  client.resetAndDestroy()
  await bench.until(() => {
    bench.time.advance(10)
    return bench.log.length === 1
  })
  upstream.resume()
  await bench.until(() => upstream.destroyed || upstream.readableEnded)
  expect(bench.stat('tcp.t.upstream_flush_active')).toBe(0)
})

test('passes a reset of the upstream on, with the flag UR', async () => {
  await using bench = await new NetworkBench().listen(proxy(TO_APP))
  await bench.upstream('app', (socket) => void socket.once('data', () => socket.resetAndDestroy()))
  const client = bench.connect()
  const failed = once(client, 'error')
  client.write('x')
  expect((await failed)[0]).toMatchObject({ code: 'ECONNRESET' })
  await bench.until(() => bench.log.length === 1)
  expect(bench.log).toEqual(['TcpConnectionEnd UR app 1 0 0 1'])
})

test('tries the next host as often as max_connect_attempts allows', async () => {
  await using bench = await new NetworkBench().listen(proxy(`${TO_APP}\nmax_connect_attempts: 2`))
  const alive = await bench.upstream('app', (socket) => void socket.end('second'))
  const both = bench.cluster('app', CLOSED, alive.port(0))
  expect(await bench.talk()).toBe('second')
  expect(both.outcomes).toEqual(['0 remote connection failure', '1 ok'])
  expect(both.picks.map((pick) => pick.attempt)).toEqual([0, 1])
  await bench.until(() => bench.log.length === 1)
  expect(bench.lines('TcpConnectionEnd')).toEqual(['UF app 0 6 0 2'])
})

test.each([
  ['no host can be reached', 'UF,URX', (bench: NetworkBench) => bench.cluster('app', CLOSED)],
  ['there is no host', 'UH', (bench: NetworkBench) => bench.cluster('app')],
  ['the circuit breaker is open', 'UO', (bench: NetworkBench) => bench.cluster('app', CLOSED).overflow()],
  ['the pool overflows', 'UO', (bench: NetworkBench) => void (bench.cluster('app', CLOSED).failure = 'overflow')],
  [
    'the connection takes too long',
    'UF,URX',
    (bench: NetworkBench) => void (bench.cluster('app', CLOSED).failure = 'connection timeout'),
  ],
  ['there is no such cluster', 'NC', () => {}],
])('closes the client when %s, and logs %s', async (_why, flags, prepare) => {
  await using bench = await new NetworkBench().listen(proxy(TO_APP))
  prepare(bench)
  expect(await bench.talk()).toBe('')
  await bench.until(() => bench.log.length === 1)
  expect(bench.log[0]!.split(' ')[1]).toBe(flags)
  expect(bench.stat('tcp.t.downstream_cx_no_route')).toBe(flags === 'NC' ? 1 : 0)
  expect(bench.stat('tcp.t.downstream_cx_total')).toBe(1)
})

test('gives up its wish for an upstream when the client goes', async () => {
  await using bench = await new NetworkBench().listen(proxy(TO_APP))
  const app = bench.cluster('app', CLOSED)
  app.failure = 'never'
  const client = bench.connect()
  await bench.until(() => app.picks.length === 1)
  client.resetAndDestroy()
  await bench.until(() => app.cancelled > 0)
  expect(app.cancelled).toBe(1)
})

test('ends connections on which nothing moves, counted from the last byte', async () => {
  await using bench = await new NetworkBench().listen(proxy(`${TO_APP}\nidle_timeout: 1s`))
  await bench.upstream('app', echo)
  const client = bench.connect()
  const said = received(client)
  client.write('a')
  await bench.until(() => bench.stat('tcp.t.downstream_cx_tx_bytes_total') === 1)
  bench.time.advance(900)
  client.write('b')
  await bench.until(() => bench.stat('tcp.t.downstream_cx_tx_bytes_total') === 2)
  bench.time.advance(900)
  expect(bench.stat('tcp.t.idle_timeout')).toBe(0)
  bench.time.advance(120)
  expect(await said).toBe('ab')
  expect(bench.stat('tcp.t.idle_timeout')).toBe(1)
  await bench.until(() => bench.log.length === 1)
  expect(bench.lines('TcpConnectionEnd')[0]).toMatch(/^- app 2 2 19\d\d 1$/)
})

test('ends connections that last too long, with the flag DT', async () => {
  await using bench = await new NetworkBench().listen(proxy(`${TO_APP}\nmax_downstream_connection_duration: 2s`))
  await bench.upstream('app')
  const client = bench.connect()
  await bench.until(() => bench.accepted.length === 1)
  bench.time.advance(2020)
  expect(await received(client)).toBe('')
  await bench.until(() => bench.log.length === 1)
  expect(bench.log[0]).toMatch(/^TcpConnectionEnd DT app 0 0 20\d\d 1$/)
  expect(bench.stat('tcp.t.max_downstream_connection_duration')).toBe(1)
  expect(bench.time.pending).toBeLessThanOrEqual(1)
})

test('writes lines at the start, on connecting and at intervals when that is asked for', async () => {
  const options =
    'access_log_options: { flush_access_log_on_start: true, flush_access_log_on_connected: true, access_log_flush_interval: 1s }'
  await using bench = await new NetworkBench().listen(proxy(`${TO_APP}\n${options}`))
  await bench.upstream('app')
  bench.connect()
  await bench.until(() => bench.log.length === 2)
  bench.time.advance(1020)
  expect(bench.log.map((line) => line.split(' ')[0])).toEqual([
    'TcpConnectionStart',
    'TcpUpstreamConnected',
    'TcpPeriodic',
  ])
})

test('shares connections out by weight, with the subset of each', async () => {
  await using bench = await new NetworkBench().listen(
    proxy(`
metadata_match: { filter_metadata: { envoy.lb: { stage: prod, version: '1' } } }
weighted_clusters:
  clusters:
    - { name: most, weight: 3 }
    - { name: few, weight: 1, metadata_match: { filter_metadata: { envoy.lb: { version: '2' } } } }`),
  )
  const most = bench.cluster('most')
  const few = bench.cluster('few')
  for (let i = 0; i < 100; i++) {
    await bench.talk()
  }
  expect(most.picks.length + few.picks.length).toBe(100)
  expect(few.picks.length).toBeGreaterThan(10)
  expect(few.picks.length).toBeLessThan(45)
  expect(most.picks[0]!.metadata).toEqual({ stage: 'prod', version: '1' })
  expect(few.picks[0]!.metadata).toEqual({ stage: 'prod', version: '2' })
})

test('hashes the address of the client, without its port', async () => {
  await using bench = await new NetworkBench().listen(proxy(`${TO_APP}\nhash_policy: [{ source_ip: {} }]`))
  const app = bench.cluster('app')
  await bench.talk()
  await bench.talk()
  await bench.talk('', { localAddress: '127.0.0.9' })
  const [first, second, other] = app.picks.map((pick) => pick.hash)
  expect(first).not.toBe('')
  expect(second).toBe(first)
  expect(other).not.toBe(first)
})

test('hashes an entry of filter state, where there is one', async () => {
  const setting = (value: string): string => `
- name: state
  typed_config:
    '@type': type.googleapis.com/envoy.extensions.filters.network.set_filter_state.v3.Config
    on_new_connection:
      - { object_key: who, factory_key: envoy.hashable_string, format_string: { text_format_source: { inline_string: '${value}' } } }`
  const policy = proxy(`${TO_APP}\nhash_policy: [{ filter_state: { key: who } }]`)
  const hashes: string[] = []
  for (const before of [setting('alice'), setting('alice'), setting('bob'), '']) {
    await using bench = await new NetworkBench().listen(`${before}\n${policy}`)
    const app = bench.cluster('app')
    await bench.talk()
    hashes.push(app.picks[0]!.hash)
  }
  expect(hashes[1]).toBe(hashes[0])
  expect(new Set(hashes).size).toBe(3)
  expect(hashes[3]).toBe('')
})

test('waits between attempts, by chance below a limit that doubles', async () => {
  await using bench = await new NetworkBench().listen(
    proxy(`${TO_APP}\nmax_connect_attempts: 3\nbackoff_options: { base_interval: 1s, max_interval: 10s }`),
  )
  const app = bench.cluster('app', CLOSED)
  bench.connect()
  await bench.until(() => app.outcomes.length === 1)
  expect(app.picks.length).toBe(1)
  bench.time.advance(1010)
  await bench.until(() => app.outcomes.length === 2)
  expect(app.picks.length).toBe(2)
  bench.time.advance(2010)
  await bench.until(() => bench.log.length === 1)
  expect(app.picks.length).toBe(3)
  expect(bench.log[0]).toMatch(/^TcpConnectionEnd UF,URX app 0 0 \d+ 3$/)
})

test('stops waiting for another attempt when the client goes', async () => {
  await using bench = await new NetworkBench().listen(
    proxy(`${TO_APP}\nmax_connect_attempts: 3\nbackoff_options: { base_interval: 1s }`),
  )
  const app = bench.cluster('app', CLOSED)
  const client = bench.connect()
  await bench.until(() => app.outcomes.length === 1)
  client.resetAndDestroy()
  await bench.until(() => bench.log.length === 1)
  bench.time.advance(5000)
  expect(app.picks.length).toBe(1)
})

const ON_DATA = `${TO_APP}\nupstream_connect_mode: ON_DOWNSTREAM_DATA\nmax_early_data_bytes: 8`

test('connects when the client has said something, if told to, and passes it on', async () => {
  await using bench = await new NetworkBench().listen(proxy(ON_DATA))
  const app = await bench.upstream('app', echo)
  const client = bench.connect({ allowHalfOpen: true })
  await bench.until(() => bench.stat('tcp.t.downstream_cx_total') === 1)
  expect(app.picks.length).toBe(0)
  client.end('more than eight bytes')
  expect(await received(client)).toBe('more than eight bytes')
  await bench.until(() => bench.log.length > 0)
  expect(bench.log).toEqual(['TcpConnectionEnd - app 21 21 0 1'])
  expect(bench.stat('tcp.t.early_data_received_count_total')).toBe(1)
})

test('takes no more than max_early_data_bytes before there is an upstream', async () => {
  await using bench = await new NetworkBench().listen(proxy(ON_DATA))
  const app = bench.cluster('app', CLOSED)
  app.failure = 'never'
  const client = bench.connect()
  client.write(Buffer.alloc(32 << 20))
  await bench.until(() => app.picks.length === 1)
  expect(client.writableLength).toBeGreaterThan(0)
  client.destroy()
})

test('connects to nobody for a client that ends without a word', async () => {
  await using bench = await new NetworkBench().listen(proxy(ON_DATA))
  const app = bench.cluster('app', CLOSED)
  const client = bench.connect({ allowHalfOpen: true })
  client.end()
  expect(await received(client)).toBe('')
  expect(app.picks.length).toBe(0)
})

test('max_downstream_connection_duration can be lengthened by chance', async () => {
  const jitter = 'max_downstream_connection_duration_jitter_percentage: { value: 50 }'
  await using bench = await new NetworkBench().listen(
    proxy(`${TO_APP}\nmax_downstream_connection_duration: 2s\n${jitter}`),
  )
  await bench.upstream('app')
  for (let i = 0; i < 20; i++) bench.connect()
  await bench.until(() => bench.accepted.length === 20)
  bench.time.advance(1990)
  expect(bench.stat('tcp.t.max_downstream_connection_duration')).toBe(0)
  bench.time.advance(400)
  const early = bench.stat('tcp.t.max_downstream_connection_duration')
  expect(early).toBeGreaterThan(0)
  expect(early).toBeLessThan(20)
  bench.time.advance(620)
  expect(bench.stat('tcp.t.max_downstream_connection_duration')).toBe(20)
})

test.each([
  [true, ''],
  [false, 'still here'],
])('check_drain_close: %s decides whether bytes that move in a drain end the connection', async (check, last) => {
  await using bench = await new NetworkBench().listen(proxy(`${TO_APP}\ncheck_drain_close: ${check}`))
  await bench.upstream('app', echo)
  const client = bench.connect()
  client.write('a')
  await bench.until(() => bench.stat('tcp.t.downstream_cx_tx_bytes_total') === 1)
  bench.drain()
  const said = received(client)
  client.write('still here')
  if (!check) {
    await bench.until(() => bench.stat('tcp.t.downstream_cx_tx_bytes_total') === 11)
    client.end()
  }
  expect(await said).toBe(`a${last}`)
  expect(bench.stat('tcp.t.downstream_cx_drain_close')).toBe(check ? 1 : 0)
})

test('leaves TLVs for the upstream’s PROXY protocol, formatted for the connection', async () => {
  const tlvs =
    'proxy_protocol_tlvs: [{ type: 225, value: dGNw }, { type: 226, format_string: { text_format_source: { inline_string: "%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%" } } }]'
  await using bench = await new NetworkBench().listen(proxy(`${TO_APP}\n${tlvs}`))
  const app = await bench.upstream('app')
  bench.connect({ localAddress: '127.0.0.7' })
  await bench.until(() => app.contexts.length === 1)
  const state = app.contexts[0]!.info!.connection.filterState!.get('envoy.network.proxy_protocol_options')
  expect(state).toMatchObject({ source: { address: '127.0.0.7' }, destination: { address: '127.0.0.1' } })
  expect(
    (state as ProxyProtocolState).tlvs.map(({ type, value }) => `${type} ${Buffer.from(value).toString()}`),
  ).toEqual(['225 tcp', '226 127.0.0.7'])
})

test.each([
  '{ type: 1 }',
  '{ type: 1, value: "" }',
  '{ type: 1, value: YQ==, format_string: { text_format_source: { inline_string: x } } }',
])('refuses the TLV %s, which has no value or two', async (tlv) => {
  const listening = new NetworkBench().listen(proxy(`${TO_APP}\nproxy_protocol_tlvs: [${tlv}]`))
  await expect(listening).rejects.toThrow('either a value or a format_string')
})

test('refuses to wait for less and less between tries', async () => {
  const listening = new NetworkBench().listen(
    proxy(`${TO_APP}\nbackoff_options: { base_interval: 60s, max_interval: 1s }`),
  )
  await expect(listening).rejects.toThrow('max_interval is less than base_interval')
})
