import { describe, expect, test } from 'vitest'
import { cpuRatio, median, summarise, type ContenderResult, type Slice } from './results.ts'

function slice(cpuPerRequest: number, foreign: number, errors = 0, round = 0): Slice {
  const rest = {
    round,
    requests: 1000,
    seconds: 1,
    userShare: 0.5,
    requestsPerSecond: 1000,
    p50Ms: 1,
    p99Ms: 2,
    rssMiB: 50,
  }
  return { ...rest, cpuPerRequest, foreign, errors }
}

function contender(...slices: Slice[]): ContenderResult {
  const summary = summarise(slices)
  return { name: 'x', peer: 'x', variant: '', version: '1', notes: [], slices, ...(summary && { summary }) }
}

test('takes the middle value, or the mean of the two in the middle', () => {
  expect(median([3, 1, 2])).toBe(2)
  expect(median([4, 1, 3, 2])).toBe(2.5)
})

describe('a summary', () => {
  test('leaves out the slices in which others used the core', () => {
    const summary = summarise([slice(20, 0.01), slice(90, 0.4), slice(22, 0.02)])
    expect(summary).toMatchObject({ clean: 2, cpu: { median: 21, min: 20, max: 22 } })
  })

  test('takes all slices, and says so, when none is clean', () => {
    expect(summarise([slice(20, 0.2), slice(30, 0.3)])).toMatchObject({ clean: 0, cpu: { median: 25 } })
  })

  test('counts the errors of every slice', () => {
    expect(summarise([slice(20, 0.01, 1), slice(90, 0.4, 2)])?.errors).toBe(3)
  })

  test('is undefined without slices', () => {
    expect(summarise([])).toBeUndefined()
  })
})

describe('the ratio of two contenders', () => {
  test('is taken round by round, so that a slow round of both does not count', () => {
    const above = contender(slice(22, 0, 0, 0), slice(44, 0, 0, 1), slice(11, 0, 0, 2))
    const below = contender(slice(20, 0, 0, 0), slice(40, 0, 0, 1), slice(10, 0, 0, 2))
    expect(cpuRatio(above, below)).toBeCloseTo(1.1)
  })

  test('is that of the medians where too few rounds were clean for both', () => {
    expect(cpuRatio(contender(slice(30, 0)), contender(slice(20, 0.5)))).toBeCloseTo(1.5)
  })

  test('is undefined where one is missing', () => {
    expect(cpuRatio(contender(slice(30, 0)), undefined)).toBeUndefined()
  })
})
