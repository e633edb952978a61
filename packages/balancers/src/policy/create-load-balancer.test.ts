import { type Host, HostRegistry, type Membership, PlainContext, type PrioritySet } from '@nuncio/cluster'
import { levelOf, prioritiesOf, type TestHost, testHosts } from '@nuncio/cluster/testing'
import { SeededRandom } from '@nuncio/core'
import { FakeRuntime, FakeTime } from '@nuncio/core/testing'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { LoadBalancerDefinition } from '../contracts.ts'
import { balancerFor, hashContext, typedPolicy } from '../testing/index.ts'

const named = (...types: string[]) => ({
  load_balancing_policy: {
    policies: types.map((type) => ({
      typed_extension_config: {
        name: 'x',
        typed_config: { '@type': `envoy.extensions.load_balancing_policies.${type}` },
      },
    })),
  },
})

describe.each([
  ['round robin', {}, 3],
  ['random', { lb_policy: 'RANDOM' }, 3],
  ['round robin by weight', { weights: true }, 1],
] as const)('a peek at %s', (_name, { weights, ...config }: { weights?: boolean; lb_policy?: 'RANDOM' }, most) => {
  it('names the hosts of the picks to come, and changes nothing', () => {
    const { balancer, update } = balancerFor({ config, random: new SeededRandom(11) })
    update(testHosts(Array.from({ length: 5 }, (_, i) => (weights === true ? { weight: i + 1 } : {}))))
    const context = new PlainContext()
    for (let turn = 0; turn < 30; turn++) {
      const seen = Array.from({ length: most }, (_, ahead) => balancer.peekHost!(context, ahead))
      if (turn % 3 === 0) expect(Array.from({ length: most }, () => balancer.chooseHost(context))).toEqual(seen)
      else expect(balancer.chooseHost(context)).toBe(seen[0])
    }
    // A schedule by weight says only who is next.
    expect(balancer.peekHost!(context, 1) === undefined).toBe(weights === true)
  })
})

it('peeks at nothing where chance or the request decides', () => {
  for (const config of [{ lb_policy: 'LEAST_REQUEST' }, { lb_policy: 'RING_HASH' }] as const) {
    const { balancer, update } = balancerFor({ config })
    update(testHosts(3))
    expect(balancer.peekHost!(new PlainContext(), 0)).toBeUndefined()
  }
})

describe('createLoadBalancer', () => {
  it('uses the first policy of a list that is known', () => {
    const { balancer, update, problems } = balancerFor({
      config: named('dynamic_modules.v3.DynamicModules', 'random.v3.Random', 'maglev.v3.Maglev'),
    })
    update(testHosts(1))
    expect([balancer.explain!(new PlainContext()).policy, problems]).toEqual(['random', []])
  })

  it('reports a list of which none is known, and goes round robin', () => {
    const { balancer, update, problems } = balancerFor({ config: named('a.v3.A', 'b.v3.B') })
    update(testHosts(1))
    expect(balancer.explain!(new PlainContext()).policy).toBe('round_robin')
    expect(problems.map((problem) => problem.code)).toEqual(['unknown-policy'])
  })

  it('refuses subsets and fields of localities beside the newer policy', () => {
    const common_lb_config = { locality_weighted_lb_config: {}, healthy_panic_threshold: { value: 1 } }
    const config = { ...named('random.v3.Random'), lb_subset_config: {}, common_lb_config }
    expect(balancerFor({ config }).problems.map(({ code, severity, path }) => [code, severity, path])).toEqual([
      ['conflict', 'error', 'lb_subset_config'],
      ['conflict', 'error', 'common_lb_config.locality_weighted_lb_config'],
    ])
  })

  it('warns of older fields that do nothing beside the newer', () => {
    const config = { ...named('random.v3.Random'), lb_policy: 'MAGLEV', maglev_lb_config: { table_size: 4 } } as const
    expect(balancerFor({ config }).problems.map(({ code, severity, path }) => [code, severity, path])).toEqual([
      ['no-effect', 'warning', 'maglev_lb_config'],
    ])
  })

  it('wants the newer field when lb_policy points to it', () => {
    const { problems } = balancerFor({ config: { lb_policy: 'LOAD_BALANCING_POLICY_CONFIG' } })
    expect(problems.map((problem) => problem.path)).toEqual(['lb_policy'])
  })

  it('takes policies that are not its own', () => {
    const last: LoadBalancerDefinition<object> = {
      name: 'last',
      config: { type: 'envoy.extensions.load_balancing_policies.last.v3.Last', honours: {} },
      stability: 'alpha',
      create: () => {
        let host: Host | undefined
        return { update: ({ levels }) => void (host = levels[0]?.hosts.at(-1)), chooseHost: () => host }
      },
    }
    const { update, ports } = balancerFor({ config: named('last.v3.Last'), registry: [last] })
    update(testHosts(3))
    expect(ports(2)).toEqual([82, 82])
  })

  it.each([
    ['the default of half', {}, {}, 3],
    ['common_lb_config', { common_lb_config: { healthy_panic_threshold: { value: 20 } } }, {}, 1],
    ['the runtime', {}, { 'upstream.healthy_panic_threshold': 0 }, 1],
    [
      'a typed policy too',
      { ...named('round_robin.v3.RoundRobin'), common_lb_config: { healthy_panic_threshold: { value: 20 } } },
      {},
      1,
    ],
  ])('panics by %s', (_, config, numbers: Readonly<Record<string, number>>, used) => {
    const { update, ports } = balancerFor({ config, runtime: new FakeRuntime(numbers) })
    update(testHosts([{}, { health: 'unhealthy' }, { health: 'unhealthy' }]))
    expect(new Set(ports(9)).size).toBe(used)
  })
})

