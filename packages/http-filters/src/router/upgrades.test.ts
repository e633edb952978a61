import { requestHeaders, responseHeaders } from '@nuncio/core'
import { expect, it } from 'vitest'
import { retryPolicy } from './testing/retry-policy.ts'
import { RouterBench } from './testing/router-bench.ts'

/** The beginning of a request that has no end: an upgrade to `protocol`, or a CONNECT without one. */
function begin(bench: RouterBench, protocol: string): RouterBench {
  const headers = requestHeaders([
    [':method', protocol === '' ? 'CONNECT' : 'GET'],
    [':path', '/'],
    [':authority', 'a:1'],
    [':scheme', 'http'],
  ])
  headers.protocol = protocol
  bench.stream.upgraded = true
  bench.stream.start(headers, false)
  return bench
}

it('WebSockets have to be answered within the timeout of their route, from their head on', () => {
  const bench = begin(new RouterBench({ route: { timeoutMs: 100 } }), 'websocket')
  bench.time.advance(110)
  expect(bench.outcome).toMatchObject({ status: 504, details: 'response_timeout', flags: 'UT' })
})

it('WebSockets have to be answered within the timeout of a try', () => {
  const route = { timeoutMs: 1000, retryPolicy: retryPolicy({ perTryTimeoutMs: 100, baseIntervalMs: 1 }) }
  const bench = begin(new RouterBench({ route }), 'websocket')
  bench.time.advance(250)
  expect(bench.cluster.requests).toHaveLength(2)
  expect(bench.outcome).toMatchObject({ status: 504, details: 'upstream_per_try_timeout' })
})

it('WebSockets have no timeout once they are answered', () => {
  const route = { timeoutMs: 100, retryPolicy: retryPolicy({ perTryTimeoutMs: 50, baseIntervalMs: 1 }) }
  const bench = begin(new RouterBench({ route }), 'websocket')
  bench.attempt(0).callbacks.onHeaders(responseHeaders(101), false)
  bench.time.advance(500)
  expect(bench.outcome).toMatchObject({ status: 101, details: 'via_upstream' })
  expect([bench.stream.done, bench.attempt(0).resetReason]).toEqual([false, undefined])
})

it('tunnels whose client has ended its side have no timeout for the other', () => {
  for (const protocol of ['websocket', 'other']) {
    const route = { timeoutMs: 100, retryPolicy: retryPolicy({ perTryTimeoutMs: 50 }) }
    const bench = begin(new RouterBench({ route }), protocol)
    bench.attempt(0).callbacks.onHeaders(responseHeaders(101), false)
    bench.stream.requestData(new Uint8Array(0), true)
    bench.time.advance(500)
    expect(bench.outcome).toMatchObject({ status: 101, details: 'via_upstream' })
    expect([bench.stream.done, bench.attempt(0).resetReason]).toEqual([false, undefined])
  }
})

it.each(['', 'other'])(
  'wait for their answer as long as the client does not end, unless they are WebSockets: %j',
  (protocol) => {
    const bench = begin(new RouterBench({ route: { timeoutMs: 100 } }), protocol)
    bench.time.advance(500)
    expect(bench.outcome.status).toBe(0)
  },
)
