import { type ClusterHost, type HostSet, PlainContext } from '@nuncio/cluster'
import { levelOf, testHosts } from '@nuncio/cluster/testing'
import { type Hash64, xxHash64 } from '@nuncio/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { computePriorityLoads } from '../priority/priority-loads.ts'
import { balancerFor, hashContext, typedPolicy } from '../testing/index.ts'

// Each policy against the plainest words of what it promises: slow models that share no code with it.

const health = fc.constantFrom('healthy', 'degraded', 'unhealthy')
const host = fc.record({
  health,
  excluded: fc.constantFrom(false, false, false, true),
  weight: fc.integer({ min: 1, max: 5 }),
})
type Drawn = typeof host extends fc.Arbitrary<infer T> ? T : never

const isUsable = ({ excluded }: Drawn): boolean => !excluded
const count = (hosts: readonly Drawn[], wanted: Drawn['health']): number =>
  hosts.filter((each) => isUsable(each) && each.health === wanted).length

describe('loads of priorities', () => {
  const level = fc.record({ hosts: fc.array(host, { maxLength: 6 }), factor: fc.constantFrom(100, 140, 200) })
  type Level = typeof level extends fc.Arbitrary<infer T> ? T : never

  /** How available a level is, in percent. */
  function availability({ hosts, factor }: Level, wanted: Drawn['health']): number {
    const counted = hosts.filter(isUsable).length
    return counted === 0 ? 0 : Math.min(100, Math.floor((factor * count(hosts, wanted)) / counted))
  }

  function model(levels: readonly Level[], threshold: number) {
    const healthy = levels.map((each) => availability(each, 'healthy'))
    const degraded = levels.map((each) => availability(each, 'degraded'))
    const total = Math.min(
      100,
      [...healthy, ...degraded].reduce((sum, each) => sum + each, 0),
    )
    let left = 100
    const take = (part: number): number => {
      const share = total === 0 ? 0 : Math.min(left, Math.floor((part * 100) / total))
      left -= share
      return share
    }
    const loads = { healthy: healthy.map(take), degraded: degraded.map(take) }
    const first = healthy.findIndex((each) => each > 0)
    if (total > 0 && first >= 0) loads.healthy[first]! += left
    else if (total > 0) loads.degraded[degraded.findIndex((each) => each > 0)]! += left
    if (threshold === 0 && total === 0) loads.healthy[0] = 100
    const panic = levels.map(({ hosts }) => {
      const counted = hosts.filter(isUsable).length
      const able = count(hosts, 'healthy') + count(hosts, 'degraded')
      return total !== 100 && (counted === 0 ? 0 : (100 * able) / counted) < threshold
    })
    if (!panic.every(Boolean)) return { ...loads, panic }
    const all = levels.reduce((sum, { hosts }) => sum + hosts.length, 0)
    const byCount = levels.map(({ hosts }) => (all === 0 ? 0 : Math.floor((100 * hosts.length) / all)))
    const someone = levels.findIndex(({ hosts }) => hosts.length > 0)
    byCount[Math.max(0, someone)]! += 100 - byCount.reduce((sum, each) => sum + each, 0)
    return { healthy: byCount, degraded: levels.map(() => 0), panic }
  }

  it('are what the arithmetic says, and 100 in all', () => {
    fc.assert(
      fc.property(
        fc.array(level, { minLength: 1, maxLength: 4 }),
        fc.constantFrom(0, 30, 50, 100),
        (levels, threshold) => {
          const sets = levels.map(({ hosts, factor }, priority) =>
            levelOf(testHosts(hosts), { priority, overprovisioningFactor: factor }),
          )
          const { healthy, degraded, panic } = computePriorityLoads(sets, threshold)
          expect({ healthy, degraded, panic }).toEqual(model(levels, threshold))
          expect([...healthy, ...degraded].reduce((sum, each) => sum + each, 0)).toBe(100)
        },
      ),
      { numRuns: 500 },
    )
  })
})

function hashOf(text: string, seed = 0): bigint {
  const out: Hash64 = { high: 0, low: 0 }
  xxHash64(text, out, 0, seed)
  return (BigInt(out.high) << 32n) | BigInt(out.low)
}

/** Weights that add up to 1, over the healthy hosts. */
function shares(hosts: readonly ClusterHost[]): { host: ClusterHost; share: number }[] {
  const healthy = hosts.filter((each) => each.health === 'healthy')
  const total = healthy.reduce((sum, { weight }) => sum + weight, 0)
  return healthy.map((each) => ({ host: each, share: each.weight / total }))
}

