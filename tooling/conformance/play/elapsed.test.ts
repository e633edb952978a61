import { expect, test } from 'vitest'
import type { ObservedRequest } from '../wire/observed.ts'
import { withoutElapsed } from './elapsed.ts'

function request(id: string, ms: number): ObservedRequest {
  const headers = { 'x-request-id': [id], 'x-envoy-expected-rq-timeout-ms': [String(ms)] }
  return { origin: 'a', start: 'GET / HTTP/1.1', headers, order: [], body: '', trailers: {}, connection: 1 }
}

test('later tries have at most the time of the first, and whatever is no later try stays exact', () => {
  const requests = [request('x', 15_000), request('x', 14_998), request('y', 500), request('x', 0)]
  const told = withoutElapsed(requests).map(({ headers }) => headers['x-envoy-expected-rq-timeout-ms']![0])
  expect(told).toEqual(['15000', 'at most 15000', '500', '0'])
})

test('where the first try says no time of the proxy, a later one has it to five seconds', () => {
  const first = { ...request('x', 0), headers: { 'x-request-id': ['x'] } }
  for (const each of [first, request('x', 7)]) {
    const told = withoutElapsed([each, request('x', 14_977)])
    expect(told[1]!.headers['x-envoy-expected-rq-timeout-ms']).toEqual(['at most 15000'])
  }
})
