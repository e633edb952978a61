import { emptyRuntime } from '@nuncio/core'
import { FakeRuntime } from '@nuncio/core/testing'
import { expect, test } from 'vitest'
import { RuntimeFraction } from './runtime-fraction.ts'

test.each([
  [{ numerator: 30 }, 29, true],
  [{ numerator: 30 }, 30, false],
  [{ numerator: 30 }, 130, false],
  [{ numerator: 30 }, 129, true],
  [{ numerator: 0 }, 0, false],
  [{ numerator: 100 }, 99, true],
  [{ numerator: 1, denominator: 'TEN_THOUSAND' as const }, 10_000, true],
  [{ numerator: 1, denominator: 'MILLION' as const }, 999_999, false],
  [{ numerator: 30 }, 2n ** 64n - 1n, true],
])('%j of random number %s: %s', (default_value, random, expected) => {
  expect(new RuntimeFraction({ default_value }, emptyRuntime).selects(random)).toBe(expected)
})

test('the runtime overrides what is configured, at any time', () => {
  const runtime = new FakeRuntime({ k: 50 })
  const fraction = new RuntimeFraction({ default_value: { numerator: 0 }, runtime_key: 'k' }, runtime)
  expect(fraction.selects(49)).toBe(true)
  runtime.set('k', 10)
  expect(fraction.selects(49)).toBe(false)
  expect(fraction.describe()).toBe('runtime fraction k 10/100')
  expect(fraction.explain(249)).toBe('got 49 of 100')
})
