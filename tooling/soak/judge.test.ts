import { describe, expect, test } from 'vitest'
import { growthOf, judgeSoak } from './judge.ts'
import type { Moment } from './sample.ts'

const moment = (minute: number, rssMiB: number, more: Partial<Moment> = {}): Moment => ({
  atMs: minute * 60_000,
  rssMiB,
  dataMiB: 30,
  codeMiB: 10,
  sockets: 4,
  timers: 3,
  deadlines: 0,
  ...more,
})
/** Four a minute, between two collections now higher, now lower. */
const flat = Array.from({ length: 120 }, (_, i) => moment(i / 4, 200 + 40 * (i % 4)))
const minutely = flat.filter((_, i) => i % 4 === 0)
const calm = {
  before: moment(0, 150),
  after: moment(30, 201),
  during: flat,
  moments: minutely,
  failed: 0,
  minutes: 30,
}

describe('a soak', () => {
  test('is well when memory comes back to where it was and everything was given back', () => {
    expect(judgeSoak(calm)).toEqual([])
    expect(growthOf(calm).resident).toBeCloseTo(0)
  })

  test('is judged by the least memory of each minute, wherever in the breath the minutes begin and end', () => {
    const breathing = Array.from({ length: 720 }, (_, i) => moment(i / 24, 200 + ((i * 2.5) % 22)))
    expect(judgeSoak({ ...calm, during: breathing })).toEqual([])
    const growing = breathing.map((each, i) => ({ ...each, rssMiB: each.rssMiB + i / 24 }))
    expect(judgeSoak({ ...calm, during: growing })).toEqual([expect.stringMatching(/^memory grows by (0\.9|1\.0)/)])
  })

  test('may fill caches in its first third', () => {
    const filling = flat.map((each, i) => ({ ...each, rssMiB: each.rssMiB - Math.max(0, 36 - i) }))
    expect(judgeSoak({ ...calm, during: filling })).toEqual([])
  })

  test.each([
    ['a failed request', { failed: 1 }, '1 requests failed'],
    ['sockets that stay', { after: moment(30, 201, { sockets: 12 }) }, 'sockets: 4 before, 12 after'],
    ['timers that stay', { after: moment(30, 201, { timers: 30 }) }, 'timers: 3 before, 30 after'],
    [
      'deadlines that are not known',
      { after: moment(30, 201, { deadlines: Number.NaN }) },
      'deadlines: 0 before, NaN after',
    ],
    [
      'memory that grows',
      { during: flat.map((each, i) => ({ ...each, rssMiB: each.rssMiB + i / 4 })) },
      'memory grows by 1.00 MiB a minute',
    ],
    [
      'live data that grow',
      { moments: minutely.map((each, i) => ({ ...each, dataMiB: 30 + i / 8 })) },
      'live data grow by 0.13 MiB a minute',
    ],
    [
      'live data that stay more, however short the run',
      { minutes: 2, after: moment(2, 150, { dataMiB: 34 }) },
      'live data: 30.0 MiB before, 34.0 after',
    ],
    ['memory that grew, in a short run', { minutes: 2, after: moment(2, 400) }, 'memory: 150 MiB before, 400 after'],
  ])('complains of %s', (_what, change, complaint) => {
    expect(judgeSoak({ ...calm, ...change })).toEqual([complaint])
  })
})
