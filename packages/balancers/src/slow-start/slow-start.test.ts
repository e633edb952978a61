import { testHosts } from '@nuncio/cluster/testing'
import { FakeRuntime, FakeTime } from '@nuncio/core/testing'
import { describe, expect, it } from 'vitest'
import { balancerFor } from '../testing/index.ts'

interface Case {
  readonly age: number
  readonly expected: readonly number[]
  readonly aggression?: number
  readonly least?: number
  readonly active?: readonly [number, number]
  /** Active requests once the schedule is made. */
  readonly later?: readonly [number, number]
  readonly policy?: 'LEAST_REQUEST'
  readonly runtime?: number
}

/** Two hosts, the second of which became healthy `age` seconds ago; picks as host numbers. */
function run({ age, expected, aggression, least, active = [0, 0], later = active, policy, runtime }: Case): number[] {
  const time = new FakeTime()
  const slow_start_config = {
    slow_start_window: 60_000,
    ...(aggression !== undefined && { aggression: { default_value: aggression, runtime_key: 'aggression' } }),
    ...(least !== undefined && { min_weight_percent: { value: least } }),
  }
  const fields =
    policy === undefined
      ? { round_robin_lb_config: { slow_start_config } }
      : { lb_policy: policy, least_request_lb_config: { slow_start_config } }
  const numbers = runtime === undefined ? {} : { aggression: runtime }
  const { update, ports } = balancerFor({ time, config: fields, runtime: new FakeRuntime(numbers) })
  const since = time.monotonicMs()
  time.advance(age * 1000)
  const hosts = testHosts([{ active: active[0] }, { active: active[1], healthySinceMs: since }])
  update(hosts)
  for (const [i, host] of hosts.entries()) host.stats.rqActive = later[i]!
  return ports(expected.length).map((port) => port - 80)
}

describe('slow start', () => {
  it.each<Case>([
    { age: 12, expected: [0, 0, 0, 0, 1] },
    { age: 20, expected: [0, 0, 1] },
    { age: 6, aggression: 2, expected: [0, 0, 0, 1] },
    { age: 26, aggression: 2, expected: [0, 1, 0, 0, 1, 0, 1, 0] },
    { age: 12, least: 35, expected: [0, 0, 1, 0, 0, 0, 1] },
    { age: 30, least: 35, expected: [0, 1, 0, 0, 1, 0, 0] },
    { age: 10, later: [1, 0], policy: 'LEAST_REQUEST', expected: [0, 0, 0, 1] },
    { age: 40, active: [1, 0], policy: 'LEAST_REQUEST', expected: [1, 0, 1, 0, 1, 0, 1] },
    { age: 61, expected: [0, 1, 0, 1] },
    { age: 12, aggression: 0, expected: [0, 0, 0, 0, 1] },
    { age: 12, aggression: Number.NaN, expected: [0, 0, 0, 0, 1] },
    { age: 6, aggression: 7, runtime: 2, expected: [0, 0, 0, 1] },
  ])('picks as %j', (test) => expect(run(test)).toEqual(test.expected))

  it('starts again for a host that came back, and never holds back unhealthy or old ones', () => {
    const { update, ports, time } = balancerFor({
      config: { round_robin_lb_config: { slow_start_config: { slow_start_window: 60_000 } } },
    })
    const hosts = testHosts(2)
    update(hosts)
    expect(ports(4)).toEqual([80, 81, 80, 81])
    hosts[1]!.healthySinceMs = time.monotonicMs()
    time.advance(12_000)
    update([...hosts])
    expect(ports(5)).toEqual([80, 80, 80, 80, 81])
  })

  it('lets the weight grow from pick to pick', () => {
    const { update, ports, time } = balancerFor({
      config: { round_robin_lb_config: { slow_start_config: { slow_start_window: 60_000 } } },
    })
    const hosts = testHosts([{}, { healthySinceMs: time.monotonicMs() }])
    update(hosts)
    const first = ports(100).filter((port) => port === 81).length
    time.advance(59_000)
    ports(20)
    const later = ports(100).filter((port) => port === 81).length
    expect([first < 15, later > 45]).toEqual([true, true])
  })
})
