import { describe, expect, test } from 'vitest'
import { hashMovement } from './hash/movement.ts'
import { HostRegistry } from '@nuncio/cluster'
import { FakeTime } from '@nuncio/core/testing'
import { membersOf, withoutHosts } from './cluster/members.ts'
import { simulate } from './simulation.ts'
import { planOf } from './testing/plans.ts'

const UNLIMITED =
  'circuit_breakers: { thresholds: [{ max_connections: 100000, max_pending_requests: 100000, max_requests: 100000 }] }'

describe('a queue with one worker', () => {
  test.each([
    [0.5, 20],
    [0.8, 50],
    [0.9, 100],
  ])('at load %d a request takes 1 / (μ − λ) = %d ms on average, exponentially spread', (load, mean) => {
    const { latency } = simulate(
      planOf({
        hosts: 1,
        rps: load * 100,
        seconds: 3000,
        cluster: UNLIMITED,
        service: { meanMs: 10, spread: 'exponential', workers: 1 },
        roundTripMs: 0,
      }),
    )
    // Waiting times are correlated: at load 0.9 the mean of 270 000 of them is some 5 % uncertain.
    expect(latency.mean / mean).toBeCloseTo(1, load < 0.9 ? 1 : 0.8)
    expect(latency.p50 / (mean * Math.LN2)).toBeCloseTo(1, load < 0.9 ? 1 : 0.8)
    expect(latency.p99 / (mean * -Math.log(0.01))).toBeCloseTo(1, load < 0.9 ? 1 : 0.8)
  })

  test('without spread it waits half as long as with the exponential one (Pollaczek and Khinchine)', () => {
    const { latency } = simulate(
      planOf({
        hosts: 1,
        rps: 80,
        seconds: 3000,
        cluster: UNLIMITED,
        service: { meanMs: 10, spread: 'fixed', workers: 1 },
        roundTripMs: 0,
      }),
    )
    expect(latency.mean / (10 + 20)).toBeCloseTo(1, 1)
  })

  test('Little’s law: requests under way are rate times latency', () => {
    const { latency, series } = simulate(
      planOf({ hosts: 4, rps: 1000, seconds: 60, service: { meanMs: 30, spread: 'lognormal', workers: 64 } }),
    )
    const mean = series.active.reduce((sum, n) => sum + n, 0) / series.active.length
    expect(mean / latency.mean).toBeCloseTo(1, 1)
  })
})

describe('what moves when a host leaves', () => {
  const moved = (policy: string, hosts: number): number => {
    const { cluster } = planOf({ hosts, cluster: policy })
    const membership = membersOf(cluster, { report: () => {} })
    const priorities = (absent: readonly string[]) =>
      new HostRegistry({ time: new FakeTime() }).update(withoutHosts(membership, new Set(absent))).priorities
    return hashMovement(cluster, priorities([]), priorities(['10.0.0.1:80']))!
  }
  // The ring keeps its size: the hosts that stay get 1/n of its points anew, and those take their keys from all.
  test.each([4, 10, 50])('of a ring of constant size: its share of %d hosts, and as much for the new points', (n) => {
    const share = moved('lb_policy: RING_HASH\nring_hash_lb_config: { minimum_ring_size: 65536 }', n)
    const expected = 1 / n + (1 - 1 / n) * (1 / n) * (1 - 1 / (n - 1))
    expect(Math.abs(share / expected - 1)).toBeLessThan(0.2)
  })
  test.each([4, 10, 50])('of a Maglev table: its share of %d hosts and little more', (hosts) => {
    const share = moved('lb_policy: MAGLEV', hosts)
    expect(share).toBeGreaterThan(0.8 / hosts)
    expect(share).toBeLessThan(1 / hosts + 0.12)
  })
  test('other policies have no keys', () => {
    const { cluster } = planOf({})
    expect(hashMovement(cluster, { levels: [] }, { levels: [] })).toBeUndefined()
  })
})

// Rows of Envoy's table of priority loads: hosts / healthy ones of each level → percent of requests.
describe('priorities', () => {
  test.each([
    { hosts: [4, 4], healthy: [4, 4], percent: [100, 0] },
    { hosts: [4, 4], healthy: [2, 4], percent: [70, 30] },
    { hosts: [2, 2], healthy: [1, 1], percent: [70, 30] },
    { hosts: [4, 2], healthy: [1, 2], percent: [35, 65] },
    { hosts: [5, 5, 5], healthy: [0, 0, 5], percent: [0, 0, 100] },
    { hosts: [4, 2, 2], healthy: [1, 2, 1], percent: [35, 65, 0] },
  ])('$hosts with $healthy healthy get $percent percent', ({ hosts, healthy, percent }) => {
    const down = hosts.flatMap((count, level) =>
      Array.from({ length: count - healthy[level]! }, (_, i) => `down 10.${level}.0.${i + 1}:80 0s`),
    )
    const check =
      '{ timeout: 0.2s, interval: 0.5s, unhealthy_threshold: 1, healthy_threshold: 1, tcp_health_check: {} }'
    const report = simulate(
      planOf({ hosts, cluster: `health_checks: [${check}]`, incidents: down, rps: 1000, seconds: 30 }),
    )
    // The first seconds belong to the checks.
    const from = report.series.requests.length / 10
    const shares = hosts.map((_, level) =>
      report.series.hosts.reduce((sum, series, i) => {
        if (report.hosts[i]!.priority !== level) return sum
        return sum + series.attempts.slice(from).reduce((a, b) => a + b, 0)
      }, 0),
    )
    const all = shares.reduce((a, b) => a + b, 0)
    for (const [level, share] of shares.entries())
      expect(Math.abs((share / all) * 100 - percent[level]!)).toBeLessThan(1.5)
  })
})

describe('retries', () => {
  const route = "retry_policy: { retry_on: '5xx', num_retries: 2, retry_back_off: { base_interval: 0.001s } }"
  const failing = { incidents: ['fail * 0s'], route, rps: 200 }

  test('without a budget all of a request’s tries are made: 1 + retries', () => {
    const report = simulate(
      planOf({ ...failing, cluster: 'circuit_breakers: { thresholds: [{ max_retries: 1000 }] }' }),
    )
    expect(report.amplification).toBe(3)
    expect(report.fates).toEqual({ retry_limit: report.requests })
  })
  test('a budget holds them to its share of what is under way', () => {
    const budget = 'retry_budget: { budget_percent: { value: 20 }, min_retry_concurrency: 1 }'
    const report = simulate(
      planOf({
        hosts: 3,
        incidents: ['fail * 0s 503 50%'],
        route,
        rps: 1000,
        cluster: `circuit_breakers: { thresholds: [{ ${budget} }] }`,
      }),
    )
    expect(report.amplification).toBeLessThan(1.35)
    expect(report.retries).toBeGreaterThan(0)
    expect(report.overflows.retries).toBeGreaterThan(0)
  })
})
