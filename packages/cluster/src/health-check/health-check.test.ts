import type { Message, Problem } from '@nuncio/config'
import { emptyRuntime, StatsStore } from '@nuncio/core'
import { FakeRuntime, FakeTime, ScriptedRandom } from '@nuncio/core/testing'
import { describe, expect, it } from 'vitest'
import { HealthFlag } from '../contracts/host.ts'
import type { ClusterHost } from '../host/cluster-host.ts'
import { healthFlagsText } from '../host/health.ts'
import { testHosts } from '../testing/index.ts'
import type { HealthCheckEvent } from './events.ts'
import { HealthChecker, type HealthCheckerOptions } from './health-checker.ts'
import { decideHealthCheck } from './info.ts'
import type { ProbeResult } from './probe.ts'

type Config = Message<'envoy.config.core.v3.HealthCheck'>

const OK: ProbeResult = { ok: true }
const DEGRADED: ProbeResult = { ok: true, degraded: true }
const WRONG: ProbeResult = { ok: false, type: 'ACTIVE' }
const RETRIABLE: ProbeResult = { ok: false, type: 'ACTIVE', retriable: true }
const REFUSED: ProbeResult = { ok: false, type: 'NETWORK' }

const QUICK: Config = {
  timeout: 100,
  interval: 1000,
  healthy_threshold: 3,
  unhealthy_threshold: 3,
  http_health_check: { path: '/' },
}

/** A checker over one host whose probe answers when the test says so; it notes when checks begin. */
function checkerOf(config: Partial<Config> = {}, options: Partial<HealthCheckerOptions> = {}) {
  const problems: Problem[] = []
  const time = new FakeTime()
  const stats = new StatsStore()
  const [host] = testHosts([{ health: 'unhealthy' }]) as [ClusterHost]
  const starts: number[] = []
  const transitions: string[] = []
  const events: HealthCheckEvent[] = []
  let answer: ((result: ProbeResult) => void) | undefined
  let cancelled = 0
  let released = 0
  const checker = new HealthChecker(
    decideHealthCheck({ ...QUICK, ...config }, { report: (problem) => problems.push(problem) }),
    {
      clusterName: 'c',
      probe: {
        check: (_host, done) => {
          starts.push(time.monotonicMs())
          answer = done
          return { cancel: () => void cancelled++ }
        },
        release: () => void released++,
      },
      time,
      random: new ScriptedRandom([]),
      runtime: emptyRuntime,
      stats: stats.scope('cluster.c.'),
      hadTraffic: () => true,
      onChecked: (_host, transition, ok) => transitions.push(`${transition} ${ok ? 'ok' : 'failed'}`),
      onEvent: (event) => events.push(event),
      ...options,
    },
  )
  const begun = time.monotonicMs()
  checker.add([host])
  /** Answers the check under way and waits for the next one; says how long that took. */
  const next = (result: ProbeResult): number => {
    const from = time.monotonicMs()
    const before = starts.length
    answer!(result)
    for (let i = 0; i < 200_000 && starts.length === before; i++) time.advance(1)
    return starts.at(-1)! - from
  }
  const kinds = () =>
    events.map((event) => Object.keys(event).find((key) => key.endsWith('_event') || key.endsWith('_host')))
  const seen = () => ({ cancelled, released })
  return {
    checker,
    host,
    time,
    stats,
    starts,
    transitions,
    events,
    kinds,
    next,
    seen,
    problems,
    begun,
    answerTo: () => answer!,
  }
}

