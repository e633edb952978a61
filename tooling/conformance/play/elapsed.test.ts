import { expect, test } from 'vitest'
import type { ObservedRequest } from '../wire/observed.ts'
import { withoutElapsed } from './elapsed.ts'

const REMAINING = 'x-envoy-expected-rq-timeout-ms'

function request(id: string, ms: number, origin = 'a'): ObservedRequest {
  const headers = { 'x-request-id': [id], [REMAINING]: [String(ms)] }
  return { origin, start: 'GET / HTTP/1.1', headers, order: [], body: '', trailers: {}, connection: 1 }
}

test('later tries have at most the time of the first, and whatever is no later try stays exact', () => {
  const requests = [request('x', 15_000), request('x', 14_998), request('y', 500), request('x', 0)]
  const told = withoutElapsed(requests).map(({ headers }) => headers[REMAINING]![0])
  expect(told).toEqual(['15000', 'at most 15000', '500', '0'])
})

test('requests without ids are told apart by their first lines', () => {
  const bare = (start: string, ms: string): ObservedRequest => ({
    ...request('', 0),
    start,
    headers: { [REMAINING]: [ms] },
  })
  const told = withoutElapsed([bare('GET /a', '15000'), bare('GET /b', '15000'), bare('GET /a', '14990')])
  expect(told.map(({ headers }) => headers[REMAINING]![0])).toEqual(['15000', '15000', 'at most 15000'])
})

test('where the first try says no time of the proxy, a later one has it to five seconds', () => {
  const first = { ...request('x', 0), headers: { 'x-request-id': ['x'] } }
  for (const each of [first, request('x', 7)]) {
    const told = withoutElapsed([each, request('x', 14_977)])
    expect(told[1]!.headers[REMAINING]).toEqual(['at most 15000'])
  }
})

test('tries of several origins are told alike, whoever was first', () => {
  const told = (...requests: ObservedRequest[]): unknown[] =>
    withoutElapsed(requests).map(({ headers }) => headers[REMAINING]![0])
  const some = told(request('x', 6990, 'a'), request('x', 7000, 'b'), request('y', 300, 'b'))
  expect(some).toEqual(['at most 7000', 'at most 7000', '300'])
  expect(told(request('x', 7000, 'a'), request('x', 7000, 'b'))).toEqual(['at most 7000', 'at most 7000'])
})
