import { type HostSet, PlainContext, type PrioritySet } from '@nuncio/cluster'
import { levelOf, prioritiesOf, type TestHost, testHosts } from '@nuncio/cluster/testing'
import { FakeRuntime } from '@nuncio/core/testing'
import { describe, expect, it } from 'vitest'
import { balancerFor, type BalancerOptions } from '../testing/index.ts'

const weighted = (options: BalancerOptions = {}) =>
  balancerFor({ ...options, config: { common_lb_config: { locality_weighted_lb_config: {} } } })

const noPanic = new FakeRuntime({ 'upstream.healthy_panic_threshold': 0 })

/** So many hosts in a zone, of which the first `healthy` are healthy. */
function zone(name: string, count: number, healthy = count): TestHost[] {
  return Array.from({ length: count }, (_, i) => ({ zone: name, health: i < healthy ? 'healthy' : 'unhealthy' }))
}

/** How many of a hundred picks go to ports below `border`, the first zone. */
function firstZone(ports: readonly number[], border: number): number {
  return ports.filter((port) => port < border).length
}

describe('locality weights', () => {
  it.each([
    [5, 33],
    [4, 33],
    [3, 29],
    [2, 22],
    [1, 12],
    [0, 0],
  ])('with %i of 5 hosts healthy, a zone of weight 1 beside one of weight 2 gets %i %%', (healthy, share) => {
    const { update, ports } = weighted({ runtime: noPanic })
    update(levelOf(testHosts([...zone('a', 5, healthy), ...zone('b', 1)]), { localityWeights: { a: 1, b: 2 } }))
    expect(firstZone(ports(100), 85)).toBe(share)
  })

  it.each([
    [100, 33],
    [70, 33],
    [69, 32],
    [50, 26],
    [25, 15],
    [0, 0],
  ])('with %i %% of its hosts healthy it gets %i %%', (healthy, share) => {
    const { update, ports } = weighted()
    update(levelOf(testHosts([...zone('a', 100, healthy), ...zone('b', 100)]), { localityWeights: { a: 1, b: 2 } }))
    expect(firstZone(ports(10_000), 180) / 100).toBeCloseTo(share, -0.3)
  })

  it('goes B A B B A B by weights 1 and 2, and leaves out a zone of weight 0', () => {
    const { update, ports } = weighted()
    update(levelOf(testHosts([{ zone: 'a' }, { zone: 'b' }]), { localityWeights: { a: 1, b: 2 } }))
    expect(ports(6)).toEqual([81, 80, 81, 81, 80, 81])
    update(levelOf(testHosts([{ zone: 'a' }, { zone: 'b' }, { zone: 'c' }]), { localityWeights: { a: 1, b: 0, c: 1 } }))
    expect(ports(6)).toEqual([80, 82, 80, 82, 80, 82])
  })

  it.each([
    [100, 33],
    [200, 50],
  ])('follows an overprovisioning factor of %i', (overprovisioningFactor, share) => {
    const { update, ports } = weighted()
    const hosts = testHosts([...zone('a', 2, 1), ...zone('b', 2)])
    update(levelOf(hosts, { overprovisioningFactor, localityWeights: { a: 1, b: 1 } }))
    expect(firstZone(ports(100), 82)).toBe(share)
  })

  it('goes to the whole level when no zone has weight, and in panic', () => {
    const { update, ports } = weighted()
    update(levelOf(testHosts([{ zone: 'a' }, { zone: 'b' }]), { localityWeights: { a: 0, b: 0 } }))
    expect(ports(4)).toEqual([80, 81, 80, 81])
    update(levelOf(testHosts([...zone('a', 3, 0), ...zone('b', 1)]), { localityWeights: { a: 0, b: 1 } }))
    expect(new Set(ports(8)).size).toBe(4)
  })

  it('chooses degraded hosts by locality weights of their own', () => {
    const { update, ports } = weighted()
    const degraded = (name: string): TestHost => ({ zone: name, health: 'degraded' })
    update(levelOf(testHosts([degraded('a'), degraded('b')]), { localityWeights: { a: 1, b: 2 } }))
    expect(ports(6)).toEqual([81, 80, 81, 81, 80, 81])
  })

  it('cannot stand beside zone awareness', () => {
    const common_lb_config = { locality_weighted_lb_config: {}, zone_aware_lb_config: {} }
    expect(balancerFor({ config: { common_lb_config } }).problems.map((problem) => problem.code)).toEqual(['conflict'])
  })
})

