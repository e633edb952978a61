import { testHosts } from '@nuncio/cluster/testing'
import type { LoadBalancer } from '@nuncio/cluster'
import { describe, expect, it } from 'vitest'
import { balancerFor } from '../testing/index.ts'

const config = { lb_policy: 'CLUSTER_PROVIDED' } as const

describe('cluster provided', () => {
  it('uses the balancer that the cluster type brings', () => {
    const [host] = testHosts(1, 7000)
    const { ports, problems } = balancerFor({
      config,
      clusterProvided: () => ({ update: () => {}, chooseHost: () => host }),
    })
    expect(ports(2)).toEqual([7000, 7000])
    expect(problems).toEqual([])
  })

  it('is what a cluster asks for whose type brings a balancer', () => {
    const clusterProvided = (): LoadBalancer => ({ update: () => {}, chooseHost: () => undefined })
    const { problems } = balancerFor({ config: {}, clusterProvided })
    expect(problems.map(({ message }) => message)).toEqual(['the type of this cluster brings a balancer of its own'])
  })

  it('is a mistake where the cluster type brings none; round robin stands in', () => {
    const { update, ports, problems } = balancerFor({ config })
    expect(problems.map((problem) => problem.code)).toEqual(['conflict', 'unknown-policy'])
    update(testHosts(2))
    expect(ports(2)).toEqual([80, 81])
  })
})
