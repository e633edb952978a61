import { describe, expect, it } from 'vitest'
import { type BalancingResults, missedTargets, page } from './results.ts'

const update = { kind: 'update', policy: 'maglev', hosts: 10_000, wholeMs: 50, longestMs: 10 } as const
const load = { kind: 'load', hosts: 1000, wholeMs: 3, longestMs: 1, bytesPerHost: 1000 } as const
const well: BalancingResults = {
  picks: [
    { name: 'random', bytes: 0.2, ns: 200 },
    { name: 'maglev', bytes: 0, ns: 300 },
    { name: 'score, best, four terms', bytes: 0, ns: 90_000 },
  ],
  updates: [update],
  loads: [load, { ...load, hosts: 100_000, bytesPerHost: 1200 }],
}

describe('the targets of balancing', () => {
  it('ask no more of the largest clusters than that they come up', () => {
    expect(missedTargets({ ...well, loads: [{ ...load, hosts: 100_000, longestMs: 25 }] })).toEqual([])
  })

  it('are met at their limits', () => {
    expect(missedTargets(well)).toEqual([])
    expect(page(well)).toContain('All targets are met.')
  })

  it.each<[string, Partial<BalancingResults>]>([
    ['a pick of random: 201 ns', { picks: [{ name: 'random', bytes: 0, ns: 201 }] }],
    ['a pick of maglev: 301 ns', { picks: [{ name: 'maglev', bytes: 0, ns: 301 }] }],
    ['a pick of random: 16 bytes', { picks: [{ name: 'random', bytes: 16, ns: 1 }] }],
    ['an update of maglev: 51 ms', { updates: [{ ...update, wholeMs: 51 }] }],
    ['a slice of an update of maglev: 11 ms', { updates: [{ ...update, longestMs: 11 }] }],
    ['a slice of 1000 hosts that come: 11 ms', { loads: [{ ...load, longestMs: 11 }] }],
    ['2000 bytes a host among 9000, 1000 among 1000', { loads: [load, { ...load, hosts: 9000, bytesPerHost: 2000 }] }],
  ])('are missed by %s', (miss, changed) => {
    const results = { ...well, ...changed }
    expect(missedTargets(results)).toEqual([miss])
    expect(page(results)).toContain(`**missed**: ${miss}`)
  })
})
