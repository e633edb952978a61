import { expect, test } from 'vitest'
import { Histogram } from './histogram.ts'

test('finds a quantile to within a step of six per cent', () => {
  const histogram = new Histogram()
  for (let micros = 1; micros <= 10_000; micros++) histogram.record(micros)
  for (const share of [0.01, 0.5, 0.9, 0.99, 1]) {
    const exact = share * 10_000
    expect(histogram.quantile(share)).toBeGreaterThanOrEqual(exact)
    expect(histogram.quantile(share)).toBeLessThanOrEqual(exact * 1.07)
  }
})

test('answers zero while it is empty and keeps values outside its range at its ends', () => {
  const histogram = new Histogram()
  expect(histogram.quantile(0.99)).toBe(0)
  histogram.record(0.001)
  expect(histogram.quantile(1)).toBeLessThan(1.1)
  histogram.record(1e15)
  expect(histogram.quantile(1)).toBeGreaterThan(1e11)
})
