import { once } from 'node:events'
import type { Socket } from 'node:net'
import { expect, test } from 'vitest'
import { responseHeaders } from '@nuncio/core'
import { NetworkBench } from '../../testing/network-bench.ts'

const proxy = (tunneling: string, more = '', before = ''): string => `
${before}
- name: tcp
  typed_config:
    '@type': type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy
    stat_prefix: t
    cluster: app
    access_log:
      - name: lines
        typed_config: { '@type': type.googleapis.com/envoy.extensions.access_loggers.stream.v3.StdoutAccessLog }
    tunneling_config: ${tunneling}
${more.replace(/^/gm, '    ')}`

async function received(socket: Socket): Promise<string> {
  let text = ''
  socket.on('data', (chunk: Buffer) => (text += chunk.toString()))
  await once(socket, 'close')
  return text
}

test('a CONNECT names the host, formatted for the connection, and carries added headers', async () => {
  const headers = 'headers_to_add: [{ header: { key: X-From, value: "%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%" } }]'
  await using bench = await new NetworkBench().listen(
    proxy(`{ hostname: "%DOWNSTREAM_LOCAL_ADDRESS_WITHOUT_PORT%:5432", ${headers} }`),
  )
  const app = bench.cluster('app', 1)
  const client = bench.connect()
  const stream = await bench.tunnel(app)
  expect(stream.head).toBe('CONNECT 127.0.0.1:5432 x-from=127.0.0.1')
  client.write('hello')
  stream.answer(200)
  await bench.until(() => stream.sent === 'hello')
  const heard = received(client)
  stream.data('world', true)
  client.end()
  expect(await heard).toBe('world')
  await bench.until(() => bench.log.length > 0)
  expect(stream.ended).toBe(true)
  expect(stream.resetWith).toBe('')
  expect(bench.log).toEqual(['TcpConnectionEnd - app 5 5 0 1'])
})

test('formatters add operators to what the headers of a tunnel print', async () => {
  const type = 'type.googleapis.com/envoy.extensions.formatter.req_without_query.v3.ReqWithoutQuery'
  const formatters = `formatters: [{ name: f, typed_config: { '@type': ${type} } }]`
  const headers = 'headers_to_add: [{ header: { key: x-path, value: "%REQ_WITHOUT_QUERY(:PATH)%none" } }]'
  await using bench = await new NetworkBench().listen(proxy(`{ hostname: h.test, ${formatters}, ${headers} }`))
  const app = bench.cluster('app', 1)
  bench.connect()
  expect((await bench.tunnel(app)).head).toContain('x-path=')
})

test('a POST names a path and a scheme', async () => {
  await using bench = await new NetworkBench().listen(proxy('{ hostname: h.test, use_post: true, post_path: /t }'))
  const app = bench.cluster('app', 1)
  bench.connect()
  expect((await bench.tunnel(app)).head).toBe('POST h.test /t')
})

test('nothing of the client goes out before the answer', async () => {
  await using bench = await new NetworkBench().listen(proxy('{ hostname: h.test }'))
  const app = bench.cluster('app', 1)
  const client = bench.connect()
  client.write('early')
  const stream = await bench.tunnel(app)
  await bench.until(() => client.bytesWritten === 5)
  expect(stream.sent).toBe('')
  stream.answer(200)
  await bench.until(() => stream.sent === 'early')
})

test.each([
  ['another status', 403, false],
  ['an answer without a body', 200, true],
])('%s is a failed attempt, and the next one follows', async (_why, status, endStream) => {
  await using bench = await new NetworkBench().listen(proxy('{ hostname: h.test }', 'max_connect_attempts: 2'))
  const app = bench.cluster('app', 1, 2)
  const client = bench.connect()
  const stream = await bench.tunnel(app)
  const heard = received(client)
  stream.answer(status, [], endStream)
  expect(stream.resetWith).toBe('local reset')
  await bench.until(() => app.http!.streams.length === 2)
  app.http!.streams[1]!.answer(status, [], endStream)
  expect(await heard).toBe('')
  await bench.until(() => bench.log.length > 0)
  expect(bench.log).toEqual(['TcpConnectionEnd UF,URX app 0 0 0 2'])
})

test('a stream that cannot be had is a failed attempt', async () => {
  await using bench = await new NetworkBench().listen(proxy('{ hostname: h.test }'))
  const app = bench.cluster('app', 1)
  app.httpPool({ address: 'x' } as never).failure = 'connection timeout'
  expect(await bench.talk()).toBe('')
  await bench.until(() => bench.log.length > 0)
  expect(bench.log[0]).toMatch(/^TcpConnectionEnd UF,URX /)
})