describe('an active health check', () => {
  it('believes the first success at once', () => {
    const { host, next, transitions, kinds, stats } = checkerOf()
    expect(host.health).toBe('unhealthy')
    next(OK)
    expect(host.health).toBe('healthy')
    expect(transitions).toEqual(['changed ok'])
    expect(kinds()).toEqual(['add_healthy_event'])
    expect(stats.gauge('cluster.c.health_check.healthy').value).toBe(1)
  })

  it('wants the healthy threshold in a row after that', () => {
    const { host, next, transitions } = checkerOf()
    next(REFUSED)
    next(OK)
    next(OK)
    next(REFUSED)
    next(OK)
    next(OK)
    expect(host.health).toBe('unhealthy')
    next(OK)
    expect(host.health).toBe('healthy')
    expect(transitions).toEqual([
      'unchanged failed',
      'pending ok',
      'pending ok',
      'unchanged failed',
      'pending ok',
      'pending ok',
      'changed ok',
    ])
  })

  it('wants the unhealthy threshold in a row of network failures', () => {
    const { host, next } = checkerOf()
    for (const result of [OK, REFUSED, REFUSED, OK, REFUSED, REFUSED]) next(result)
    expect(host.health).toBe('healthy')
    next(REFUSED)
    expect(host.health).toBe('unhealthy')
  })

  it('fails a host at once for a wrong answer, unless that is retriable', () => {
    const { host, next } = checkerOf()
    next(OK)
    next(RETRIABLE)
    expect(host.health).toBe('healthy')
    next(WRONG)
    expect(host.health).toBe('unhealthy')
    for (const result of [OK, OK, OK, RETRIABLE, RETRIABLE, RETRIABLE]) next(result)
    expect(host.health).toBe('unhealthy')
  })

  it('counts a check that takes too long as a failure and cancels it', () => {
    const { host, next, time, seen, answerTo, starts } = checkerOf({ unhealthy_threshold: 1 })
    next(OK)
    const late = answerTo()
    time.advance(100)
    expect(healthFlagsText(host.healthFlags)).toBe('/failed_active_hc/active_hc_timeout')
    expect(seen().cancelled).toBe(1)
    late(OK)
    expect(host.health).toBe('unhealthy')
    time.advance(1000)
    expect(starts).toHaveLength(3)
    next(REFUSED)
    expect(healthFlagsText(host.healthFlags)).toBe('/failed_active_hc')
  })

  it('marks degraded hosts and counts them', () => {
    const { host, next, transitions, kinds, stats } = checkerOf()
    next(OK)
    next(DEGRADED)
    expect([host.health, stats.gauge('cluster.c.health_check.degraded').value]).toEqual(['degraded', 1])
    next(DEGRADED)
    next(OK)
    expect([host.health, stats.gauge('cluster.c.health_check.degraded').value]).toEqual(['healthy', 0])
    expect(transitions).toEqual(['changed ok', 'changed ok', 'unchanged ok', 'changed ok'])
    expect(kinds()).toEqual(['add_healthy_event', 'degraded_healthy_host', 'no_longer_degraded_host'])
  })

  it('ends the exclusion of a new host with its first result', () => {
    const pass = checkerOf()
    pass.host.healthFlags |= HealthFlag.pendingActive
    pass.next(OK)
    expect(pass.host.healthFlags).toBe(0)
    const fail = checkerOf()
    fail.host.healthFlags |= HealthFlag.pendingActive
    fail.next(REFUSED)
    expect(healthFlagsText(fail.host.healthFlags)).toBe('/failed_active_hc')
    expect(fail.transitions).toEqual(['changed failed'])
  })

  it('excludes a host that asked for it, in a check or in traffic, until it passes again', () => {
    const { host, next, checker, stats, kinds } = checkerOf({ healthy_threshold: 1 })
    next(OK)
    next({ ok: false, type: 'ACTIVE', excluded: true })
    expect(healthFlagsText(host.healthFlags)).toBe('/failed_active_hc/excluded_via_immediate_hc_fail')
    next(OK)
    expect(host.healthFlags).toBe(0)
    checker.failImmediately(host)
    expect(healthFlagsText(host.healthFlags)).toBe('/failed_active_hc/excluded_via_immediate_hc_fail')
    expect(stats.counter('cluster.c.health_check.passive_failure').value).toBe(1)
    expect(kinds().at(-1)).toBe('eject_unhealthy_event')
    next(OK)
    expect(host.healthFlags).toBe(0)
  })

  it('lets a slow start begin when a host becomes healthy', () => {
    const { host, next, time } = checkerOf()
    time.advance(50)
    const now = time.monotonicMs()
    next(OK)
    expect(host.healthySinceMs).toBe(now)
    next(OK)
    expect(host.healthySinceMs).toBe(now)
  })

  it('counts attempts and results', () => {
    const { next, stats } = checkerOf()
    for (const result of [OK, REFUSED, WRONG, OK]) next(result)
    const counts = ['attempt', 'success', 'failure', 'network_failure', 'passive_failure']
    expect(counts.map((name) => stats.counter(`cluster.c.health_check.${name}`).value)).toEqual([5, 2, 2, 1, 0])
  })

  it('logs each failure or success when asked to, and the first failure always', () => {
    const quiet = checkerOf()
    for (const result of [REFUSED, REFUSED, OK]) quiet.next(result)
    expect(quiet.kinds()).toEqual(['health_check_failure_event'])
    expect(quiet.events[0]).toMatchObject({
      health_checker_type: 'HTTP',
      cluster_name: 'c',
      host: { socket_address: { address: '127.0.0.1', port_value: 80 } },
      health_check_failure_event: { failure_type: 'NETWORK', first_check: true },
    })
    const loud = checkerOf({ always_log_health_check_failures: true, always_log_health_check_success: true })
    for (const result of [OK, OK, REFUSED]) loud.next(result)
    expect(loud.kinds()).toEqual(['add_healthy_event', 'successful_health_check_event', 'health_check_failure_event'])
  })
})

