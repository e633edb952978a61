import { levelOf, testHosts } from '@nuncio/cluster/testing'
import { describe, expect, it } from 'vitest'
import { balancerFor, type BalancerOptions, conformanceCases, hashContext, typedPolicy } from '../testing/index.ts'

const around = (inner: string) =>
  typedPolicy('wrr_locality.v3.WrrLocality', { endpoint_picking_policy: typedPolicy(inner).load_balancing_policy })
const make = (options: BalancerOptions = {}) => balancerFor({ ...options, config: around('round_robin.v3.RoundRobin') })

const level = levelOf(testHosts([{ zone: 'a' }, { zone: 'b' }, { zone: 'b' }]), { localityWeights: { a: 1, b: 2 } })

describe('wrr locality', () => {
  it.each(conformanceCases(make))('$name', ({ run }) => expect(run).not.toThrow())

  it.each(['round_robin.v3.RoundRobin', 'client_side_weighted_round_robin.v3.ClientSideWeightedRoundRobin'])(
    'chooses the locality by weight, and then by %s',
    (inner) => {
      const { update, ports } = balancerFor({ config: around(inner) })
      update(level)
      expect(ports(6)).toEqual([81, 80, 82, 81, 80, 82])
    },
  )

  it('gives consistent hashing shares by locality weight', () => {
    const { update, ports } = balancerFor({ config: around('ring_hash.v3.RingHash') })
    update(levelOf(testHosts([{ zone: 'a' }, { zone: 'b' }]), { localityWeights: { a: 1, b: 0 } }))
    expect(new Set(Array.from({ length: 50 }, (_, i) => ports(1, hashContext(BigInt(i) << 58n))[0]))).toEqual(
      new Set([80]),
    )
  })

  it('needs a policy inside', () => {
    const { problems } = balancerFor({ config: typedPolicy('wrr_locality.v3.WrrLocality') })
    expect(problems.map((problem) => problem.code)).toEqual(['missing-field', 'unknown-policy'])
  })
})