const hosts = fc.array(host, { minLength: 1, maxLength: 8 }).map((list) => testHosts(list))
const anyHash = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })

describe('consistent hashing', () => {
  /** Every point of a ring, in order. */
  function ring(list: readonly ClusterHost[], minimum: number, maximum: number): { at: bigint; host: ClusterHost }[] {
    const entries = shares(list)
    const least = Math.min(...entries.map(({ share }) => share))
    const scale = Math.min(Math.ceil(least * minimum) / least, maximum)
    const points: { at: bigint; host: ClusterHost }[] = []
    let target = 0
    for (const entry of entries) {
      target += scale * entry.share
      for (let i = 0; points.length < target; i++)
        points.push({ at: hashOf(`${entry.host.address}_${i}`), host: entry.host })
    }
    return points.toSorted((a, b) => (a.at < b.at ? -1 : 1))
  }

  it('on a ring takes the first point at or behind the hash, and the next for each pick that is refused', () => {
    fc.assert(
      fc.property(
        hosts,
        fc.array(anyHash, { minLength: 5, maxLength: 5 }),
        fc.nat(3),
        fc.constantFrom(1, 12, 100),
        (list, hashes, retries, minimum) => {
          const config = {
            lb_policy: 'RING_HASH',
            ring_hash_lb_config: { minimum_ring_size: minimum, maximum_ring_size: 120 },
            common_lb_config: { healthy_panic_threshold: { value: 0 } },
          } as const
          const test = balancerFor({ config })
          test.update(list)
          const points = ring(list, minimum, 120)
          for (const hash of hashes) {
            const context = hashContext(hash)
            context.hostSelectionRetries = retries
            context.rejects = () => true
            const first = Math.max(
              0,
              points.findIndex(({ at }) => at >= hash),
            )
            const expected = points.length === 0 ? -1 : points[(first + retries) % points.length]!.host.port
            expect(test.ports(1, context)).toEqual([expected])
          }
        },
      ),
      { numRuns: 200 },
    )
  })

  /** Slots of a Maglev table: hosts take turns, each by its own permutation, heavier ones more often. */
  function maglev(list: readonly ClusterHost[], size: number): ClusterHost[] {
    const entries = shares(list)
      .toSorted((a, b) => (a.host.address < b.host.address ? -1 : 1))
      .map(({ host: owner, share }) => ({
        owner,
        share,
        offset: hashOf(owner.address) % BigInt(size),
        skip: (hashOf(owner.address, 1) % BigInt(size - 1)) + 1n,
        next: 0n,
        target: 0,
      }))
    const most = Math.max(...entries.map(({ share }) => share))
    const table: ClusterHost[] = []
    let filled = 0
    for (let turn = 1; filled < size && entries.length > 0; turn++) {
      for (const entry of entries) {
        if (filled === size || turn * entry.share < entry.target) continue
        entry.target += most
        for (;;) {
          const slot = Number((entry.offset + entry.skip * entry.next++) % BigInt(size))
          if (table[slot] !== undefined) continue
          table[slot] = entry.owner
          break
        }
        filled++
      }
    }
    return table
  }

  it('by Maglev takes the slot of the hash', () => {
    fc.assert(
      fc.property(
        hosts,
        fc.array(anyHash, { minLength: 20, maxLength: 20 }),
        fc.constantFrom(11, 101, 503),
        (list, hashes, size) => {
          const config = {
            lb_policy: 'MAGLEV',
            maglev_lb_config: { table_size: size },
            common_lb_config: { healthy_panic_threshold: { value: 0 } },
          } as const
          const test = balancerFor({ config })
          test.update(list)
          const table = maglev(list, size)
          for (const hash of hashes)
            expect(test.ports(1, hashContext(hash))).toEqual([table[Number(hash % BigInt(size))]?.port ?? -1])
        },
      ),
      { numRuns: 200 },
    )
  })
})

