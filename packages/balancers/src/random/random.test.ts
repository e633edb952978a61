import { testHosts } from '@nuncio/cluster/testing'
import { SeededRandom } from '@nuncio/core'
import { ScriptedRandom } from '@nuncio/core/testing'
import { describe, expect, it } from 'vitest'
import { balancerFor, type BalancerOptions, conformanceCases } from '../testing/index.ts'

const make = (options: BalancerOptions) =>
  balancerFor({ ...options, config: { lb_policy: 'RANDOM', ...options.config } })

describe('random', () => {
  it.each(conformanceCases(make))('$name', ({ run }) => expect(run).not.toThrow())

  it('takes the draw modulo the number of hosts', () => {
    const random = new ScriptedRandom([0, 2, 3, 7])
    const { update, ports } = make({ random })
    update(testHosts(3))
    expect(ports(3)).toEqual([82, 80, 81])
    expect(random.draws).toBe(4)
  })

  it('ignores weights', () => {
    const { update, ports } = make({ random: new SeededRandom(4) })
    update(testHosts([{ weight: 1000 }, { weight: 1 }]))
    const share = ports(10_000).filter((port) => port === 80).length / 10_000
    expect(share).toBeGreaterThan(0.48)
    expect(share).toBeLessThan(0.52)
  })
})
