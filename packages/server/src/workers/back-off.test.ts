import { expect, test } from 'vitest'
import { BackOff } from './back-off.ts'

test('the first death costs nothing, then it takes twice as long each time, up to half a minute', () => {
  const backOff = new BackOff()
  const delays = Array.from({ length: 12 }, () => backOff.afterDeath(10))
  expect(delays).toEqual([0, 100, 200, 400, 800, 1600, 3200, 6400, 12_800, 25_600, 30_000, 30_000])
})

test('a worker that lived for a minute begins anew', () => {
  const backOff = new BackOff()
  expect([backOff.afterDeath(0), backOff.afterDeath(0), backOff.afterDeath(60_000), backOff.afterDeath(0)]).toEqual([
    0, 100, 0, 100,
  ])
})
