import { type HostSet } from '@nuncio/cluster'
import { levelOf, testHosts } from '@nuncio/cluster/testing'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { PriorityChooser } from './priority-chooser.ts'
import { computePriorityLoads } from './priority-loads.ts'

/** `4/2/1/1` = 4 hosts, 2 healthy, 1 degraded, 1 excluded; `@100` sets the overprovisioning factor. */
function level(text: string, priority: number): HostSet {
  const [shape = '', factor = '140'] = text.split('@')
  const [count = 0, healthy = 0, degraded = 0, excluded = 0] = shape.split('/').map(Number)
  const hosts = testHosts(
    Array.from({ length: count }, (_, i) => ({
      health: i < healthy ? 'healthy' : i < healthy + degraded ? 'degraded' : 'unhealthy',
      excluded: i >= count - excluded,
    })),
  )
  return levelOf(hosts, { priority, overprovisioningFactor: Number(factor) })
}

function loads(text: string, threshold = 50) {
  return computePriorityLoads(text.split(' ').map(level), threshold)
}

function weighted(hosts: Parameters<typeof testHosts>[0], priority: number): HostSet {
  return levelOf(testHosts(hosts), { priority, overprovisioningFactor: 100, weightedPriorityHealth: true })
}

function shares(...levels: HostSet[]): unknown {
  const { healthy, degraded } = computePriorityLoads(levels, 0)
  return [healthy, degraded]
}

function chooserOf(text: string): PriorityChooser {
  const chooser = new PriorityChooser()
  chooser.update(loads(text))
  return chooser
}

/** How many of a hundred draws make each choice. */
function choices(chooser: PriorityChooser, tried?: number[]): Record<number, number> {
  const counts: Record<number, number> = {}
  for (let percent = 0; percent < 100; percent++) {
    const choice = tried === undefined ? chooser.choose(percent) : chooser.chooseAvoiding(percent, tried)
    counts[choice] = (counts[choice] ?? 0) + 1
  }
  return counts
}

