import { expect, test } from 'vitest'
import { load } from '../load/load.ts'

test.each([
  ['1s', '1s', true],
  ['0.002s', '0.001s', false],
  ['0.001s', '0.000000001s', true],
  ['0.0019s', '0.0011s', true],
])('pauses of retries from %s to %s are counted in whole milliseconds, one at least', (base, max, good) => {
  const text = `retry_back_off: { base_interval: ${base}, max_interval: ${max} }`
  const { problems } = load('envoy.config.route.v3.RetryPolicy', text)
  expect(problems.map(({ path }) => path)).toEqual(good ? [] : ['retry_back_off.max_interval'])
})
