import { expect, test } from 'vitest'
import { simulate } from '../simulation.ts'
import { planOf } from '../testing/plans.ts'
import { checkAssertion, METRICS, parseAssertion } from './assertion.ts'

const report = simulate(planOf({ route: 'timeout: 1s', incidents: ['fail 10.0.0.1:80 2s-4s'] }))

test.each([
  ['p99<1s', true],
  ['p99 < 0.001ms', false],
  ['p99.9>=1ms', true],
  ['errors<=50%', true],
  ['errors<0.0001', false],
  ['amplification<=1', true],
  ['retries>0', false],
  ['failed>10', true],
  ['largest-share<34.5%', true],
])('%s holds: %s', (text, holds) => {
  expect(checkAssertion(parseAssertion(text), report).holds).toBe(holds)
})

test('says what it found in the unit of the metric', () => {
  const found = Object.keys(METRICS).map((name) => {
    const unit = METRICS[name as keyof typeof METRICS].unit
    return checkAssertion(parseAssertion(`${name}>0${unit === 'ms' ? 'ms' : ''}`), report).found
  })
  expect(found.join('\n').replaceAll(/\d+(\.\d+)?(?=( ms|%)?(\n|$))/g, 'N')).toBe(
    Object.entries(METRICS)
      .map(([name, { unit }]) => `${name} is N${unit === 'ms' ? ' ms' : unit === 'share' ? '%' : ''}`)
      .join('\n'),
  )
})

test.each([
  ['', '"" is no assertion'],
  ['p99', '"p99" is no assertion'],
  ['p42<1ms', 'there is nothing called p42 to assert'],
  ['constructor<1', 'there is nothing called constructor to assert'],
  ['p99<50', '"p99<50": p99 is given in ms or s'],
  ['retries<5%', '"retries<5%": retries is given as a plain number'],
  ['errors<5ms', '"errors<5ms": errors is given in %, or as a number up to 1'],
])('refuses %j', (text, message) => {
  expect(() => parseAssertion(text)).toThrow(message)
})
