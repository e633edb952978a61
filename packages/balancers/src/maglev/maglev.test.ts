import { type HostSet } from '@nuncio/cluster'
import { levelOf, testHosts } from '@nuncio/cluster/testing'
import { describe, expect, it } from 'vitest'
import { buildAtOnce } from '../hashing/host-table.ts'
import { normaliseWeights } from '../hashing/weights.ts'
import { balancerFor, type BalancerOptions, conformanceCases, hashContext, typedPolicy } from '../testing/index.ts'
import { buildMaglev, type MaglevTable } from './table.ts'

const make = (options: BalancerOptions = {}) =>
  balancerFor({ ...options, config: { lb_policy: 'MAGLEV', ...options.config } })

function tableOf(level: HostSet, size: number, { byLocality = false, useHostname = false } = {}): MaglevTable {
  return buildAtOnce(buildMaglev(normaliseWeights(level, false, byLocality), size, useHostname))
}

/** The ports of the slots. */
function slots(table: MaglevTable): number[] {
  return Array.from(table.slots, (host) => table.entries.hosts[host]!.port)
}

describe('the Maglev table', () => {
  it('is filled by the addresses', () => {
    expect(slots(tableOf(levelOf(testHosts(6, 90)), 7))).toEqual([92, 94, 90, 91, 95, 90, 93])
  })

  it('is filled by host names when asked to', () => {
    const hosts = testHosts(
      Array.from({ length: 6 }, (_, i) => ({ hostname: String(90 + i) })),
      90,
    )
    expect(slots(tableOf(levelOf(hosts), 7, { useHostname: true }))).toEqual([92, 95, 90, 93, 94, 91, 90])
  })

  it.each([
    ['weights 1 and 2', [{ weight: 1 }, { weight: 2 }], {}, '1 0 0 1 0 1 1 0 1 1 1 1 1 0 1 0 1'],
    ['equal localities', [{ zone: 'a' }, { zone: 'b' }], { a: 1, b: 1 }, '1 0 0 1 0 1 1 0 0 1 0 1 0 0 1 0 1'],
    [
      'localities 8, 0 and 2',
      [{ zone: 'a' }, { zone: 'c' }, { zone: 'b' }],
      { a: 8, b: 0, c: 2 },
      '1 0 0 0 0 0 1 0 0 1 0 1 0 0 0 0 0',
    ],
  ])('follows %s', (_, hosts, localityWeights, expected) => {
    const level = levelOf(testHosts(hosts, 90), { localityWeights })
    const table = tableOf(level, 17, { byLocality: Object.keys(localityWeights).length > 0 })
    expect(
      slots(table)
        .map((port) => port - 90)
        .join(' '),
    ).toBe(expected)
  })

  it('is even at its usual size', () => {
    const table = tableOf(levelOf(testHosts(6, 90)), 65_537)
    expect([...table.counts]).toEqual([10_923, 10_923, 10_923, 10_923, 10_923, 10_922])
    expect(slots(table).slice(0, 12)).toEqual([95, 94, 94, 90, 95, 95, 93, 91, 95, 95, 92, 94])
  })

  it('moves few slots when a host leaves', () => {
    const hosts = testHosts(4, 90)
    const [before, after] = [hosts, hosts.slice(0, 3)].map((list) => slots(tableOf(levelOf(list), 65_537)))
    const moved = before!.filter((port, i) => port !== 93 && port !== after![i]).length
    expect(moved).toBeLessThan(49_153 / 100)
  })
})

describe('Maglev', () => {
  it.each(conformanceCases(make))('$name', ({ run }) => expect(run).not.toThrow())

  it('looks up the hash modulo the size, for all 64 bits', () => {
    const { update, ports } = make({ config: { maglev_lb_config: { table_size: 7 } } })
    update(testHosts(6, 90))
    const table = [92, 94, 90, 91, 95, 90, 93]
    for (const hash of [0n, 6n, 7n, 2n ** 32n, 2n ** 53n + 1n, 2n ** 64n - 1n, 11633770265628666856n]) {
      expect(ports(1, hashContext(hash))).toEqual([table[Number(hash % 7n)]])
    }
  })

  it('flips the high bits of the hash for each further attempt', () => {
    const { update, ports } = make({ config: { maglev_lb_config: { table_size: 7 } } })
    update(testHosts(6, 90))
    const table = [92, 94, 90, 91, 95, 90, 93]
    for (const attempts of [1, 2, 3]) {
      const context = hashContext(9n)
      context.hostSelectionRetries = attempts
      context.rejects = () => true
      expect(ports(1, context)).toEqual([table[Number((9n ^ (2n ** 64n - BigInt(attempts))) % 7n)]])
    }
  })

  it.each([4, 65_536, 5_000_013])('refuses a table of %i slots', (size) => {
    const { problems, update, ports } = balancerFor({ config: typedPolicy('maglev.v3.Maglev', { table_size: size }) })
    expect(problems.map((problem) => [problem.code, problem.path])).toEqual([['bad-value', 'table_size']])
    update(testHosts(2))
    expect(ports(1, hashContext(1n))[0]).toBeGreaterThan(0)
  })

  it('builds nothing at once for many hosts, and serves the old table until the new one is there', () => {
    const { update, ports, time } = make()
    update(testHosts(3000))
    const before = ports(1, hashContext(5n))
    update(testHosts(3000, 4000))
    expect([time.pending, ports(1, hashContext(5n))]).toEqual([1, before])
    time.advance(1)
    expect(ports(1, hashContext(5n))[0]).toBeGreaterThanOrEqual(4000)
    expect(time.pending).toBe(0)
  })

  it('tells the slots of each host', () => {
    const { update, stats } = make()
    update(testHosts(6, 90))
    expect(stats.gauge('cluster.test.maglev_lb.min_entries_per_host').value).toBe(10_922)
    expect(stats.gauge('cluster.test.maglev_lb.max_entries_per_host').value).toBe(10_923)
  })
})