describe('computePriorityLoads', () => {
  it.each([
    // levels, healthy load, degraded load, panic
    ['4/2 4/2', [70, 30], [0, 0], 'none'],
    ['4/2@100 4/2@100', [50, 50], [0, 0], 'none'],
    ['1/0 1/0', [50, 50], [0, 0], 'all'],
    ['1/0 2/0', [34, 66], [0, 0], 'all'],
    ['1/0 2/0 1/1', [0, 0, 100], [0, 0, 0], 'none'],
    ['2/1 2/1', [70, 30], [0, 0], 'none'],
    ['4/1 2/2', [35, 65], [0, 0], 'none'],
    ['4/1 4/1', [50, 50], [0, 0], 'all'],
    ['4/1/0/3 5/1', [100, 0], [0, 0], 'none'],
    ['4/0/0/4 4/1', [50, 50], [0, 0], 'all'],
    ['4/0/0/1 6/1/0/2', [40, 60], [0, 0], 'all'],
    ['1/1 1/1 1/1', [100, 0, 0], [0, 0, 0], 'none'],
    ['2/1 2/1 2/1', [70, 30, 0], [0, 0, 0], 'none'],
    ['4/1 2/2 2/1', [35, 65, 0], [0, 0, 0], 'none'],
    ['4/1 4/1 4/1', [35, 35, 30], [0, 0, 0], 'none'],
    ['5/1 5/1 5/1', [34, 33, 33], [0, 0, 0], 'all'],
    ['5/0 5/0 5/5', [0, 0, 100], [0, 0, 0], 'none'],
    ['5/0 5/0 5/4', [0, 0, 100], [0, 0, 0], 'none'],
    ['5/0 5/0 5/2', [34, 33, 33], [0, 0, 0], 'all'],
    ['5/0/5 5/2/2 5/2', [0, 56, 44], [0, 0, 0], 'none'],
    ['5/0 3/0 2/0', [50, 30, 20], [0, 0, 0], 'all'],
    ['5/0 6/2 3/1', [37, 42, 21], [0, 0, 0], 'all'],
    ['5/0/1 5/0/5 5/1', [0, 0, 28], [28, 44, 0], 'none'],
    ['0/0 6/0 3/0', [0, 67, 33], [0, 0, 0], 'all'],
    ['3/0 3/0 3/0', [34, 33, 33], [0, 0, 0], 'all'],
  ])('%s → healthy %j, degraded %j, panic %s', (levels, healthy, degraded, panic) => {
    const result = loads(levels)
    expect(result.healthy).toEqual(healthy)
    expect(result.degraded).toEqual(degraded)
    expect(result.panic).toEqual(healthy.map(() => panic === 'all'))
  })

  it('shares among degraded hosts alone when panic is off', () => {
    const result = loads('5/0 5/0/2 5/0/1', 0)
    expect([result.healthy, result.degraded]).toEqual([
      [0, 0, 0],
      [0, 67, 33],
    ])
  })

  it.each([
    // two levels in hosts of 100, the second fully healthy
    ['100/100 100/100', [100, 0]],
    ['100/72 100/100', [100, 0]],
    ['100/71 100/100', [99, 1]],
    ['100/50 100/100', [70, 30]],
    ['100/25 100/100', [35, 65]],
    ['100/0 100/100', [0, 100]],
    ['100/72 100/72', [100, 0]],
    ['100/71 100/71', [99, 1]],
    ['100/50 100/50', [70, 30]],
    ['100/25 100/25', [50, 50]],
    ['100/25 100/25 100/100', [35, 35, 30]],
    ['100/5 100/65', [8, 92]],
    ['5/0 5/0', [50, 50]],
    ['2/0 8/0', [20, 80]],
  ])('spreads %s as %j', (levels, healthy) => {
    expect(loads(levels).healthy).toEqual(healthy)
  })

  it('gives what rounding leaves to the first level that has hosts', () => {
    expect(loads('100/25 100/25 100/20', 0).healthy).toEqual([37, 35, 28])
  })

  it('lets one of two levels be in panic while the other is not', () => {
    expect(loads('100/5 100/65').panic).toEqual([true, false])
  })

  it.each([
    ['100/100/0', [100], [0]],
    ['100/71/0', [100], [0]],
    ['100/71/29', [99], [1]],
    ['100/25/65', [35], [65]],
    ['100/5/0', [100], [0]],
  ])('one level of %s loads healthy %j and degraded %j', (levels, healthy, degraded) => {
    expect([loads(levels).healthy, loads(levels).degraded]).toEqual([healthy, degraded])
  })

  it('counts weights instead of hosts when that is asked for', () => {
    const bad = 'unhealthy' as const
    const full = weighted([{ weight: 1 }], 1)
    const first = [{ weight: 3 }, { weight: 3 }, { weight: 2, health: bad }, { weight: 2, health: bad }]
    expect(shares(weighted(first, 0), full)).toEqual([
      [60, 40],
      [0, 0],
    ])
    const second = [{ weight: 4 }, { weight: 10, excluded: true }, { weight: 6, health: bad }]
    expect(shares(weighted(second, 0), full)).toEqual([
      [40, 60],
      [0, 0],
    ])
    const worse = 'degraded' as const
    const third = [{ weight: 4 }, { weight: 3, health: worse }, { weight: 2, health: bad }, { weight: 1, health: bad }]
    const fourth = [{ weight: 1 }, { weight: 9, health: worse }]
    expect(shares(weighted(third, 0), weighted(fourth, 1))).toEqual([
      [40, 10],
      [30, 20],
    ])
  })

  it('puts the whole load on the first level when nothing can be used and panic is off', () => {
    expect(loads('3/0 3/0', 0)).toMatchObject({ healthy: [100, 0], panic: [false, false] })
    expect(loads('0/0 0/0').healthy).toEqual([100, 0])
  })

  it('always spreads exactly 100 percent', () => {
    const shape = fc
      .tuple(fc.nat(20), fc.nat(20), fc.nat(20), fc.nat(5))
      .map(([n, h, d, x]) => `${n}/${Math.min(n, h)}/${Math.max(0, Math.min(n - h, d))}/${Math.min(x, n)}`)
    fc.assert(
      fc.property(fc.array(shape, { minLength: 1, maxLength: 6 }), fc.nat(100), (levels, threshold) => {
        const { healthy, degraded } = loads(levels.join(' '), threshold)
        expect([...healthy, ...degraded].reduce((sum, load) => sum + load, 0)).toBe(100)
      }),
      { seed: 3, numRuns: 300 },
    )
  })
})

describe('PriorityChooser', () => {
  it('draws healthy hosts of all levels before degraded ones', () => {
    expect(choices(chooserOf('5/0/1 5/0/5 5/1'))).toEqual({ 1: 28, 3: 44, 4: 28 })
  })

  it('needs no draw when one level takes everything', () => {
    expect(chooserOf('2/2 2/2').only).toBe(0)
    expect(chooserOf('2/0/2 2/0').only).toBe(1)
    expect(chooserOf('4/2 4/2').only).toBe(-2)
  })

  it('takes levels out that were tried before, until all were', () => {
    const chooser = chooserOf('2/2 2/2 4/1')
    expect(choices(chooser, [0])).toEqual({ 2: 100 })
    expect(choices(chooser, [0, 1])).toEqual({ 4: 100 })
    expect(choices(chooser, [0, 1, 2])).toEqual({ 0: 100 })
  })
})
