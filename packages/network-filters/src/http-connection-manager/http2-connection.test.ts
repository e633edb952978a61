import { FRAME, frame, get, Http2FrameClient, literals, setting, uint32 } from '@nuncio/http-codec/testing'
import { type ClientHttp2Session, connect } from 'node:http2'
import { expect, test } from 'vitest'
import { ManagerBench } from './testing/manager-bench.ts'

interface Answer {
  readonly status: number
  readonly server: string
  readonly body: string
}

function ask(session: ClientHttp2Session, path: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const stream = session.request({ ':path': path })
    const answer = { status: 0, server: '', body: '' }
    stream.on('response', (headers) => {
      answer.status = Number(headers[':status'])
      answer.server = String(headers['server'])
    })
    stream.setEncoding('utf8').on('data', (text: string) => (answer.body += text))
    stream.on('end', () => resolve(answer)).on('error', reject)
  })
}

test('HTTP/2 requests side by side share one connection and run the same chain', async () => {
  await using bench = new ManagerBench('codec_type: HTTP2\nuse_remote_address: true')
  const session = connect(await bench.url())
  const answers = await Promise.all(['/1', '/2', '/3'].map((path) => ask(session, path)))
  expect(answers).toEqual(answers.map(() => ({ status: 200, server: 'envoy', body: 'hello' })))
  expect(bench.seen.map(({ path }) => path)).toEqual(['/1', '/2', '/3'])
  expect(bench.sent('x-forwarded-for')).toBe('127.0.0.1')
  expect([bench.stat('cx_http2_total'), bench.stat('rq_http2_total'), bench.stat('rq_2xx')]).toEqual([1, 3, 3])
  session.close()
  await bench.until(() => bench.stat('cx_active') === 0)
})

test('an HTTP/2 connection ends behind max_requests_per_connection', async () => {
  await using bench = new ManagerBench(
    'codec_type: HTTP2\ncommon_http_protocol_options: { max_requests_per_connection: 1 }',
  )
  const session = connect(await bench.url())
  expect((await ask(session, '/')).status).toBe(200)
  await bench.until(() => session.closed)
  expect(bench.stat('cx_max_requests_reached')).toBe(1)
})

test('the bytes of an HTTP/2 connection are counted, frame heads and settings too', async () => {
  await using bench = new ManagerBench('codec_type: HTTP2')
  using client = new Http2FrameClient(Number(new URL(await bench.url()).port)).hello().request(1, get())
  expect(await client.fate(1)).toBe('200')
  client.socket.end()
  await client.end()
  await bench.until(() => bench.stat('cx_active') === 0)
  expect([bench.stat('cx_rx_bytes_total'), bench.stat('cx_tx_bytes_total')]).toEqual([client.socket.bytesWritten, client.socket.bytesRead]) // prettier-ignore
})

const KEEPALIVE = `codec_type: HTTP2
http2_protocol_options: { connection_keepalive: { interval: 10s, timeout: 2s, interval_jitter: { value: 0 } } }`

test('connection_keepalive asks a quiet client, and lets the one that answers stay', async () => {
  await using bench = new ManagerBench(KEEPALIVE)
  const session = connect(await bench.url())
  await ask(session, '/')
  let pings = 0
  session.on('ping', () => pings++)
  for (let round = 1; round <= 3; round++) {
    await bench.advanceUntil(() => pings === round)
    expect((await ask(session, '/')).status).toBe(200)
  }
  expect(bench.rootStat('http2.keepalive_timeout')).toBe(0)
  session.destroy()
})

test('connection_keepalive closes the connection of a client that does not answer', async () => {
  await using bench = new ManagerBench(KEEPALIVE)
  using client = new Http2FrameClient(Number(new URL(await bench.url()).port)).hello().request(1, get())
  expect(await client.fate(1)).toBe('200')
  await bench.advanceUntil(() => client.closed)
  expect(client.frames.some(({ type }) => type === FRAME.PING)).toBe(true)
  expect([bench.rootStat('http2.keepalive_timeout'), bench.stat('cx_destroy_local')]).toEqual([1, 1])
})

