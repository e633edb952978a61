import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ReceiveWindow } from './receive-window.ts'

describe('a window for received bytes', () => {
  test('is announced anew when half of it is used up, if all that came is worked off', () => {
    const window = new ReceiveWindow(100)
    expect([window.take(49), window.consume(49)]).toEqual([true, 0])
    expect([window.take(1), window.consume(1)]).toEqual([true, 50])
    expect([window.take(100), window.take(1)]).toEqual([true, false])
  })

  test('never comes to a standstill while bytes are worked off, whatever others hold', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 99 }), fc.integer({ min: 1, max: 40 }), (held, piece) => {
        const window = new ReceiveWindow(100)
        let left = 100 - held
        window.take(held)
        for (let passed = 0; passed < 1000; passed += Math.min(piece, left)) {
          expect(left).toBeGreaterThan(0)
          const size = Math.min(piece, left)
          expect(window.take(size)).toBe(true)
          left += window.consume(size) - size
        }
      }),
    )
  })

  test('costs few frames when a reader works off at last what had filled it', () => {
    const window = new ReceiveWindow(1 << 20)
    window.take(1 << 20)
    const announced = Array.from({ length: 64 }, () => window.consume(1 << 14)).filter((increment) => increment > 0)
    expect(announced.length).toBeLessThan(10)
  })
})
