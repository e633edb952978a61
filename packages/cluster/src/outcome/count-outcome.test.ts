import { expect, test } from 'vitest'
import { testHosts } from '../testing/index.ts'
import type { Outcome } from '../contracts/cluster.ts'
import { countOutcome } from './count-outcome.ts'

const OK: Outcome = { status: 200, reset: undefined, latencyMs: 3, grpcStatus: -1 }

test.each<[string, Outcome, boolean, Partial<Record<string, number>>]>([
  ['an answer', OK, true, { rqSuccess: 1, rqError: 0, rqTimeout: 0 }],
  ['a failure of the host', { ...OK, status: 500 }, false, { rqSuccess: 0, rqError: 1, rqTimeout: 0 }],
  ['a failure by its gRPC status', { ...OK, grpcStatus: 14 }, false, { rqSuccess: 0, rqError: 1, rqTimeout: 0 }],
  ['a timeout', { ...OK, status: 0, reset: 'timeout' }, false, { rqSuccess: 0, rqError: 1, rqTimeout: 1 }],
  ['a raw connection that came about', { ...OK, raw: true }, true, { rqSuccess: 0, rqError: 0, rqTimeout: 0 }],
  [
    'a raw connection that did not',
    { ...OK, status: 0, reset: 'connection timeout', raw: true },
    false,
    { rqSuccess: 0, rqError: 0, rqTimeout: 0 },
  ],
])('%s counts in the statistics of its host', (_, outcome, ok, counted) => {
  const [host] = testHosts(1)
  expect(countOutcome(host!, outcome)).toBe(ok)
  expect(host!.stats).toMatchObject(counted)
})
