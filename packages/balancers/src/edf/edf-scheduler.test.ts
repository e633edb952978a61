import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { EdfScheduler } from './edf-scheduler.ts'

function picks(from: EdfScheduler, weights: readonly number[], count: number): number[] {
  const cells = Float64Array.from(weights)
  return Array.from({ length: count }, () => from.next(cells, from.peek()))
}

function scheduler(weights: readonly number[], seed = 0): EdfScheduler {
  const out = new EdfScheduler()
  out.reset(weights.length, (i) => weights[i]!, seed)
  return out
}

describe('EdfScheduler', () => {
  it.each([
    [[1, 2], 0, [1, 0, 1, 1, 0, 1]],
    [[1, 4], 0, [1, 1, 1, 0, 1, 1, 1, 1, 0, 1]],
    [[1, 2], 1, [0, 1, 1, 0, 1, 1]],
    [[2, 1, 3], 0, [2, 0, 2, 1, 0, 2, 2, 0, 2, 1, 0, 2]],
  ])('picks by weights %j from seed %i in this order', (weights, seed, expected) => {
    expect(picks(scheduler(weights, seed), weights, expected.length)).toEqual(expected)
  })

  it('lets a new weight count when its entry is added again', () => {
    const schedule = scheduler([1, 2])
    expect(picks(schedule, [1, 2], 6)).toEqual([1, 0, 1, 1, 0, 1])
    expect(picks(schedule, [2, 1], 8)).toEqual([1, 0, 0, 1, 0, 0, 1, 0])
  })

  it('starts at each entry as often as its weight says over the seeds', () => {
    const first = Array.from({ length: 10 }, (_, seed) => picks(scheduler([6, 3, 1], seed), [6, 3, 1], 1)[0])
    expect([0, 1, 2].map((i) => first.filter((entry) => entry === i).length)).toEqual([6, 3, 1])
  })

  it('picks nothing when it is empty', () => {
    expect(scheduler([], 7).next(Float64Array.of(1), 0)).toBe(-1)
  })

  it('gives each entry its share of any number of picks, to within one', () => {
    const weights = fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 2, maxLength: 12 })
    fc.assert(
      fc.property(weights, fc.integer({ min: 0, max: 0xffffffff }), (list, seed) => {
        const total = list.reduce((sum, weight) => sum + weight, 0)
        const got = picks(scheduler(list, seed), list, total * 3)
        for (const [i, weight] of list.entries()) {
          expect(Math.abs(got.filter((entry) => entry === i).length - weight * 3)).toBeLessThanOrEqual(1)
        }
      }),
      { seed: 5, numRuns: 200 },
    )
  })
})
