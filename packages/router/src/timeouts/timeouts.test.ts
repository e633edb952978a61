import { describe, expect, test } from 'vitest'
import { forward, request, routesYaml, tableFrom } from '../testing/table.ts'
import { applyTimeoutHeaders, effectiveTimeouts, expectedTimeout } from './effective-timeouts.ts'
import { formatGrpcTimeout, parseGrpcTimeout } from './grpc-timeout.ts'

const defaults = { streamIdleTimeoutMs: 300_000, maxStreamDurationMs: 0 }

function route(action: string) {
  return forward(
    tableFrom(routesYaml(`- { match: { prefix: / }, route: { cluster: c, ${action} } }`)).table,
    request('h/'),
  )
}
function times(action: string, headers = {}, more = {}) {
  return effectiveTimeouts(route(action), request('h/', headers), { ...defaults, ...more })
}
const grpc = { 'content-type': 'application/grpc' }

test.each([
  ['1S', 1000],
  ['2H', 7_200_000],
  ['3M', 180_000],
  ['4m', 4],
  ['1u', 1],
  ['1n', 1],
  ['1500u', 2],
  ['0m', 0],
  ['123456789m', undefined],
  ['1', undefined],
  ['m', undefined],
  ['-1S', undefined],
  ['1s', undefined],
  [undefined, undefined],
])('grpc-timeout %s is %s ms', (text, ms) => {
  expect(parseGrpcTimeout(text)).toBe(ms)
})

test.each([
  [0, '0m'],
  [1.5, '1m'],
  [99_999_999, '99999999m'],
  [100_000_000, '100000S'],
  [1e11, '1666666M'],
  [1e20, '99999999H'],
])('%s ms is the grpc-timeout %s', (ms, text) => {
  expect(formatGrpcTimeout(ms)).toBe(text)
})

describe('the timeout of the whole answer', () => {
  test.each([
    ['', {}, 15_000, 'route'],
    ['timeout: 2s', {}, 2000, 'route'],
    ['timeout: 0s', {}, 0, 'route'],
    ['timeout: 2s', { 'x-envoy-upstream-rq-timeout-ms': '500' }, 500, 'x-envoy-upstream-rq-timeout-ms'],
    ['timeout: 2s', { 'x-envoy-upstream-rq-timeout-ms': 'abc' }, 2000, 'route'],
    ['timeout: 2s', { 'x-envoy-upstream-rq-timeout-ms': '0' }, 0, 'x-envoy-upstream-rq-timeout-ms'],
    ['timeout: 0.3s, max_stream_duration: { max_stream_duration: 5s }', {}, 0, 'max_stream_duration'],
    ['timeout: 0.3s, max_stream_duration: {}', {}, 0, 'max_stream_duration'],
    ['timeout: 2s, max_grpc_timeout: 10s', {}, 2000, 'route'],
    ['timeout: 2s, max_grpc_timeout: 10s', { ...grpc, 'grpc-timeout': '3S' }, 3000, 'grpc-timeout'],
    ['timeout: 2s, max_grpc_timeout: 10s', { ...grpc, 'grpc-timeout': '30S' }, 10_000, 'grpc-timeout'],
    ['timeout: 2s, max_grpc_timeout: 10s', grpc, 10_000, 'grpc-timeout'],
    ['timeout: 2s, max_grpc_timeout: 0s', grpc, 0, 'grpc-timeout'],
    ['max_grpc_timeout: 0s, grpc_timeout_offset: 0.01s', { ...grpc, 'grpc-timeout': '100m' }, 90, 'grpc-timeout'],
    ['max_grpc_timeout: 0s, grpc_timeout_offset: 0.1s', { ...grpc, 'grpc-timeout': '100m' }, 100, 'grpc-timeout'],
  ])('{ %s } with %j: %s from %s', (action, headers, ms, from) => {
    expect(times(action, headers)).toMatchObject({ timeoutMs: ms, timeoutFrom: from })
  })

  test('respect_expected_rq_timeout takes what an egress proxy said', () => {
    const headers = { 'x-envoy-expected-rq-timeout-ms': '700', 'x-envoy-upstream-rq-timeout-ms': '500' }
    expect(times('', headers, { respectExpectedTimeout: true }).timeoutMs).toBe(700)
    expect(times('', headers).timeoutMs).toBe(500)
  })
})

describe('the timeout of each try', () => {
  test.each([
    ['retry_policy: { per_try_timeout: 1s }', {}, 1000, 'route'],
    [
      'retry_policy: { per_try_timeout: 1s }',
      { 'x-envoy-upstream-rq-per-try-timeout-ms': '200' },
      200,
      'x-envoy-upstream-rq-per-try-timeout-ms',
    ],
    ['timeout: 1s, retry_policy: { per_try_timeout: 1s }', {}, 0, 'ignored'],
    ['timeout: 0s, retry_policy: { per_try_timeout: 1s }', {}, 1000, 'route'],
    ['', {}, 0, 'none'],
  ])('{ %s } with %j: %s from %s', (action, headers, ms, from) => {
    expect(times(action, headers)).toMatchObject({ perTryTimeoutMs: ms, perTryFrom: from })
  })
})

