import { describe, expect, test } from 'vitest'
import { judgeSoak } from './judge.ts'
import type { Sample } from './sample.ts'

const sample = (minute: number, rssMiB: number, more: Partial<Sample> = {}): Sample => ({
  atMs: minute * 60_000,
  rssMiB,
  sockets: 4,
  timers: 3,
  deadlines: 0,
  ...more,
})
const flat = Array.from({ length: 30 }, (_, minute) => sample(minute, 200 + (minute % 3)))
const calm = { before: sample(0, 150), after: sample(30, 201), during: flat, failed: 0, minutes: 30 }

describe('a soak', () => {
  test('is well when memory is flat and everything was given back', () => {
    expect(judgeSoak(calm)).toEqual([])
  })

  test.each([
    ['a failed request', { failed: 1 }, '1 requests failed'],
    ['sockets that stay', { after: sample(30, 201, { sockets: 12 }) }, 'sockets: 4 before, 12 after'],
    ['timers that stay', { after: sample(30, 201, { timers: 30 }) }, 'timers: 3 before, 30 after'],
    [
      'deadlines that are not known',
      { after: sample(30, 201, { deadlines: Number.NaN }) },
      'deadlines: 0 before, NaN after',
    ],
    [
      'memory that grows',
      { during: flat.map((each, i) => ({ ...each, rssMiB: 200 + i })) },
      'memory grows by 1.00 MiB a minute',
    ],
    ['memory that grew, in a short run', { minutes: 2, after: sample(2, 400) }, 'memory: 150 MiB before, 400 after'],
  ])('complains of %s', (_what, change, complaint) => {
    expect(judgeSoak({ ...calm, ...change })).toEqual([complaint])
  })
})