test('http2.* counts streams, resets and trailers', async () => {
  await using bench = new ManagerBench('codec_type: HTTP2', { silent: true })
  using client = new Http2FrameClient(Number(new URL(await bench.url()).port)).hello()
  client
    .request(1, get(), false)
    .request(1, [['x-t', '1']])
    .request(3, get())
  await bench.until(() => bench.rootStat('http2.trailers') === 1)
  await bench.until(() => bench.rootStat('http2.streams_active') === 2)
  client.write(frame(FRAME.RST_STREAM, 0, 3, uint32(8)))
  await bench.until(() => bench.rootStat('http2.rx_reset') === 1)
  expect(bench.rootStat('http2.streams_active')).toBe(1)
})

test('a head of HTTP/2 that is refused leaves a line in the access log', async () => {
  await using bench = new ManagerBench('codec_type: HTTP2')
  using client = new Http2FrameClient(Number(new URL(await bench.url()).port)).hello()
  client.request(1, [...get(), ['connection', 'close']])
  await bench.until(() => client.closed)
  expect(bench.log).toEqual(['0 http2.invalid.header.field DPE 127.0.0.1'])
  expect([bench.stat('rq_total'), bench.stat('rq_active')]).toEqual([1, 0])
})

const connected = async (bench: ManagerBench): Promise<Http2FrameClient> =>
  new Http2FrameClient(Number(new URL(await bench.url()).port))

test('a client is given notice of the end first; requests that cross it are served, and the last stream is named after drain_timeout', async () => {
  await using bench = new ManagerBench(
    'codec_type: HTTP2\ndrain_timeout: 3s\ncommon_http_protocol_options: { max_requests_per_connection: 1 }',
  )
  using client = (await connected(bench)).hello().request(1, get())
  const goaways = (): number[] =>
    client.frames.filter(({ type }) => type === FRAME.GOAWAY).map(({ payload }) => payload.readUInt32BE(0))
  await bench.until(() => goaways().length === 1)
  expect(await client.request(3, get()).fate(3)).toMatch(/^(200|goaway 0)$/)
  await bench.until(() => client.frames.some(({ stream, type }) => stream === 3 && type === FRAME.HEADERS))
  await bench.advanceUntil(() => client.closed)
  expect(goaways()).toEqual([2 ** 31 - 1, 3])
  expect(bench.rootStat('http2.goaway_sent')).toBe(1)
})

test('stream_flush_timeout resets the streams whose client takes nothing of what was said', async () => {
  await using bench = new ManagerBench('codec_type: HTTP2\nstream_flush_timeout: 5s', { body: 'x'.repeat(1000) })
  using client = (await connected(bench)).hello(setting(4, 0))
  for (let id = 1; id < 200; id += 2) client.request(id, get())
  await bench.until(() => bench.rootStat('http2.pending_send_bytes') === 100_000)
  await bench.advanceUntil(() => bench.rootStat('http2.tx_flush_timeout') === 100)
  expect([bench.rootStat('http2.pending_send_bytes'), bench.rootStat('http2.streams_active')]).toEqual([0, 0])
  await bench.until(() => client.frames.filter(({ type }) => type === FRAME.RST_STREAM).length === 100)
})

test('flush_timeout of a route comes before stream_flush_timeout', async () => {
  const yaml = `
codec_type: HTTP2
stream_flush_timeout: 0s
route_config:
  virtual_hosts:
  - name: all
    domains: ['*']
    routes:
    - { match: { path: /quick }, route: { cluster: app, flush_timeout: 5s } }
    - { match: { prefix: / }, route: { cluster: app } }`
  await using bench = new ManagerBench(yaml, { body: 'x'.repeat(1000) })
  using client = (await connected(bench)).hello(setting(4, 0)).request(1, get()).request(3, get('/quick'))
  await bench.until(() => bench.rootStat('http2.pending_send_bytes') === 2000)
  await bench.advanceUntil(() => bench.rootStat('http2.tx_flush_timeout') === 1)
  expect(bench.rootStat('http2.streams_active')).toBe(1)
  await bench.until(() => client.frames.some(({ stream, type }) => stream === 3 && type === FRAME.RST_STREAM))
})

