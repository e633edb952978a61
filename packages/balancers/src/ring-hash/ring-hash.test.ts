import { type HostSet, PlainContext } from '@nuncio/cluster'
import { levelOf, testHosts } from '@nuncio/cluster/testing'
import { describe, expect, it } from 'vitest'
import { buildAtOnce } from '../hashing/host-table.ts'
import { normaliseWeights } from '../hashing/weights.ts'
import { balancerFor, type BalancerOptions, conformanceCases, hashContext } from '../testing/index.ts'
import { buildRing, type Ring, type RingOptions } from './ring.ts'

const make = (options: BalancerOptions = {}) =>
  balancerFor({ ...options, config: { lb_policy: 'RING_HASH', ...options.config } })

const sizes = (minimum: number, maximum = 8_388_608) => ({ minimum_ring_size: minimum, maximum_ring_size: maximum })

function ringOf(level: HostSet, options: Partial<RingOptions>, byLocality = false): Ring {
  const all = { minimum: 1024, maximum: 8_388_608, murmur: false, useHostname: false, ...options }
  return buildAtOnce(buildRing(normaliseWeights(level, false, byLocality), all))
}

/** The points as `hash:port`. */
function points(ring: Ring, label = (port: number) => String(port)): string {
  return [...ring.owners]
    .map(
      (owner, i) =>
        `${(BigInt(ring.highs[i]!) << 32n) | BigInt(ring.lows[i]!)}:${label(ring.entries.hosts[owner]!.port)}`,
    )
    .join(' ')
}

const PORTS_90 =
  '833437586790550860:94 928266305478181108:92 1033482794131418490:90 3551244743356806947:95 3851675632748031481:93 5583722120771150861:91 6311230543546372928:91 7700377290971790572:93 13144177310400110813:95 13444792449719432967:92 15516499411664133160:94 16117243373044804889:90'
const MURMUR_80 =
  '1358027074129602068:85 4361834613929391114:83 7224494972555149682:84 7701421856454313576:81 8649315368077433379:82 8739448859063030639:84 9887544217113020895:81 10150910876324007731:82 15168472011420622455:83 15427156902705414897:80 16375050414328759093:85 17613279263364193813:80'
const NAMES =
  '1975508444536362413:95 2376063919839173711:95 2386806903309390596:93 6749904478991551885:94 6803900775736438537:93 7225015537174310577:92 8787465352164086522:90 11282020843382717940:92 13723418369486627818:91 13776502110861797421:90 14338313586354474791:91 15364271037087512980:94'
const WEIGHTED =
  '928266305478181108:92 4443673547860492590:92 5583722120771150861:91 6311230543546372928:91 13444792449719432967:92 16117243373044804889:90'
const LOCALITIES =
  '928266305478181108:92 3851675632748031481:93 5583722120771150861:91 6311230543546372928:91 7700377290971790572:93 12559126875973811811:93 13444792449719432967:92 13784988426630141778:93 16117243373044804889:90'
const TWO = '5454692015285649509:80 7859399908942313493:81 13838424394637650569:80 16064866803292627174:81'

