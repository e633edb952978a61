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
