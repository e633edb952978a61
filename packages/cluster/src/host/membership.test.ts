import type { Problem } from '@nuncio/config'
import { describe, expect, it } from 'vitest'
import { describeAssignment, isIp } from './membership.ts'

function describeWith(endpoints: object[], policy?: object) {
  const problems: Problem[] = []
  const to = { report: (problem: Problem) => void problems.push(problem), path: 'clusters[0].load_assignment' }
  return { membership: describeAssignment({ endpoints, ...(policy && { policy }) }, to), problems }
}

const at = (address: string, extra: object = {}) => ({
  endpoint: { address: { socket_address: { address, port_value: 80 } } },
  ...extra,
})

describe('describeAssignment', () => {
  it('reads everything there is to say of an endpoint', () => {
    const entry = {
      endpoint: {
        address: { socket_address: { address: '10.0.0.1', port_value: 80 } },
        hostname: 'one.example',
        health_check_config: { port_value: 8080, hostname: 'hc.example' },
        additional_addresses: [{ address: { socket_address: { address: '::1', port_value: 81 } } }],
      },
      health_status: 'DEGRADED',
      load_balancing_weight: 7,
      metadata: { filter_metadata: { 'envoy.lb': { canary: true } } },
    }
    const locality = { region: 'r', zone: 'z', sub_zone: 's' }
    const { membership } = describeWith([{ locality, load_balancing_weight: 3, lb_endpoints: [entry] }], {
      overprovisioning_factor: 200,
      weighted_priority_health: true,
    })
    expect(membership).toEqual({
      overprovisioningFactor: 200,
      weightedPriorityHealth: true,
      dropOverload: 0,
      levels: [
        [
          {
            locality: { region: 'r', zone: 'z', subZone: 's' },
            weight: 3,
            hosts: [
              {
                ip: '10.0.0.1',
                port: 80,
                hostname: 'one.example',
                locality: { region: 'r', zone: 'z', subZone: 's' },
                priority: 0,
                weight: 7,
                edsStatus: 'DEGRADED',
                healthCheckTarget: { ip: '10.0.0.1', port: 8080, hostname: 'hc.example', disabled: false },
                metadata: { 'envoy.lb': { canary: true } },
                additionalAddresses: [{ ip: '::1', port: 81 }],
              },
            ],
          },
        ],
      ],
    })
  })

  it('reports endpoints that cannot be reached, and takes the rest', () => {
    const { membership, problems } = describeWith([
      { lb_endpoints: [at('name.example'), {}, at('10.0.0.1'), { endpoint: { address: { pipe: { path: '/s' } } } }] },
    ])
    expect(membership.levels[0]![0]!.hosts.map((host) => host.ip)).toEqual(['10.0.0.1', '/s'])
    expect(problems.map((problem) => problem.path)).toEqual([
      'clusters[0].load_assignment.endpoints[0].lb_endpoints[0]',
      'clusters[0].load_assignment.endpoints[0].lb_endpoints[1]',
    ])
  })

  it('reports weights that add up to more than fits', () => {
    const heavy = { load_balancing_weight: 4_000_000_000 }
    const { problems } = describeWith([
      { locality: { zone: 'a' }, ...heavy, lb_endpoints: [at('10.0.0.1', heavy), at('10.0.0.2', heavy)] },
      { locality: { zone: 'b' }, ...heavy, lb_endpoints: [at('10.0.0.3')] },
    ])
    expect(problems.map((problem) => problem.code)).toEqual(['weights', 'weights'])
  })

  it.each([
    [[], 0, 0],
    [[{ category: 'x', drop_percentage: { numerator: 25 } }], 0.25, 0],
    [[{ category: 'x', drop_percentage: { numerator: 25, denominator: 'TEN_THOUSAND' } }], 0.0025, 0],
    [[{ category: 'x', drop_percentage: { numerator: 125 } }], 1, 1],
    [[{ category: 'x' }, { category: 'y' }], 0, 1],
  ])('reads drop_overloads %j as a share of %d, with %d problems', (drop_overloads, share, count) => {
    const { membership, problems } = describeWith([], { drop_overloads })
    expect(membership.dropOverload).toBe(share)
    expect(problems).toHaveLength(count)
  })

  it('joins groups of the same locality and priority', () => {
    const { membership } = describeWith([
      { lb_endpoints: [at('10.0.0.1')] },
      { lb_endpoints: [at('10.0.0.2')] },
      { priority: 200 },
    ])
    expect(membership.levels.map((groups) => groups.map((group) => group.hosts.length))).toEqual([[2]])
  })

  it('tells IP addresses from names', () => {
    expect(['10.0.0.1', '::1', 'fe80::1%eth0', '255.255.255.255'].every(isIp)).toBe(true)
    expect(['256.0.0.1', '1.2.3', 'a.b', 'localhost', ''].some(isIp)).toBe(false)
  })
})