describe('the longest duration of the stream', () => {
  const rule = (fields: string): string => `max_stream_duration: { ${fields} }`
  test.each([
    ['', {}, 0, 'default'],
    [rule('max_stream_duration: 5s'), {}, 5000, 'route'],
    [rule('max_stream_duration: 0s'), {}, 0, 'route'],
    [rule('grpc_timeout_header_max: 10s'), { 'grpc-timeout': '3S' }, 3000, 'grpc-timeout'],
    [rule('grpc_timeout_header_max: 10s'), { 'grpc-timeout': '30S' }, 10_000, 'grpc-timeout'],
    [rule('grpc_timeout_header_max: 10s'), { 'grpc-timeout': '0S' }, 10_000, 'grpc-timeout'],
    [rule('grpc_timeout_header_max: 0s'), { 'grpc-timeout': '30S' }, 30_000, 'grpc-timeout'],
    [
      rule('grpc_timeout_header_max: 10s, grpc_timeout_header_offset: 1s'),
      { 'grpc-timeout': '3S' },
      2000,
      'grpc-timeout',
    ],
    [rule('grpc_timeout_header_max: 10s, grpc_timeout_header_offset: 5s'), { 'grpc-timeout': '3S' }, 0, 'grpc-timeout'],
    [rule('max_stream_duration: 5s, grpc_timeout_header_max: 10s'), {}, 5000, 'route'],
    [rule('max_stream_duration: 5s'), { 'grpc-timeout': '3S' }, 5000, 'route'],
  ])('{ %s } with %j: %s from %s', (action, headers, ms, from) => {
    expect(times(action, headers)).toMatchObject({ maxStreamDurationMs: ms, maxStreamDurationFrom: from })
  })
  test("the connection manager's, when the route says nothing", () => {
    expect(times('', {}, { maxStreamDurationMs: 9000 }).maxStreamDurationMs).toBe(9000)
  })
})

test('idle and flush timeouts: the route, else the connection manager', () => {
  expect(times('idle_timeout: 1s')).toMatchObject({ idleTimeoutMs: 1000, flushTimeoutMs: 1000 })
  expect(times('flush_timeout: 2s')).toMatchObject({ idleTimeoutMs: 300_000, flushTimeoutMs: 2000 })
})

describe('what the upstream is told', () => {
  test.each([
    ['timeout: 2s', {}, 0, 2000],
    ['timeout: 2s', {}, 500, 1500],
    ['timeout: 2s', {}, 2000, 1],
    ['timeout: 0s', {}, 500, 0],
    ['timeout: 2s, retry_policy: { per_try_timeout: 1s }', {}, 0, 1000],
    ['timeout: 2s, retry_policy: { per_try_timeout: 1s }', {}, 1500, 500],
    ['timeout: 0s, retry_policy: { per_try_timeout: 1s }', {}, 1500, 1000],
    [
      'timeout: 2s, retry_policy: { per_try_timeout: 1s }, hedge_policy: { hedge_on_per_try_timeout: true }',
      {},
      0,
      2000,
    ],
    ['timeout: 2s, retry_policy: { per_try_timeout: 1s }', { 'x-envoy-hedge-on-per-try-timeout': 'true' }, 0, 2000],
  ])('{ %s } with %j after %s ms: %s', (action, headers, elapsed, expected) => {
    expect(expectedTimeout(times(action, headers), elapsed)).toBe(expected)
  })

  function applied(action: string, headers: Record<string, string>, suppress = false) {
    const one = route(action)
    const asked = request('h/', headers)
    applyTimeoutHeaders(one, asked, effectiveTimeouts(one, asked, defaults), 0, suppress)
    return asked
  }

  test('headers that asked are taken off, the expected time is put on', () => {
    const asked = applied('', {
      'x-envoy-upstream-rq-timeout-ms': '500',
      'x-envoy-upstream-rq-per-try-timeout-ms': '100',
    })
    expect(asked.get('x-envoy-expected-rq-timeout-ms')).toBe('100')
    expect(asked.has('x-envoy-upstream-rq-timeout-ms')).toBe(false)
    expect(asked.has('x-envoy-upstream-rq-per-try-timeout-ms')).toBe(false)
    expect(applied('', {}, true).has('x-envoy-expected-rq-timeout-ms')).toBe(false)
    expect(applied('timeout: 0s', {}).has('x-envoy-expected-rq-timeout-ms')).toBe(false)
  })

  test('the duration of a gRPC stream is passed on as its grpc-timeout', () => {
    const duration = 'max_stream_duration: { max_stream_duration: 0.2s }'
    expect(applied(duration, grpc).get('grpc-timeout')).toBe('200m')
    expect(applied(duration, { ...grpc, 'grpc-timeout': '1S' }).get('grpc-timeout')).toBe('200m')
    expect(applied(duration, {}).has('grpc-timeout')).toBe(false)
    expect(applied('max_stream_duration: { max_stream_duration: 0s }', grpc).has('grpc-timeout')).toBe(false)
  })

  test('a capped grpc-timeout is passed on', () => {
    expect(applied('max_grpc_timeout: 1s', { ...grpc, 'grpc-timeout': '5S' }).get('grpc-timeout')).toBe('1000m')
    expect(
      applied('max_stream_duration: { grpc_timeout_header_max: 1s }', { ...grpc, 'grpc-timeout': '5S' }).get(
        'grpc-timeout',
      ),
    ).toBe('1000m')
    expect(applied('', { ...grpc, 'grpc-timeout': '5S' }).get('grpc-timeout')).toBe('5S')
  })
})