test.each([
  ['', 'goaway 1'],
  ['stream_error_on_invalid_http_message: true', 'reset 1'],
  ['http2_protocol_options: { override_stream_error_on_invalid_http_message: true }', 'reset 1'],
])('an invalid request with "%s" is answered by %s', async (yaml, fate) => {
  await using bench = new ManagerBench(`codec_type: HTTP2\n${yaml}`)
  using client = (await connected(bench)).hello().request(1, get('/', [['connection', 'close']]))
  expect(await client.fate(1)).toBe(fate)
  expect([bench.rootStat('http2.rx_messaging_error'), bench.stat('cx_protocol_error')]).toEqual([1, fate.startsWith('goaway') ? 1 : 0]) // prettier-ignore
})

test.each<[string, string, (client: Http2FrameClient) => unknown]>([
  ['max_outbound_control_frames: 5', 'outbound_control_flood', (client) => client.write(Buffer.concat(Array.from({ length: 6 }, () => frame(FRAME.PING, 0, 0, Buffer.alloc(8)))))],
  ['max_consecutive_inbound_frames_with_empty_payload: 0', 'inbound_empty_frames_flood', (client) => client.request(1, get(), false).write(frame(FRAME.DATA, 0, 1))],
  ['max_inbound_priority_frames_per_stream: 0', 'inbound_priority_frames_flood', (client) => client.write(frame(FRAME.PRIORITY, 0, 1, Buffer.from([0, 0, 0, 3, 1])))],
  ['max_inbound_window_update_frames_per_data_frame_sent: 1', 'inbound_window_update_frames_flood', (client) => client.write(Buffer.concat(Array.from({ length: 6 }, () => frame(FRAME.WINDOW_UPDATE, 0, 0, uint32(1)))))],
  ['max_header_field_size_kb: 64', 'header_overflow', (client) => {
    const block = literals(get('/', [['x', 'v'.repeat(65_537)]]))
    for (let at = 0; at < block.length; at += 16_384) {
      const flags = at + 16_384 >= block.length ? 4 : 0
      client.write(frame(at === 0 ? FRAME.HEADERS : FRAME.CONTINUATION, flags, 1, block.subarray(at, at + 16_384)))
    }
  }],
])('%s is kept, and counted as %s', async (option, stat, attack) => {
  await using bench = new ManagerBench(`codec_type: HTTP2\nhttp2_protocol_options: { ${option} }`)
  using client = (await connected(bench)).hello()
  await attack(client)
  await bench.advanceUntil(() => client.closed)
  expect(bench.rootStat(`http2.${stat}`)).toBe(1)
}) // prettier-ignore

test.each([
  ['REJECT_REQUEST', 'reset 2', 'requests_rejected_with_underscores_in_headers', '0 http2.unexpected_underscore DR'],
  ['DROP_HEADER', '200', 'dropped_headers_with_underscores', '200'],
])('headers_with_underscores_action: %s', async (action, fate, stat, line) => {
  await using bench = new ManagerBench(
    `codec_type: HTTP2\ncommon_http_protocol_options: { headers_with_underscores_action: ${action} }`,
  )
  using client = (await connected(bench)).hello().request(1, get('/', [['a_b', 'c']]))
  expect(await client.fate(1)).toBe(fate)
  expect([bench.rootStat(`http2.${stat}`), bench.sent('a_b')]).toEqual([1, undefined])
  await bench.until(() => bench.log.length === 1)
  expect(bench.log[0]).toContain(line)
})
