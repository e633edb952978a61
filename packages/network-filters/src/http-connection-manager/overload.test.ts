import { StatsStore } from '@nuncio/core'
import { connect } from 'node:http2'
import { expect, test } from 'vitest'
import { get, ManagerBench } from './testing/manager-bench.ts'

const KEPT = 'GET / HTTP/1.1\r\nhost: test\r\n\r\n'
const HALF = 'POST / HTTP/1.1\r\nhost: test\r\ncontent-length: 4\r\n\r\nab'

test.each(['stopAcceptingRequests', 'decodeHeaders', 'http1AbortDispatch'] as const)(
  'a request is answered 503 before any filter when %s sheds it',
  async (place) => {
    await using bench = new ManagerBench('')
    bench.overload[place].share = 1
    const answer = await bench.send(get())
    expect(answer).toMatch(/^HTTP\/1\.1 503 Service Unavailable\r\n/)
    expect(answer.endsWith('\r\n\r\nenvoy overloaded')).toBe(true)
    expect(bench.log).toEqual(['503 overload OM 127.0.0.1'])
    expect([bench.seen, bench.stat('rq_overload_close')]).toEqual([[], 1])
  },
)

test('a request that comes late in a turn of the event loop is answered 503, a health check is not', async () => {
  await using bench = new ManagerBench('')
  const count = new StatsStore().counter('late')
  const alwaysAdmit = new Set(['/healthz'])
  bench.overload.lateRequests.policy = {
    maxWaitMs: 1,
    graceMs: 0,
    alwaysAdmit,
    turnMs: () => 2,
    nowMs: () => 0,
    count,
  }
  expect(await bench.send(get())).toContain('envoy overloaded')
  expect(await bench.send(get('/healthz'))).toContain('hello')
  expect([bench.stat('rq_overload_close'), count.value]).toEqual([1, 1])
})

test.each([
  ['append_local_overload: true', true],
  ['', false],
])('with %j what load shed says so: %s', async (hcm, told) => {
  await using bench = new ManagerBench(hcm)
  bench.overload.stopAcceptingRequests.share = 1
  expect((await bench.send(get())).includes('x-envoy-local-overloaded: true\r\n')).toBe(told)
})

test('a connection goes on after a request that was shed, unless the codec sheds', async () => {
  await using bench = new ManagerBench('')
  bench.overload.stopAcceptingRequests.share = 1
  const client = await bench.open(KEPT)
  await bench.until(() => client.text.includes('envoy overloaded'))
  bench.overload.stopAcceptingRequests.share = 0
  client.write(KEPT)
  await bench.until(() => client.text.includes('hello'))
  bench.overload.http1AbortDispatch.share = 1
  client.write(KEPT)
  await bench.until(() => client.closed)
  expect(client.text).toMatch(/connection: close/i)
})

test('http1_server_abort_dispatch ends a request in the middle of its body', async () => {
  await using bench = new ManagerBench('', { silent: true })
  const client = await bench.open(HALF)
  await bench.until(() => bench.stat('rq_total') === 1)
  bench.overload.http1AbortDispatch.share = 1
  client.write('cd')
  await bench.until(() => client.closed)
  expect(client.text).toContain('envoy overloaded')
})

test('keep-alive ends behind the response when disable_http_keepalive is active', async () => {
  await using bench = new ManagerBench('')
  bench.overload.disableKeepAlive.share = 1
  const client = await bench.open(KEPT)
  await bench.until(() => client.closed)
  expect(client.text).toMatch(/connection: close\r\n\r\n5\r\nhello/)
  expect([bench.stat('cx_overload_disable_keepalive'), bench.stat('rq_2xx')]).toEqual([1, 1])
})

test('a connection is closed before it gets a codec when hcm_ondata_creating_codec sheds it', async () => {
  await using bench = new ManagerBench('codec_type: HTTP1')
  bench.overload.creatingCodec.share = 1
  expect(await bench.send(get())).toBe('')
  expect([bench.stat('rq_overload_close'), bench.stat('cx_total')]).toEqual([1, 0])
})

test.each([
  ['disableKeepAlive', 200],
  ['http2GoAway', 200],
  ['http2GoAwayAndClose', 0],
] as const)('an HTTP/2 connection gets GOAWAY when %s is active', async (place, status) => {
  await using bench = new ManagerBench('codec_type: HTTP2', { silent: place === 'http2GoAwayAndClose' })
  bench.overload[place].share = 1
  const session = connect(await bench.url())
  session.on('error', () => {})
  let goAway = false
  session.on('goaway', () => (goAway = true))
  const stream = session.request({ ':path': '/' })
  let seen = 0
  stream.on('response', (headers) => (seen = Number(headers[':status'])))
  stream.on('error', () => {})
  stream.resume()
  await bench.until(() => session.closed || session.destroyed)
  await bench.until(() => bench.stat('cx_active') === 0)
  expect([goAway, seen]).toEqual([true, status])
})

test('reduce_timeouts closes an idle connection that waits already, and leaves it alone when the pressure is gone', async () => {
  await using bench = new ManagerBench('common_http_protocol_options: { idle_timeout: 600s }')
  bench.overload.connectionIdle.minimum = { ms: 2000 }
  const client = await bench.open(KEPT)
  await bench.until(() => client.text.includes('hello'))
  const change = (state: number): void => {
    bench.overload.connectionIdle.state = state
    for (const subject of bench.overload.subjects) subject.timeoutsChanged()
  }
  change(1)
  bench.time.advance(1000)
  change(0)
  bench.time.advance(2000)
  expect(bench.stat('cx_active')).toBe(1)
  change(1)
  bench.time.advance(100)
  await bench.until(() => client.closed && bench.stat('cx_active') === 0)
  expect(bench.stat('cx_idle_timeout')).toBe(1)
  expect(bench.overload.subjects.size).toBe(0)
})

test.each([
  [
    'connectionDuration',
    'common_http_protocol_options: { max_connection_duration: 600s }',
    KEPT,
    'cx_max_duration_reached',
  ],
  ['streamIdle', 'stream_idle_timeout: 600s', HALF, 'rq_idle_timeout'],
] as const)('reduce_timeouts shortens %s while it runs', async (timeout, yaml, bytes, counter) => {
  await using bench = new ManagerBench(yaml)
  bench.overload[timeout].minimum = { ms: 1000 }
  const client = await bench.open(bytes)
  await bench.until(() => bench.stat('rq_total') === 1 && (bytes === HALF || client.text.includes('hello')))
  bench.overload[timeout].state = 1
  for (const subject of bench.overload.subjects) subject.timeoutsChanged()
  await bench.advanceUntil(() => client.closed)
  expect(bench.stat(counter)).toBe(1)
})

test('a listener with bypass_overload_manager sheds nothing', async () => {
  await using bench = new ManagerBench('', { body: 'hello' }, { bypass_overload_manager: true })
  for (const place of ['stopAcceptingRequests', 'decodeHeaders', 'creatingCodec', 'disableKeepAlive'] as const)
    bench.overload[place].share = 1
  const client = await bench.open(KEPT)
  await bench.until(() => client.text.includes('hello'))
  expect(client.text).not.toMatch(/connection: close/i)
})