describe('the ring', () => {
  it('lies where the addresses hash to', () => {
    expect(points(ringOf(levelOf(testHosts(6, 90)), { minimum: 12 }))).toBe(PORTS_90)
  })

  it('lies elsewhere with MurmurHash2', () => {
    expect(points(ringOf(levelOf(testHosts(6)), { minimum: 12, murmur: true }))).toBe(MURMUR_80)
  })

  it('hashes host names when asked to, and a hash_key of the metadata before all', () => {
    const named = testHosts(
      Array.from({ length: 6 }, (_, i) => ({ hostname: String(90 + i) })),
      90,
    )
    expect(points(ringOf(levelOf(named), { minimum: 12, useHostname: true }))).toBe(NAMES)
    const keyed = testHosts(
      Array.from({ length: 6 }, (_, i) => ({ metadata: { 'envoy.lb': { hash_key: String(90 + i) } } })),
      90,
    )
    expect(points(ringOf(levelOf(keyed), { minimum: 12 }))).toBe(NAMES)
  })

  it('gives points by weight', () => {
    const hosts = testHosts([{ weight: 1 }, { weight: 2 }, { weight: 3 }], 90)
    expect(points(ringOf(levelOf(hosts), { minimum: 6, maximum: 6 }))).toBe(WEIGHTED)
  })

  it('gives points by weight within localities by weight', () => {
    const hosts = testHosts(
      [
        { zone: 'a', weight: 1 },
        { zone: 'a', weight: 2 },
        { zone: 'b', weight: 1 },
        { zone: 'b', weight: 2 },
      ],
      90,
    )
    const level = levelOf(hosts, { localityWeights: { a: 1, b: 2 } })
    expect(points(ringOf(level, { minimum: 9 }, true))).toBe(LOCALITIES)
  })

  it('is as large as whole points for the lightest host need', () => {
    const ring = ringOf(levelOf(testHosts(2)), { minimum: 3 })
    expect(points(ring)).toBe(TWO)
    expect(ring.size).toBe(4)
    const usual = ringOf(levelOf(testHosts(6)), {})
    expect([usual.size, usual.owners.length, usual.leastPoints, usual.mostPoints]).toEqual([1026, 1026, 171, 171])
  })

  it('leaves hosts out when it may not be larger', () => {
    const ring = ringOf(levelOf(testHosts(4)), { minimum: 1, maximum: 2 })
    expect(new Set(ring.owners).size).toBe(2)
  })
})