describe('the time between checks', () => {
  const intervals = {
    unhealthy_interval: 2000,
    unhealthy_edge_interval: 3000,
    healthy_edge_interval: 4000,
    no_traffic_interval: 20_000,
  }

  it('follows what the last check meant', () => {
    const { next } = checkerOf({ ...intervals, healthy_threshold: 2, unhealthy_threshold: 2 })
    expect(next(REFUSED)).toBe(2000)
    expect(next(OK)).toBe(4000)
    expect(next(OK)).toBe(1000)
    expect(next(OK)).toBe(1000)
    expect(next(REFUSED)).toBe(3000)
    expect(next(REFUSED)).toBe(2000)
  })

  it('falls back to the plain interval', () => {
    const { next } = checkerOf()
    expect([OK, REFUSED, REFUSED, REFUSED, OK].map(next)).toEqual([1000, 1000, 1000, 1000, 1000])
    const edge = checkerOf({ unhealthy_interval: 2000 })
    expect([OK, REFUSED].map(edge.next)).toEqual([1000, 2000])
  })

  it('is longer before a cluster has had traffic', () => {
    const idle = { hadTraffic: () => false }
    expect([OK, REFUSED].map(checkerOf({}, idle).next)).toEqual([60_000, 60_000])
    const config = { no_traffic_interval: 9000, no_traffic_healthy_interval: 7000 }
    expect([OK, REFUSED, OK].map(checkerOf(config, idle).next)).toEqual([7000, 9000, 7000])
  })

  it('is longer by a share and by an amount, each drawn', () => {
    const random = new ScriptedRandom([1050, 500])
    const { next } = checkerOf({ interval_jitter_percent: 10, interval_jitter: 400 }, { random })
    expect(next(OK)).toBe(1000 + (1050 % 100) + (500 % 400))
    expect(random.draws).toBe(2)
  })

  it('is drawn before the very first check when initial_jitter is set', () => {
    const { starts, time, begun } = checkerOf({ initial_jitter: 1000 }, { random: new ScriptedRandom([2300]) })
    expect(starts).toEqual([])
    time.advance(300)
    expect(starts).toEqual([begun + 300])
  })

  it('stays within what the runtime allows, and is never zero', () => {
    expect(checkerOf({}, { runtime: new FakeRuntime({ 'health_check.max_interval': 200 }) }).next(OK)).toBe(200)
    expect(checkerOf({}, { runtime: new FakeRuntime({ 'health_check.min_interval': 5000 }) }).next(OK)).toBe(5000)
    expect(checkerOf({}, { runtime: new FakeRuntime({ 'health_check.max_interval': 0 }) }).next(OK)).toBe(1)
  })
})

