import { expect, test } from 'vitest'
import { disturbances, judge, type OverloadRun, summarise } from './judge.ts'
import type { PhaseSeen, Timed } from './offer.ts'

/** So many answers that each took so long, one a ms. */
const answers = (count: number, tookMs: number): Timed[] =>
  Array.from({ length: count }, (_, i): Timed => [i % 1000, tookMs])
const phase = (more: Partial<PhaseSeen>): PhaseSeen => ({ admitted: [], refused: [], failed: 0, lateMs: 1, ...more })
const well: OverloadRun = {
  before: phase({ admitted: answers(200, 2) }),
  during: phase({ admitted: answers(900, 5), refused: answers(4100, 4) }),
  after: phase({ admitted: answers(200, 2) }),
  capacity: 1000,
  factor: 5,
  seconds: 1,
}

test('a run that keeps the promise has no complaints', () => {
  const findings = summarise(well)
  expect(findings).toMatchObject({ offered: 5, times: 2.5, recoveredMs: 0, failed: 0 })
  expect([judge(findings), disturbances(findings)]).toEqual([[], []])
})

test.each<[string, Partial<OverloadRun>, string]>([
  ['admitted requests that wait', { during: phase({ admitted: answers(900, 7), refused: answers(4100, 4) }) }, 'the p99 of the admitted is 3.5 times the unloaded one'],
  ['none that is admitted', { during: phase({ refused: answers(5000, 4) }) }, 'no request was admitted'],
  ['refusals that take their time', { during: phase({ admitted: answers(900, 5), refused: answers(4100, 9) }) }, 'a refusal takes 9.0 ms (p99)'],
  ['requests that fail otherwise', { during: phase({ admitted: answers(900, 5), refused: answers(4099, 4), failed: 1 }) }, '1 requests got neither 200 nor 503'],
  ['a recovery that takes too long', { after: phase({ refused: [[1100, 3]] }) }, 'all was well again after 1200 ms only'],
])('%s are told', (_what, change, complaint) => {
  expect(judge(summarise({ ...well, ...change }))).toContain(complaint)
}) // prettier-ignore

test.each<[string, Partial<OverloadRun>, string]>([
  ['too little load', { during: phase({ admitted: answers(900, 5), refused: answers(3000, 4) }) }, 'no more than 3.9 times the capacity was offered'],
  ['a generator that is late', { during: phase({ admitted: answers(900, 5), refused: answers(4100, 4), lateMs: 50 }) }, 'the generator was 50 ms late'],
  ['an unloaded proxy that is slow now and then', { before: phase({ admitted: [...answers(190, 2), ...answers(10, 20)] }) }, 'the p99 of the unloaded proxy is 10 times its p50'],
])('%s makes a run decide nothing', (_what, change, reason) => {
  expect(disturbances(summarise({ ...well, ...change }))).toContain(reason)
}) // prettier-ignore

test('a tenth of a second in which most were slow is not calm yet', () => {
  const after = phase({ admitted: [[20, 9], [150, 9], [160, 2], [250, 9], [260, 9], [270, 2], [400, 2]] }) // prettier-ignore
  expect(summarise({ ...well, after }).recoveredMs).toBe(300)
})
