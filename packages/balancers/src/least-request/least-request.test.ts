import { testHosts } from '@nuncio/cluster/testing'
import { PlainContext } from '@nuncio/cluster'
import { SeededRandom } from '@nuncio/core'
import { ScriptedRandom } from '@nuncio/core/testing'
import { describe, expect, it } from 'vitest'
import { balancerFor, type BalancerOptions, conformanceCases } from '../testing/index.ts'

const make = (options: BalancerOptions = {}) =>
  balancerFor({ ...options, config: { lb_policy: 'LEAST_REQUEST', ...options.config } })

function typed(fields: object, options: BalancerOptions = {}) {
  const type = 'envoy.extensions.load_balancing_policies.least_request.v3.LeastRequest'
  const extension = { name: 'lr', typed_config: { '@type': type, ...fields } }
  return balancerFor({
    ...options,
    config: { load_balancing_policy: { policies: [{ typed_extension_config: extension }] } },
  })
}

describe('least request', () => {
  it.each(conformanceCases(make))('$name', ({ run }) => expect(run).not.toThrow())

  it('draws two hosts, with replacement, and takes the one with fewer active requests; the first wins ties', () => {
    const random = new ScriptedRandom([0, 0, 1, 1, 0, 2, 2, 2, 1])
    const { update, ports } = make({ random })
    update(testHosts([{ active: 2 }, { active: 1 }, { active: 1 }]))
    expect(ports(4)).toEqual([81, 81, 82, 82])
    expect(random.draws).toBe(9)
  })

  it('draws as many hosts as choice_count says', () => {
    const random = new ScriptedRandom([0, 0, 1, 2, 3])
    const { update, ports } = make({ random, config: { least_request_lb_config: { choice_count: 4 } } })
    update(testHosts([{ active: 4 }, { active: 3 }, { active: 2 }, { active: 1 }]))
    expect(ports(1)).toEqual([83])
    expect(random.draws).toBe(5)
  })

  it('follows active requests in its weighted schedule', () => {
    const { update, ports } = make()
    const hosts = testHosts([{ weight: 1 }, { weight: 2 }])
    update(hosts)
    expect(ports(6)).toEqual([81, 80, 81, 81, 80, 81])
    hosts[1]!.stats.rqActive = 1
    expect(ports(5)).toEqual([81, 80, 81, 80, 81])
    hosts[0]!.stats.rqActive = 1
    hosts[1]!.stats.rqActive = 0
    expect(ports(10)).toEqual([80, 81, 81, 81, 80, 81, 81, 81, 81, 80])
  })

  it('ignores active requests with a bias of 0', () => {
    const bias = { active_request_bias: { default_value: 0, runtime_key: 'bias' } }
    const { update, ports } = make({ config: { least_request_lb_config: bias } })
    update(
      testHosts([
        { weight: 1, active: 9 },
        { weight: 2, active: 1 },
      ]),
    )
    expect(ports(30).filter((port) => port === 81)).toHaveLength(20)
  })

  it('warns of a negative bias and uses 1', () => {
    const { update, ports, problems } = typed({ active_request_bias: { default_value: -1, runtime_key: 'bias' } })
    expect(problems.map((problem) => [problem.severity, problem.path])).toEqual([['warning', 'active_request_bias']])
    update(testHosts([{ weight: 10, active: 4 }, { weight: 5 }]))
    expect(ports(70).filter((port) => port === 81)).toHaveLength(50)
  })

  it('finds the minimum among all with FULL_SCAN, and splits ties evenly', () => {
    const { update, ports } = typed({ selection_method: 'FULL_SCAN' }, { random: new SeededRandom(1) })
    update(testHosts([{ active: 5 }, { active: 2 }, { active: 3 }, { active: 2 }, { active: 2 }]))
    const got = ports(30_000)
    for (const port of [81, 83, 84]) {
      const count = got.filter((other) => other === port).length
      expect(Math.abs(count - 10_000)).toBeLessThan(400)
    }
    expect(got.some((port) => port === 80 || port === 82)).toBe(false)
  })

  it('explains the active requests it looks at', () => {
    const { update, balancer } = typed({ selection_method: 'FULL_SCAN' })
    update(testHosts([{ active: 5 }, { active: 2 }]))
    const story = balancer.explain!(new PlainContext())
    expect(story.chosen).toBe('127.0.0.1:81')
    expect(story.candidates.map((host) => host.terms)).toEqual([{ active_requests: 5 }, { active_requests: 2 }])
  })
})