describe('the hosts of a checker', () => {
  it('may opt out, leave, and be told of as warm', () => {
    const { checker, host, time, seen, stats, transitions } = checkerOf()
    expect(checker.firstRoundDone).toBe(false)
    const [out] = testHosts([{ healthCheckTarget: { ip: '127.0.0.1', port: 1, hostname: '', disabled: true } }])
    checker.add([out!, host])
    checker.remove([host])
    expect(checker.firstRoundDone).toBe(true)
    expect(transitions).toEqual(['unchanged failed'])
    expect([time.pending, seen().cancelled, seen().released]).toEqual([0, 1, 1])
    expect(stats.gauge('cluster.c.health_check.healthy').value).toBe(0)
  })

  it('are no longer checked once the checker is disposed, even from within a result', () => {
    let end = () => {}
    const { checker, time, answerTo } = checkerOf({}, { onChecked: () => end() })
    end = () => checker.dispose()
    answerTo()(OK)
    expect(time.pending).toBe(0)
  })

  it('are healthy only when every check of theirs passes', () => {
    const first = checkerOf()
    const second = new HealthChecker(first.checker.info, {
      ...first.checker.options,
      probe: { check: (_, done) => (done(OK), { cancel: () => {} }) },
    })
    for (const checker of [first.checker, second]) checker.siblings = [first.checker, second]
    second.add([first.host])
    expect(first.host.health).toBe('unhealthy')
    first.answerTo()(OK)
    expect(first.host.health).toBe('healthy')
  })
})

describe('decideHealthCheck', () => {
  it('has the defaults of Envoy, each interval that of another one', () => {
    const required = { timeout: 1, interval: 7000, healthy_threshold: 2, unhealthy_threshold: 3 }
    const decide = (more: object) =>
      decideHealthCheck({ ...required, http_health_check: { path: '/' }, ...more }, { report: () => {} })
    expect(decide({})).toMatchObject({
      type: 'HTTP',
      timeoutMs: 1,
      intervalMs: 7000,
      initialJitterMs: 0,
      intervalJitterMs: 0,
      intervalJitterPercent: 0,
      healthyThreshold: 2,
      unhealthyThreshold: 3,
      noTrafficIntervalMs: 60_000,
      noTrafficHealthyIntervalMs: 60_000,
      unhealthyIntervalMs: 7000,
      unhealthyEdgeIntervalMs: 7000,
      healthyEdgeIntervalMs: 7000,
      reuseConnection: true,
      logFailures: false,
      logSuccesses: false,
    })
    expect(decide({ no_traffic_interval: 9, unhealthy_interval: 8 })).toMatchObject({
      noTrafficHealthyIntervalMs: 9,
      unhealthyEdgeIntervalMs: 8,
      healthyEdgeIntervalMs: 7000,
    })
  })

  it('asks for what is required', () => {
    const problems: Problem[] = []
    decideHealthCheck({}, { report: (problem) => problems.push(problem) })
    expect(problems.map((problem) => problem.path)).toEqual([
      'timeout',
      'interval',
      'unhealthy_threshold',
      'healthy_threshold',
      '',
    ])
  })
})

it('in a day of checks that pass, fail and time out, with hosts that come and go, no timer and no statistic is left', () => {
  const { checker, time, stats, answerTo, seen } = checkerOf()
  const held: number[][] = []
  const answers = [OK, REFUSED, WRONG, undefined]
  for (let i = 0; time.monotonicMs() < 24 * 3600 * 1000; i++) {
    const answer = answers[i % answers.length]
    if (answer !== undefined) answerTo()(answer)
    time.advance(2000)
    const [other] = testHosts([{ health: 'unhealthy' }]) as [ClusterHost]
    checker.add([other])
    checker.remove([other])
    held.push([time.pending, stats.counters.size, stats.gauges.size])
  }
  expect(held.slice(-4)).toEqual(held.slice(4, 8))
  expect(seen().released).toBe(held.length)
})
