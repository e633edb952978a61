import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { TokenBucket } from './token-bucket.ts'

describe('TokenBucket', () => {
  test('begins full, empties, and fills steadily', () => {
    const bucket = new TokenBucket({ maxTokens: 2, rate: 1 / 100 }, 0)
    expect([bucket.take(0), bucket.take(0), bucket.take(0)]).toEqual([true, true, false])
    expect([bucket.nextTokenMs(0), bucket.take(99), bucket.take(100), bucket.take(101)]).toEqual([
      100,
      false,
      true,
      false,
    ])
  })

  test('holds no more than its maximum, and does not mind a clock that stands', () => {
    const bucket = new TokenBucket({ maxTokens: 3, rate: 1 }, 0)
    expect([bucket.remaining(1_000_000), bucket.remaining(5)]).toEqual([3, 3])
  })

  test('gives out at most its size and what came since', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 20 }),
        fc.integer({ min: 1, max: 50 }),
        fc.array(fc.nat({ max: 200 }), { maxLength: 100 }),
        (maxTokens, perSecond, waits) => {
          const bucket = new TokenBucket({ maxTokens, rate: perSecond / 1000 }, 0)
          let now = 0
          let taken = 0
          for (const wait of waits) if (bucket.take((now += wait))) taken++
          return taken <= maxTokens + (now * perSecond) / 1000 + 1e-6
        },
      ),
    )
  })
})