const OWN = { region: '', zone: 'a', subZone: '' }

interface ZoneTest {
  readonly local: readonly TestHost[]
  readonly upstream: readonly TestHost[]
  readonly draws?: readonly number[]
  readonly config?: object
  readonly numbers?: Readonly<Record<string, number>>
}

function zoneAware({ local, upstream, draws = [], config = {}, numbers = {} }: ZoneTest) {
  // The balancer draws its seed first.
  const script = [0, ...draws]
  const localPriorities: PrioritySet = prioritiesOf(levelOf(testHosts(local, 1), { own: OWN }))
  const test = balancerFor({
    random: { uint32: () => script.shift() ?? 0 },
    config: { common_lb_config: { zone_aware_lb_config: { min_cluster_size: 1, ...config } } },
    localPriorities: () => localPriorities,
    runtime: new FakeRuntime(numbers),
  })
  const level: HostSet = levelOf(testHosts(upstream), { own: OWN })
  test.update(level)
  return { ...test, level, counted: (name: string) => test.stats.counter(`cluster.test.lb_${name}`).value }
}

describe('zone-aware routing', () => {
  const thirds = {
    local: [...zone('a', 1), ...zone('b', 1)],
    upstream: [...zone('a', 1), ...zone('b', 1), ...zone('c', 1)],
  }

  it('keeps what its zone can take and sends the rest where there is room', () => {
    const test = zoneAware({ ...thirds, draws: [6665, 6666, 0, 6666, 0xffffffff] })
    expect(test.ports(3)).toEqual([80, 82, 82])
    expect([test.counted('zone_routing_sampled'), test.counted('zone_routing_cross_zone')]).toEqual([1, 2])
  })

  it('sends the rest in proportion to the room there is', () => {
    const local = [...zone('a', 2), ...zone('b', 2), ...zone('c', 1), ...zone('d', 1)]
    const upstream = [...zone('a', 1), ...zone('c', 3), ...zone('d', 3), ...zone('e', 1)]
    const draws = [3749, 3750, 0, 3750, 2083, 3750, 2084, 3750, 4167, 3750, 4168, 3750, 5417]
    const test = zoneAware({ local, upstream, draws })
    const zones = test.ports(7).map((port) => test.level.hosts.find((host) => host.port === port)!.locality.zone)
    expect(zones).toEqual(['a', 'c', 'c', 'd', 'd', 'e', 'e'])
  })

  it('keeps three fifths with a third of the proxies and a fifth of the hosts', () => {
    const local = [...zone('a', 1), ...zone('b', 1), ...zone('c', 1)]
    const upstream = [...zone('a', 1), ...zone('b', 2), ...zone('c', 2)]
    const test = zoneAware({ local, upstream, draws: [100, 9999, 0, 5999, 6000, 0] })
    const zones = test.ports(4).map((port) => test.level.hosts.find((host) => host.port === port)!.locality.zone)
    expect(zones).toEqual(['a', 'b', 'a', 'b'])
  })

  it('goes to any zone when rounding leaves no room anywhere', () => {
    // In hundredths of a percent: 3332 and 6666 of the hosts here, 3333 and 6666 of the proxies.
    const upstream = [...zone('a', 9998), ...zone('b', 20_000), ...zone('c', 2)]
    const test = zoneAware({ local: [...zone('a', 1), ...zone('b', 2)], upstream, draws: [9999, 2] })
    expect(test.ports(1)).toEqual([80 + 29_998])
    expect(test.counted('zone_no_capacity_left')).toBe(1)
  })

  it('keeps everything local where there are hosts enough', () => {
    const test = zoneAware({ local: [...zone('a', 1), ...zone('b', 4)], upstream: [...zone('a', 1), ...zone('b', 3)] })
    expect(new Set(test.ports(20))).toEqual(new Set([80]))
    expect(test.counted('zone_routing_all_directly')).toBe(20)
  })

  it('keeps everything local when that is forced and there are hosts enough', () => {
    const forced = (min_size: number) =>
      zoneAware({ ...thirds, local: zone('a', 5), config: { force_local_zone: { min_size } }, draws: [9999, 1] })
    expect(forced(1).ports(1)).toEqual([80])
    expect(forced(2).ports(1)).not.toEqual([80])
  })

  it('counts weights when locality_basis says so', () => {
    const heavy = (name: string, weight: number): TestHost => ({ zone: name, weight })
    const config = { locality_basis: 'HEALTHY_HOSTS_WEIGHT' }
    const upstream = [heavy('a', 9), heavy('b', 1)]
    const test = zoneAware({ local: [...zone('a', 1), ...zone('b', 1)], upstream, config })
    expect(new Set(test.ports(10))).toEqual(new Set([80]))
  })

  it.each([
    ['the cluster is small', { ...thirds, config: { min_cluster_size: 4 } }, 'zone_cluster_too_small'],
    [
      'the runtime wants more hosts',
      { ...thirds, numbers: { 'upstream.zone_routing.min_cluster_size': 9 } },
      'zone_cluster_too_small',
    ],
    ['there is one upstream zone', { ...thirds, upstream: zone('b', 3) }, undefined],
    ['there is one local zone', { ...thirds, local: zone('a', 3) }, undefined],
    ['the own zone has no proxy', { ...thirds, local: [...zone('b', 1), ...zone('c', 1)] }, 'local_cluster_not_ok'],
  ] as const)('is left out when %s', (_, options, counter) => {
    const test = zoneAware({ draws: [9999, 0], ...options })
    expect(test.ports(3)).toEqual([80, 81, 82])
    if (counter !== undefined) expect(test.counted(counter)).toBe(1)
  })

  it('is left out while the local cluster is in panic, or fails then', () => {
    const local = [...zone('a', 3, 1), ...zone('b', 3, 1)]
    const open = zoneAware({ ...thirds, local })
    expect(open.ports(3)).toEqual([80, 81, 82])
    expect(open.counted('local_cluster_not_ok')).toBe(3)
    expect(zoneAware({ ...thirds, local, config: { fail_traffic_on_panic: true } }).ports(2)).toEqual([-1, -1])
  })

  it('is rolled out by percentage', () => {
    const config = { routing_enabled: { value: 50 } }
    const local = [...zone('a', 1), ...zone('b', 4)]
    const test = zoneAware({
      local,
      upstream: [...zone('a', 1), ...zone('b', 3)],
      config,
      draws: [4999, 5000, 5000, 4999],
    })
    expect(test.ports(4)).toEqual([80, 80, 81, 80])
  })

  it('fails in panic instead of using every host when fail_traffic_on_panic is set', () => {
    const test = zoneAware({
      ...thirds,
      upstream: [...zone('a', 2, 0), ...zone('b', 1)],
      config: { fail_traffic_on_panic: true },
    })
    expect(test.ports(2)).toEqual([-1, -1])
    expect(test.counted('healthy_panic')).toBe(2)
    expect(test.balancer.explain!(new PlainContext()).steps.at(-1)).toContain('fail_traffic_on_panic')
  })

  it('explains how much stays local', () => {
    const { balancer } = zoneAware(thirds)
    expect(balancer.explain!(new PlainContext()).steps).toContain(
      'zone-aware routing: 66.66 % of picks stay in the own zone',
    )
  })
})