describe('priorities', () => {
  const half = (first: number) => testHosts([{}, {}, { health: 'unhealthy' }, { health: 'unhealthy' }], first)

  it('share the load by health, over many picks', () => {
    const { update, ports } = balancerFor({ random: new SeededRandom(6) })
    update(half(80), half(90))
    const share = ports(20_000).filter((port) => port < 90).length / 20_000
    expect(Math.abs(share - 0.7)).toBeLessThan(0.015)
  })

  it('that were tried are avoided, in round robin as in hashing', () => {
    for (const lb_policy of ['ROUND_ROBIN', 'RING_HASH'] as const) {
      const { update, ports } = balancerFor({ config: { lb_policy } })
      update(testHosts(2), testHosts(2, 90), testHosts(2, 100))
      const context = hashContext(5n)
      const level = (tried: number[]) => {
        context.triedPriorities = tried
        return Math.floor(ports(1, context)[0]! / 10) - 8
      }
      expect([level([]), level([0]), level([0, 1]), level([0, 1, 2])]).toEqual([0, 1, 2, 0])
    }
  })

  it('serve from degraded hosts when healthy ones do not suffice', () => {
    const { update, ports } = balancerFor({ random: new SeededRandom(7) })
    const shape = (health: TestHost['health'], count: number): TestHost[] =>
      Array.from({ length: count }, () => ({ health: health! }))
    update(testHosts([...shape('healthy', 25), ...shape('degraded', 65), ...shape('unhealthy', 10)], 1000))
    const got = ports(20_000)
    expect(Math.abs(got.filter((port) => port < 1025).length / 20_000 - 0.35)).toBeLessThan(0.015)
    expect(got.every((port) => port < 1090)).toBe(true)
  })
})

const POLICIES = [
  {},
  { lb_policy: 'LEAST_REQUEST' },
  { lb_policy: 'RANDOM' },
  { lb_policy: 'RING_HASH', ring_hash_lb_config: { minimum_ring_size: 64, maximum_ring_size: 4096 } },
  { lb_policy: 'MAGLEV', maglev_lb_config: { table_size: 251 } },
  { common_lb_config: { locality_weighted_lb_config: {} } },
  { lb_subset_config: { subset_selectors: [{ keys: ['v'] }], fallback_policy: 'ANY_ENDPOINT' } },
  typedPolicy('client_side_weighted_round_robin.v3.ClientSideWeightedRoundRobin'),
] as const

describe('whatever happens to the hosts', () => {
  const host = fc.record({
    health: fc.constantFrom('healthy' as const, 'degraded' as const, 'unhealthy' as const),
    excluded: fc.boolean(),
    weight: fc.constantFrom(0, 1, 2, 7, 0xffffffff),
    zone: fc.constantFrom('a', 'b'),
    metadata: fc.constantFrom({}, { 'envoy.lb': { v: 1 } }, { 'envoy.lb': { v: [1, 2] } }),
    active: fc.nat(20),
  })
  const world = fc.array(fc.array(host, { maxLength: 8 }), { maxLength: 4 })
  const weights = fc.record({ a: fc.nat(3), b: fc.nat(3) })

  it.each(POLICIES.map((config) => [JSON.stringify(config), config] as const))(
    '%s picks a member, or nobody, and never throws',
    (_, config) => {
      fc.assert(
        fc.property(
          fc.array(world, { minLength: 1, maxLength: 4 }),
          weights,
          fc.nat(),
          (worlds, localityWeights, seed) => {
            const { balancer, time } = balancerFor({ config, random: new SeededRandom(seed) })
            const context = hashContext(BigInt(seed) * 0x123456789abn)
            for (const levels of worlds) {
              const hosts = levels.map((level, i) => testHosts(level, 100 * i + 1))
              balancer.update(
                prioritiesOf(...hosts.map((list, priority) => levelOf(list, { priority, localityWeights }))),
              )
              time.advance(0)
              const members = new Set<Host>(hosts.flat())
              for (let i = 0; i < 10; i++) {
                context.metadataMatch = i % 2 === 0 ? undefined : { v: i % 3 }
                const picked = balancer.chooseHost(context)
                if (picked !== undefined) expect(members.has(picked)).toBe(true)
              }
              balancer.explain!(context)
            }
            balancer.dispose?.()
          },
        ),
        { seed: 21, numRuns: 40 },
      )
    },
  )

  it('takes a hundred thousand endpoints, and none after that', () => {
    const registry = new HostRegistry({ time: new FakeTime() })
    const hosts = Array.from({ length: 100_000 }, (_, i) => ({
      ip: `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`,
      port: 80,
      weight: 1 + (i % 3),
    }))
    const locality = { region: '', zone: '', subZone: '' }
    const many: Membership = { levels: [[{ locality, weight: undefined, hosts }]] }
    const all = [{}, { lb_policy: 'MAGLEV' as const }].map((config) =>
      balancerFor({ config, random: new SeededRandom(1) }),
    )
    const update = (priorities: PrioritySet) => {
      for (const { balancer, time } of all) {
        balancer.update(priorities)
        time.advance(0)
      }
    }
    update(registry.update(many).priorities)
    for (const { balancer } of all) expect(balancer.chooseHost(hashContext(9n))?.port).toBe(80)
    update(registry.update({ levels: [] }).priorities)
    for (const { balancer } of all) expect(balancer.chooseHost(hashContext(9n))).toBeUndefined()
  })
})
