import { expect, test } from 'vitest'
import { FakeRuntime } from './fake-runtime.ts'

test('a runtime of tests has what was set, and what is asked for otherwise', () => {
  const runtime = new FakeRuntime({ share: 7, on: true })
  const half = { numerator: 1, denominator: 2 }
  expect([runtime.number('share', 1), runtime.boolean('on', false), runtime.text('on')]).toEqual([7, true, 'true'])
  expect(runtime.fraction('share', half)).toEqual({ numerator: 7, denominator: 100 })
  expect([runtime.number('on', 1), runtime.boolean('share', true), runtime.text('other')]).toEqual([1, true, undefined])
  expect([runtime.fraction('other', half), runtime.fraction('on', half)]).toEqual([half, half])
})

test('a runtime of tests tells that a key was set meanwhile', () => {
  const runtime = new FakeRuntime()
  const before = [runtime.isEmpty, runtime.version] as const
  runtime.set('share', 3)
  expect([before, runtime.isEmpty, runtime.version > before[1], runtime.number('share', 1)]).toEqual([
    [true, before[1]],
    false,
    true,
    3,
  ])
})
