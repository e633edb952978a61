import { describe, expect, test } from 'vitest'
import { simulate, Simulation } from './simulation.ts'
import { planOf, type PlanWish } from './testing/plans.ts'

const run = (wish: PlanWish) => simulate(planOf(wish))
const kinds = (report: ReturnType<typeof run>, kind: string): string[] =>
  report.events.filter((event) => event.kind === kind).map(({ host }) => host)

describe('the same plan', () => {
  const wish = {
    hosts: [3, 2],
    rps: 500,
    cluster: 'lb_policy: LEAST_REQUEST\noutlier_detection: { consecutive_5xx: 3 }',
    incidents: ['fail 10.0.0.1:80 2s-6s 500 50%', 'slow zone:zone-1 1s-3s x4'],
  }
  test('gives the same report, whether it runs in one go or in pieces of any size', () => {
    const once = run(wish)
    expect(run(wish)).toEqual(once)
    for (const piece of [7, 50, 333.3]) {
      const simulation = new Simulation(planOf(wish))
      while (!simulation.advance(piece));
      expect(simulation.report()).toEqual(once)
    }
  })
  test('gives another one with another seed', () => {
    expect(run({ ...wish, seed: 2 }).latency).not.toEqual(run(wish).latency)
  })
})

test('every request has a fate, and the parts of a report add up', () => {
  const report = run({
    hosts: 4,
    rps: 1000,
    cluster:
      'outlier_detection: {}\ncircuit_breakers: { thresholds: [{ max_connections: 20, max_pending_requests: 10 }] }',
    route: "retry_policy: { retry_on: 'connect-failure,5xx' }",
    incidents: ['slow 10.0.0.1:80 1s-4s x20', 'down 10.0.0.2:80 3s-7s', 'surge * 5s-6s x4'],
  })
  const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0)
  expect(report.unfinished).toBe(0)
  expect(sum(Object.values(report.fates))).toBe(report.requests)
  expect(sum(Object.values(report.statuses))).toBe(report.requests)
  expect(report.succeeded + report.failed).toBe(report.requests)
  expect(report.latency.count).toBe(report.requests)
  expect(sum(report.series.requests)).toBe(report.requests)
  expect(sum(report.hosts.map(({ share }) => share))).toBeCloseTo(1)
  for (const [i, host] of report.hosts.entries()) {
    expect(sum(report.series.hosts[i]!.attempts)).toBeLessThanOrEqual(host.attempts)
    expect(report.series.hosts[i]!.attempts).toHaveLength(report.series.requests.length)
  }
  expect(report.overflows.pending).toBeGreaterThan(0)
  expect(report.flags['UO']).toBeGreaterThan(0)
})

