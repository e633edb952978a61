import fc from 'fast-check'
import { expect, test } from 'vitest'
import { VirtualTime } from './virtual-time.ts'

test('timers fire in the order of their time, then of their setting, whatever else is set or cancelled', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(50), fc.boolean()), { maxLength: 200 }), (wishes) => {
      const time = new VirtualTime()
      const fired: [number, number][] = []
      const timers = wishes.map(([at], i) => time.setTimer(at, () => fired.push([time.monotonicMs(), i])))
      for (const [i, [, kept]] of wishes.entries()) if (!kept) timers[i]!.cancel()
      time.advanceTo(25)
      time.advanceTo(100)
      const expected = wishes
        .map(([at, kept], i) => ({ at, kept, i }))
        .filter(({ kept }) => kept)
        .toSorted((a, b) => a.at - b.at || a.i - b.i)
      expect(fired).toEqual(expected.map(({ at, i }) => [at, i]))
    }),
  )
})

test('what a timer sets on the way fires in the same advance when it falls within it', () => {
  const time = new VirtualTime(1000)
  const at: number[] = []
  time.setTimer(10, () => {
    at.push(time.monotonicMs())
    time.setTimer(5, () => at.push(time.wallMs()))
    time.setTimer(-5, () => at.push(time.monotonicMs()))
  })
  time.advanceTo(15)
  expect(at).toEqual([10, 10, 1015])
  expect(time.monotonicMs()).toBe(15)
})