test('a reset of the stream resets the client', async () => {
  await using bench = await new NetworkBench().listen(proxy('{ hostname: h.test }'))
  const app = bench.cluster('app', 1)
  const client = bench.connect()
  const failed = once(client, 'error')
  const stream = await bench.tunnel(app)
  stream.answer(200)
  client.resume()
  stream.callbacks.onReset('remote reset', '')
  expect((await failed)[0]).toMatchObject({ code: 'ECONNRESET' })
})

test('a client that goes while the answer is awaited takes the stream with it', async () => {
  await using bench = await new NetworkBench().listen(proxy('{ hostname: h.test }'))
  const app = bench.cluster('app', 1)
  const client = bench.connect()
  const stream = await bench.tunnel(app)
  client.resetAndDestroy()
  await bench.until(() => stream.resetWith !== '')
  expect(stream.resetWith).toBe('local reset')
})

test('whoever sends faster than the other side reads is held', async () => {
  await using bench = await new NetworkBench().listen(proxy('{ hostname: h.test }'))
  const app = bench.cluster('app', 1)
  const client = bench.connect()
  const stream = await bench.tunnel(app)
  stream.answer(200)
  client.pause()
  stream.room = false
  client.write(Buffer.alloc(8 << 20))
  await bench.until(() => bench.stat('tcp.t.downstream_flow_control_paused_reading_total') > 0)
  expect(stream.sent.length).toBeLessThan(8 << 20)
  const block = 'y'.repeat(1 << 20)
  for (let i = 0; i < 16 && stream.disabled === 0; i++) stream.data(block)
  await bench.until(() => stream.disabled > 0)
  stream.room = true
  stream.callbacks.onWritable()
  client.resume()
  await bench.until(() => stream.sent.length === 8 << 20 && stream.disabled === 0)
})

test('what the other end answered is kept in filter state', async () => {
  const tunneling = '{ hostname: h.test, propagate_response_headers: true, propagate_response_trailers: true }'
  await using bench = await new NetworkBench().listen(proxy(tunneling))
  const app = bench.cluster('app', 1)
  const client = bench.connect()
  const stream = await bench.tunnel(app)
  stream.answer(200, [['X-Up', '1']])
  stream.callbacks.onTrailers(responseHeaders(200, [['x-sum', '2']]))
  const state = app.contexts[0]!.info!.connection.filterState as unknown as Map<
    string,
    { typed(): object; field(name: string): unknown }
  >
  expect(state.get('envoy.tcp_proxy.propagate_response_headers')!.typed()).toEqual({
    headers: [
      { key: ':status', value: '200' },
      { key: 'x-up', value: '1' },
    ],
  })
  expect(state.get('envoy.tcp_proxy.propagate_response_trailers')!.field('x-sum')).toBe('2')
  client.destroy()
})

test('an id can be sent along', async () => {
  const id =
    "request_id_extension: { typed_config: { '@type': type.googleapis.com/envoy.extensions.request_id.uuid.v3.UuidRequestIdConfig } }"
  await using bench = await new NetworkBench().listen(proxy(`{ hostname: h.test, ${id}, request_id_header: X-Tunnel }`))
  const app = bench.cluster('app', 1)
  bench.connect()
  const { head } = await bench.tunnel(app)
  expect(head).toMatch(/^CONNECT h\.test x-tunnel=[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/)
  const [metadata] = [...app.contexts[0]!.info!.metadata!]
  expect(metadata).toEqual(['envoy.filters.network.tcp_proxy', { tunnel_request_id: head.split('=')[1] }])
})

test('filter state switches a tunnel off for one connection', async () => {
  const state = `
- name: state
  typed_config:
    '@type': type.googleapis.com/envoy.extensions.filters.network.set_filter_state.v3.Config
    on_new_connection:
      - object_key: envoy.tcp_proxy.disable_tunneling
        factory_key: envoy.string
        format_string: { text_format_source: { inline_string: 'true' } }`
  await using bench = await new NetworkBench().listen(proxy('{ hostname: h.test }', '', state))
  await bench.upstream('app', (socket) => void socket.end('plain'))
  expect(await bench.talk()).toBe('plain')
})

test.each([
  ['{ hostname: h.test, post_path: /x }', 'post_path'],
  ['{ hostname: h.test, use_post: true, post_path: x }', 'post_path'],
  ['{ hostname: "%NO_SUCH%" }', 'hostname'],
  ['{ hostname: h.test, headers_to_add: [{ header: { key: ":path", value: x } }] }', 'headers_to_add[0].header.key'],
])('%s is refused', async (tunneling, path) => {
  await expect(new NetworkBench().listen(proxy(tunneling))).rejects.toThrow(`tunneling_config.${path}`)
})