describe('policies', () => {
  const slow = { hosts: 5, rps: 400, seconds: 30, incidents: ['slow 10.0.0.1:80 0s x10'] }
  test('round robin gives a slow host as much as any other, least request less', () => {
    const even = run(slow)
    const least = run({ ...slow, cluster: 'lb_policy: LEAST_REQUEST' })
    expect(even.hosts[0]!.share).toBeCloseTo(0.2, 2)
    expect(least.hosts[0]!.share).toBeLessThan(0.15)
    expect(least.latency.p99).toBeLessThan(even.latency.p99)
  })
  test('weights are kept to', () => {
    const { cluster, ...plan } = planOf({ hosts: 2, rps: 300 })
    const [group] = cluster.load_assignment!.endpoints!
    const weighted = group!.lb_endpoints!.map((each, i) => ({ ...each, load_balancing_weight: i === 0 ? 3 : 1 }))
    const report = simulate({
      ...plan,
      cluster: { ...cluster, load_assignment: { endpoints: [{ ...group, lb_endpoints: weighted }] } },
    })
    expect(report.hosts[0]!.share).toBeCloseTo(0.75, 2)
  })
  test('hashing sends a key to its host as long as that is there', () => {
    const one = run({ hosts: 5, cluster: 'lb_policy: RING_HASH', keys: 1 })
    expect(one.hosts.filter(({ attempts }) => attempts > 0)).toHaveLength(1)
    const moving = run({ hosts: 5, cluster: 'lb_policy: RING_HASH', incidents: ['leave 10.0.0.2:80 2s-4s'] })
    expect(moving.events.filter(({ kind }) => kind === 'moved')).toHaveLength(2)
  })
  test('the hash policy of the route says what hosts are chosen by', () => {
    for (const policy of [
      '{ header: { header_name: x-user } }',
      '{ cookie: { name: user } }',
      '{ query_parameter: { name: user } }',
      '{ connection_properties: { source_ip: true } }',
    ]) {
      const one = run({ hosts: 5, cluster: 'lb_policy: MAGLEV', keys: 1, route: `hash_policy: [${policy}]` })
      expect(one.hosts.filter(({ attempts }) => attempts > 0)).toHaveLength(1)
      const many = run({ hosts: 5, cluster: 'lb_policy: MAGLEV', keys: 100, route: `hash_policy: [${policy}]` })
      expect(many.hosts.filter(({ attempts }) => attempts > 0)).toHaveLength(5)
    }
  })
  test('a route without a hash policy leaves a ring to chance', () => {
    const report = run({ hosts: 3, cluster: 'lb_policy: RING_HASH', keys: 1, route: 'timeout: 1s' })
    expect(report.hosts.every(({ attempts }) => attempts > 0)).toBe(true)
  })
  test('the score policy shows its terms as they move', () => {
    const score = `load_balancing_policy: { policies: [{ typed_extension_config: { name: score, typed_config: {
      '@type': type.googleapis.com/nuncio.load_balancing_policies.score.v1.Score,
      terms: [{ name: active_requests, weight: 1 }] } } }] }`
    const { series, policy } = run({ cluster: score })
    expect(policy).toBe('score')
    expect(series.scores).toHaveLength(series.requests.length)
    expect(series.scores!.at(-1)!.map(({ host }) => host)).toEqual(['10.0.0.1:80', '10.0.0.2:80', '10.0.0.3:80'])
  })
})

describe('incidents', () => {
  const checks =
    'health_checks: [{ timeout: 0.2s, interval: 0.5s, unhealthy_threshold: 2, healthy_threshold: 1, http_health_check: { path: / } }]'

  test.each(['down', 'freeze', 'lost'])('health checks find a host that is %s, and that it is back', (kind) => {
    const report = run({ cluster: checks, incidents: [`${kind} 10.0.0.2:80 2s-5s`] })
    expect(kinds(report, 'unhealthy')).toEqual(['10.0.0.2:80'])
    expect(kinds(report, 'healthy')).toEqual(['10.0.0.2:80'])
    const before = report.events.find(({ kind: what }) => what === 'unhealthy')!
    expect(before.atMs).toBeGreaterThan(2000)
    expect(before.atMs).toBeLessThan(4000)
  })
  test('outlier detection ejects a host that answers with errors, and lets it come back', () => {
    const report = run({
      cluster:
        'outlier_detection: { consecutive_5xx: 3, base_ejection_time: 2s, interval: 1s, max_ejection_percent: 50 }',
      incidents: ['fail 10.0.0.3:80 1s-2s 500'],
    })
    expect(report.ejections).toBe(1)
    expect(kinds(report, 'ejected')).toEqual(['10.0.0.3:80'])
    expect(kinds(report, 'returned')).toEqual(['10.0.0.3:80'])
    expect(report.hosts[2]!.errors).toBe(3)
  })
  test('too many unhealthy hosts are panic', () => {
    const report = run({
      cluster: checks,
      hosts: 4,
      incidents: ['fail 10.0.0.1:80 1s-6s', 'fail 10.0.0.2:80 1s-6s', 'fail 10.0.0.3:80 1s-6s'],
    })
    expect(kinds(report, 'panic')).toEqual([''])
    expect(kinds(report, 'panic-over')).toEqual([''])
    expect(report.panicShare).toBeGreaterThan(0.3)
    expect(report.panicShare).toBeLessThan(0.7)
  })
  test('a zone that is lost costs its share until checks see it', () => {
    const report = run({ cluster: checks, hosts: [2, 2], incidents: ['down zone:zone-0 3s-6s'], rps: 500 })
    expect(report.hosts.slice(2).every(({ attempts }) => attempts > 0)).toBe(true)
    expect(report.failed).toBeGreaterThan(0)
    expect(report.failed).toBeLessThan(report.requests / 4)
  })
  test('a surge multiplies the requests', () => {
    const { series } = run({ rps: 500, incidents: ['surge * 4s-6s x3'], arrivals: 'even' })
    const per = (fromS: number, toS: number): number =>
      series.requests.slice((fromS * 1000) / series.stepMs, (toS * 1000) / series.stepMs).reduce((a, b) => a + b, 0)
    expect(per(1, 3)).toBeGreaterThan(990)
    expect(per(4, 6)).toBeGreaterThan(2950)
    expect(per(7, 9)).toBeLessThan(1010)
  })
  test('a host that leaves is gone from the picks, and its neighbours take over', () => {
    const { series } = run({ incidents: ['leave 10.0.0.1:80 2s-8s'], rps: 500 })
    const at = (second: number): number => series.hosts[0]!.attempts[Math.floor((second * 1000) / series.stepMs)]!
    expect([at(1) > 0, at(5), at(9) > 0]).toEqual([true, 0, true])
  })
  test('timeouts and retries on another host hide a frozen host', () => {
    const frozen = { incidents: ['freeze 10.0.0.1:80 1s-9s'], rps: 50 }
    const bare = run({ ...frozen, route: 'timeout: 0.5s' })
    const route = `timeout: 2s, retry_policy: { retry_on: '5xx', per_try_timeout: 0.1s, num_retries: 3,
      retry_host_predicate: [{ name: p, typed_config: { '@type': type.googleapis.com/envoy.extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate } }],
      host_selection_retry_max_attempts: 5 }`
    const retried = run({ ...frozen, route })
    expect(bare.statuses['504']).toBeGreaterThan(50)
    expect(retried.failed).toBe(0)
    expect(retried.amplification).toBeGreaterThan(1.2)
  })
})