describe('weights', () => {
  it('are exact over so many rounds of all of them, whatever the start, but for one pick', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 2, maxLength: 6 }),
        fc.nat(2 ** 32 - 1),
        (weights, seed) => {
          const test = balancerFor({ random: { uint32: () => seed } })
          test.update(testHosts(weights.map((weight) => ({ weight }))))
          const rounds = 7
          const total = weights.reduce((sum, each) => sum + each, 0)
          const ports = test.ports(rounds * total)
          weights.forEach((weight, i) => {
            const picks = ports.filter((port) => port === 80 + i).length
            expect(Math.abs(picks - rounds * weight)).toBeLessThanOrEqual(1)
          })
        },
      ),
      { numRuns: 300 },
    )
  })

  it('of localities shrink with the hosts that can be used', () => {
    const zone = fc.record({ weight: fc.nat(3), hosts: fc.array(host, { minLength: 1, maxLength: 5 }) })
    fc.assert(
      fc.property(fc.array(zone, { minLength: 2, maxLength: 3 }), (zones) => {
        const all = zones.flatMap(({ hosts: list }, z) => list.map((each) => ({ ...each, weight: 1, zone: String(z) })))
        const localityWeights = Object.fromEntries(zones.map(({ weight }, z) => [String(z), weight]))
        const level: HostSet = levelOf(testHosts(all), { localityWeights })
        const test = balancerFor({
          config: { common_lb_config: { locality_weighted_lb_config: {}, healthy_panic_threshold: { value: 0 } } },
        })
        test.update(level)
        const effective = zones.map(({ weight, hosts: list }) => {
          const counted = list.filter(isUsable).length
          return counted === 0 ? 0 : weight * Math.min(1, (1.4 * count(list, 'healthy')) / counted)
        })
        const total = effective.reduce((sum, each) => sum + each, 0)
        const loads = computePriorityLoads([level], 0)
        // Degraded hosts would have a schedule of their own.
        if (total === 0 || loads.healthy[0] !== 100) return
        const picks = 400
        const zoneOf = new Map(level.hosts.map(({ port, locality }) => [port, Number(locality.zone)]))
        const seen = zones.map(() => 0)
        for (const port of test.ports(picks)) seen[zoneOf.get(port)!]!++
        effective.forEach((weight, z) =>
          expect(Math.abs(seen[z]! - (picks * weight) / total)).toBeLessThanOrEqual(zones.length),
        )
      }),
      { numRuns: 200 },
    )
  })
})

describe('subsets', () => {
  const value = fc.constantFrom('1', '2')
  const fields = fc.dictionary(fc.constantFrom('a', 'b', 'c'), value, { maxKeys: 3 })
  const fallback = fc.constantFrom('NO_FALLBACK', 'ANY_ENDPOINT', 'DEFAULT_SUBSET')
  const selector = fc.record({
    keys: fc.subarray(['a', 'b', 'c'], { minLength: 1 }),
    fallback_policy: fc.option(fallback, { nil: undefined }),
  })
  type Fields = Readonly<Record<string, string>>
  const holds = (wanted: Fields, has: Fields): boolean =>
    Object.entries(wanted).every(([key, each]) => has[key] === each)

  it('are the hosts that have what is asked for, else those of the fallback', () => {
    fc.assert(
      fc.property(
        fc.array(fields, { minLength: 1, maxLength: 8 }), fc.uniqueArray(selector, { maxLength: 4, selector: ({ keys }) => keys.join() }),
        fallback, fields, fc.array(fields, { minLength: 5, maxLength: 5 }),
        (list, selectors, otherwise, standard, requests) => {
          const inner = typedPolicy('round_robin.v3.RoundRobin').load_balancing_policy
          const test = balancerFor({
            config: typedPolicy('subset.v3.Subset', { subset_lb_policy: inner, subset_selectors: selectors, fallback_policy: otherwise, default_subset: standard }),
          })
          test.update(testHosts(list.map((lb) => ({ metadata: { 'envoy.lb': lb } }))))
          const ports = (wanted: Fields): number[] => list.flatMap((has, i) => (holds(wanted, has) ? [80 + i] : []))
          const instead = (policy: string): number[] =>
            policy === 'NO_FALLBACK' ? [] : policy === 'ANY_ENDPOINT' ? ports({}) : ports(standard)
          for (const wanted of requests) {
            const keys = Object.keys(wanted).toSorted()
            const chosen = selectors.find((each) => each.keys.toSorted().join() === keys.join())
            const exact = chosen === undefined ? [] : ports(wanted)
            const expected = exact.length > 0 ? exact : instead(chosen?.fallback_policy ?? otherwise)
            const context = new PlainContext()
            context.metadataMatch = wanted
            const seen = [...new Set(test.ports(24, context))].toSorted((a, b) => a - b)
            expect(seen).toEqual(expected.length === 0 ? [-1] : expected)
          }
        },
      ),
      { numRuns: 300 },
    )
  }) // prettier-ignore
})
