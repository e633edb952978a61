import { levelOf, testHosts } from '@nuncio/cluster/testing'
import { PlainContext } from '@nuncio/cluster'
import { describe, expect, it } from 'vitest'
import { balancerFor, conformanceCases } from '../testing/index.ts'

const seed = (value: number) => ({ random: { uint32: () => value } })

describe('round robin', () => {
  it.each(conformanceCases(balancerFor))('$name', ({ run }) => expect(run).not.toThrow())

  it('takes equal hosts in turn from its seed on, and goes on when hosts change', () => {
    const { update, ports } = balancerFor(seed(1))
    update(testHosts(3))
    expect(ports(4)).toEqual([81, 82, 80, 81])
    update(testHosts(4))
    expect(ports(3)).toEqual([81, 82, 83])
  })

  it.each([
    [[1, 2], 0, [81, 80, 81, 81, 80, 81]],
    [[1, 4], 0, [81, 81, 81, 80, 81, 81, 81, 81, 80, 81]],
    [[1, 2], 1, [80, 81, 81, 80, 81, 81]],
  ])('goes by weights %j from seed %i', (weights, start, expected) => {
    const { update, ports } = balancerFor(seed(start))
    update(testHosts(weights.map((weight) => ({ weight }))))
    expect(ports(expected.length)).toEqual(expected)
  })

  it('lets a weight that changed count from the next turn of its host, and a new host at once', () => {
    const { update, ports } = balancerFor()
    const hosts = testHosts([{ weight: 1 }, { weight: 2 }])
    update(hosts)
    ports(6)
    hosts[0]!.weight = 2
    hosts[1]!.weight = 1
    expect(ports(8)).toEqual([81, 80, 80, 81, 80, 80, 81, 80])
    update([...hosts, ...testHosts([{ weight: 3 }], 82)])
    expect(ports(12)).toEqual([82, 80, 82, 81, 80, 82, 82, 80, 82, 81, 80, 82])
  })

  it('counts by weight exactly over whole turns', () => {
    const { update, ports } = balancerFor()
    update(testHosts([{ weight: 5 }, { weight: 1 }, { weight: 1 }]))
    const got = ports(70)
    expect([80, 81, 82].map((port) => got.filter((other) => other === port).length)).toEqual([50, 10, 10])
  })

  it('explains which host is next', () => {
    const { update, ports, balancer } = balancerFor()
    update(testHosts([{ weight: 1 }, { weight: 2 }, { health: 'unhealthy' }]))
    const story = balancer.explain!(new PlainContext())
    expect(story.chosen).toBe(`127.0.0.1:${ports(1)[0]}`)
    expect(story.candidates.find((host) => host.host === '127.0.0.1:82')?.excluded).toBe('/failed_active_hc')
  })

  it('keeps pickers of levels that did not move', () => {
    const { updateTo, ports } = balancerFor()
    const first = levelOf(testHosts(3))
    updateTo({ levels: [first] })
    expect(ports(1)).toEqual([80])
    updateTo({ levels: [first, levelOf(testHosts(1, 90), { priority: 1 })] })
    expect(ports(2)).toEqual([81, 82])
  })
})
