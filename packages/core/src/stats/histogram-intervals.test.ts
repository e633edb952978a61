import { describe, expect, it } from 'vitest'
import { Histogram } from './histogram.ts'
import { binsOf, HistogramIntervals, quantileOf } from './histogram-intervals.ts'

function recorded(...values: number[]): Histogram {
  const histogram = new Histogram('h')
  for (const value of values) histogram.record(value)
  return histogram
}

describe('quantileOf', () => {
  // What Envoy 1.40 printed for these values.
  it.each([
    [[1], 0, 1.05], [[1], 1, 1.05], [[1, 14, 28], 0.5, 14.5], [[1, 14, 28], 0.75, 28.5],
    [[1, 1, 1, 1, 1], 0, 1.0166666666666666], [[1, 1, 1, 1, 1], 0.25, 1.0333333333333334], [[1, 1, 1, 1, 1], 0.9, 1.0833333333333333],
    [[0, 0, 0, 0, 0, 0, 0, 0, 0, 1], 0.9, 0], [[0, 0, 0, 0, 0, 0, 0, 0, 0, 1], 0.95, 1.05], [[16], 0.5, 16.5],
  ])('of %j at %d is %d', (values, q, expected) => {
    expect(quantileOf(binsOf(recorded(...values)), q)).toBeCloseTo(expected, 12)
  }) // prettier-ignore

  it('is not a number without values', () => {
    expect(quantileOf([], 0.5)).toBeNaN()
  })
})

describe('binsOf', () => {
  it('gives bounds of two digits', () => {
    expect(binsOf(recorded(0, 0, 1, 14, 0.123, 4567))).toEqual([
      { low: 0, width: 0, count: 2 },
      { low: 0.12, width: 0.01, count: 1 },
      { low: 1, width: 0.1, count: 1 },
      { low: 14, width: 1, count: 1 },
      { low: 4500, width: 100, count: 1 },
    ])
  })
})

describe('HistogramIntervals', () => {
  it('shows what was recorded between two flushes', () => {
    const histogram = recorded(1, 5)
    const intervals = new HistogramIntervals()
    intervals.rotate([histogram])
    histogram.record(5)
    histogram.record(9)
    expect(intervals.bins('h').map((bin) => [bin.low, bin.count])).toEqual([[1, 1], [5, 1]]) // prettier-ignore
    intervals.rotate([histogram])
    expect(intervals.bins('h').map((bin) => [bin.low, bin.count])).toEqual([[5, 1], [9, 1]]) // prettier-ignore
    expect(intervals.sum('h')).toBe(14)
    intervals.rotate([histogram])
    expect(intervals.bins('h')).toEqual([])
    histogram.reset()
    histogram.record(5)
    intervals.rotate([histogram])
    expect(intervals.bins('h')).toHaveLength(1)
  })
})
