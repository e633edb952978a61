import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Fading } from './fading.ts'

describe('Fading', () => {
  it('is the exponential of the age of each number, however time passes', () => {
    const steps = fc.array(fc.tuple(fc.integer({ min: 0, max: 3 }), fc.double({ min: 0, max: 1e5, noNaN: true })), {
      maxLength: 60,
    })
    fc.assert(
      fc.property(steps, fc.constantFrom(1, 50, 10_000), (all, decayMs) => {
        const fading = new Fading(decayMs)
        const stored = new Float64Array(4)
        const known = [0, 0, 0, 0]
        let now = 0
        for (const [slot, waitMs] of all) {
          for (let i = 0; i < 4; i++) known[i]! *= Math.exp(-waitMs / decayMs)
          now += waitMs
          fading.rebase(now, stored)
          known[slot] = 100
          stored[slot] = 100 / fading.keep(now)
          for (let i = 0; i < 4; i++) expect(stored[i]! * fading.keep(now)).toBeCloseTo(known[i]!, 6)
        }
      }),
      { seed: 4 },
    )
  })
})