describe('ring hash', () => {
  it.each(conformanceCases(make))('$name', ({ run }) => expect(run).not.toThrow())

  it('takes the first point at or after the hash, and the first of all behind the last', () => {
    const { update, ports } = make({ config: { ring_hash_lb_config: sizes(12) } })
    update(testHosts(6, 90))
    const at = (hash: bigint) => ports(1, hashContext(hash))[0]
    expect(at(0n)).toBe(94)
    expect(at((1n << 64n) - 1n)).toBe(94)
    expect(at(3551244743356806947n)).toBe(95)
    expect(at(3551244743356806948n)).toBe(93)
  })

  it('goes on along the ring when a host is rejected', () => {
    const { update, ports } = make({ config: { ring_hash_lb_config: sizes(12) } })
    update(testHosts(6, 90))
    const context = hashContext(0n)
    context.hostSelectionRetries = 2
    context.rejects = (host) => host.port === 94
    expect(ports(1, context)).toEqual([92])
    context.rejects = () => true
    expect(ports(1, context)).toEqual([90])
    context.hostSelectionRetries = 13
    expect(ports(1, context)).toEqual([92])
  })

  it.each([
    [{ weights: [1, 2, 3], size: 6144, picks: 6000 }, [987, 1932, 3081]],
    [{ weights: [1, 1], size: 1023, picks: 1023 }, [526, 497]],
  ])('spreads evenly spaced hashes over %j', ({ weights, size, picks }, expected) => {
    const { update, ports } = make({ config: { ring_hash_lb_config: sizes(size, size) } })
    update(
      testHosts(
        weights.map((weight) => ({ weight })),
        90,
      ),
    )
    const counts = new Map<number, number>()
    for (let i = 0n; i < picks; i++) {
      const port = ports(1, hashContext(i * ((2n ** 64n - 1n) / BigInt(picks))))[0]!
      counts.set(port, (counts.get(port) ?? 0) + 1)
    }
    expect([...counts].toSorted((a, b) => a[0] - b[0]).map(([, count]) => count)).toEqual(expected)
  })

  it('spreads by host weights within locality weights', () => {
    const config = { common_lb_config: { locality_weighted_lb_config: {} }, ring_hash_lb_config: sizes(9216, 9216) }
    const { update, ports } = make({ config })
    const shape = ['a', 'a', 'b', 'b'].map((zone, i) => ({ zone, weight: 1 + (i % 2) }))
    update(levelOf(testHosts(shape, 90), { localityWeights: { a: 1, b: 2 } }))
    const counts = [0, 0, 0, 0]
    for (let i = 0n; i < 9000n; i++) counts[ports(1, hashContext(i * ((2n ** 64n - 1n) / 9000n)))[0]! - 90]!++
    expect(counts).toEqual([924, 2009, 2053, 4014])
  })

  it('says so when the smallest ring is larger than the largest', () => {
    const { problems } = make({ config: { ring_hash_lb_config: sizes(20, 10) } })
    expect(problems.map((problem) => problem.code)).toEqual(['conflict'])
  })

  it('has no host for a level of which only degraded ones are left', () => {
    const { update, ports } = make()
    update(testHosts([{ health: 'degraded' }, { health: 'degraded' }]))
    expect(ports(1, hashContext(5n))).toEqual([-1])
  })

  it('explains which place of the ring a hash falls on', () => {
    const { update, balancer } = make({ config: { ring_hash_lb_config: sizes(12) } })
    update(testHosts(6, 90))
    const story = balancer.explain!(hashContext(3551244743356806948n))
    expect(story.chosen).toBe('127.0.0.1:93')
    expect(story.steps).toContain('hash 3551244743356806948: place 4 of 12 on the ring')
  })

  it('draws a random place without a hash', () => {
    const draws = [0xffffffff, 0]
    const { update, ports } = make({ random: { uint32: () => draws.shift() ?? 0 } })
    update(testHosts(3))
    expect(ports(1, new PlainContext())[0]).toBeGreaterThan(0)
    expect(draws).toEqual([])
  })

  it('rebuilds a large ring in slices and serves the old one until then', () => {
    const { update, balancer, ports, time } = make({ config: { ring_hash_lb_config: sizes(200_000) } })
    update(testHosts(2))
    const context = hashContext(2n ** 63n)
    const [before] = ports(1, context)
    update(testHosts(3, 90))
    expect(ports(1, context)).toEqual([before])
    expect(time.pending).toBe(1)
    time.advance(1)
    expect(ports(1, context)[0]).toBeGreaterThanOrEqual(90)
    expect(time.pending).toBe(0)
    update(testHosts(4, 90))
    balancer.dispose!()
    expect(time.pending).toBe(0)
  })
})

function bounded(factor: number) {
  const common = { consistent_hashing_lb_config: { hash_balance_factor: factor } }
  return make({ config: { ring_hash_lb_config: sizes(12), common_lb_config: common } })
}

describe('bounded load', () => {
  it('passes over a host that has more than its share, always to the same other host', () => {
    const { update, ports, stats } = bounded(120)
    const hosts = testHosts(6, 90)
    update(hosts)
    const context = hashContext(0n)
    expect(ports(1, context)).toEqual([94])
    hosts[4]!.stats.rqActive = 10
    stats.gauge('cluster.test.upstream_rq_active').set(10)
    const [other] = ports(1, context)
    expect(other).not.toBe(94)
    expect(new Set(ports(20, context))).toEqual(new Set([other]))
    const all = new Set(Array.from({ length: 40 }, (_, i) => ports(1, hashContext(BigInt(i)))[0]))
    expect(all.size).toBeGreaterThan(3)
  })

  it('takes the least overloaded host when all are', () => {
    const { update, ports } = bounded(100)
    const hosts = testHosts([{ active: 9 }, { active: 8 }, { active: 7 }], 90)
    update(hosts)
    expect(ports(3, hashContext(77n))).toEqual([92, 92, 92])
  })

  it('refuses a factor below 100', () => {
    expect(bounded(50).problems.map((problem) => problem.code)).toEqual(['out-of-range'])
  })
})
