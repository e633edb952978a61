import { FRAME, frame, get, Http2FrameClient, uint32 } from '@nuncio/http-codec/testing'
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

const KEEPALIVE = `codec_type: HTTP2
http2_protocol_options: { connection_keepalive: { interval: 10s, timeout: 2s, interval_jitter: { value: 0 } } }`

test('connection_keepalive asks a quiet client, and lets the one that answers stay', async () => {
  await using bench = new ManagerBench(KEEPALIVE)
  const session = connect(await bench.url())
  await ask(session, '/')
  let pings = 0
  session.on('ping', () => pings++)
  for (let round = 1; round <= 3; round++) {
    // oxlint-disable-next-line no-await-in-loop
    await bench.advanceUntil(() => pings === round)
    // oxlint-disable-next-line no-await-in-loop
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