test('a minute at 1000 requests a second is simulated in less than two seconds', () => {
  const started = performance.now()
  const report = run({ hosts: 10, rps: 1000, seconds: 60, cluster: 'lb_policy: LEAST_REQUEST' })
  expect(report.requests).toBeGreaterThan(59_000)
  // Ten times what it takes on an idle machine.
  expect(performance.now() - started).toBeLessThan(8000)
})

describe('bad plans', () => {
  const refused = (wish: PlanWish): string => {
    try {
      run(wish)
    } catch (error) {
      expect((error as { code?: string }).code).toBe('ERR_NUNCIO_SIMULATION')
      return (error as Error).message
    }
    return 'it ran'
  }
  test.each([
    [{ rps: Number.NaN }, 'rps must lie between 0.001 and 200000, not NaN'],
    [{ rps: -1 }, 'rps must lie between 0.001 and 200000, not -1'],
    [{ seconds: 1e9 }, 'seconds must lie between 0.001 and 3600, not 1000000000'],
    [{ rps: 100_000, seconds: 3600 }, 'some 360000000 requests are to come, more than 5000000'],
    [{ seed: 1.5 }, 'the seed is a whole number, not 1.5'],
    [{ keys: 0 }, 'keys must lie between 1 and 1000000, not 0'],
    [{ cluster: 'outlier_detection: { max_ejection_time: 1s }' }, 'max_ejection_time is below base_ejection_time'],
    [{ hosts: 0 }, 'cluster "c" has no endpoints in the configuration'],
    [{ hosts: 2001 }, '2001 hosts are more than 2000'],
    [
      { service: { meanMs: -1, spread: 'fixed', workers: 1 } },
      'the service time must lie between 0 and 600000, not -1',
    ],
    [{ incidents: ['down 10.9.9.9:80 1s'] }, 'no host of the cluster is "10.9.9.9:80"'],
    [
      { incidents: ['surge * 0s x100000'], rps: 1000, seconds: 100 },
      'some 10000000000 requests are to come, more than 5000000',
    ],
  ] as const)('%j: %s', (wish, message) => {
    expect(refused(wish as PlanWish)).toContain(message)
  })
  test('requests that pile up without limit end the simulation, not the machine', () => {
    const unlimited =
      'circuit_breakers: { thresholds: [{ max_connections: 9999999, max_pending_requests: 9999999, max_requests: 9999999 }] }'
    expect(refused({ cluster: unlimited, incidents: ['freeze * 0s'], route: 'timeout: 0s', rps: 50_000 })).toBe(
      'more than 200000 requests are under way at the same time',
    )
  })
})
