import { FakeTime, ScriptedRandom } from '@nuncio/core/testing'
import { expect, test } from 'vitest'
import { Drain } from './drain.ts'

test('closes nothing while not draining', () => {
  const drain = new Drain(new FakeTime(), new ScriptedRandom([]))
  expect(drain.active).toBe(false)
  expect(drain.close()).toBe(false)
})

test('a gradual drain closes with a probability that rises to one', () => {
  const time = new FakeTime()
  const random = new ScriptedRandom([0, 2 ** 31, 2 ** 31, 0xffffffff])
  const drain = new Drain(time, random)
  expect(drain.start(1000, 'gradual')).toBe(true)
  expect(drain.close()).toBe(false)
  time.advance(499)
  expect(drain.close()).toBe(false)
  time.advance(2)
  expect(drain.close()).toBe(true)
  time.advance(498)
  expect(drain.close()).toBe(false)
  time.advance(1)
  expect(drain.close()).toBe(true)
  expect(random.draws).toBe(4)
})

test('an immediate drain closes at once, and a stopped one no more', () => {
  const drain = new Drain(new FakeTime(), new ScriptedRandom([]))
  drain.start(1000, 'immediate')
  expect(drain.close()).toBe(true)
  expect(drain.start(1000, 'immediate')).toBe(false)
  drain.stop()
  expect(drain.close()).toBe(false)
})
