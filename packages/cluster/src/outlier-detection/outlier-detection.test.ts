import type { Problem } from '@nuncio/config'
import { emptyRuntime, StatsStore } from '@nuncio/core'
import { FakeRuntime, FakeTime, ScriptedRandom } from '@nuncio/core/testing'
import { describe, expect, it } from 'vitest'
import type { Outcome } from '../contracts/cluster.ts'
import { HealthFlag } from '../contracts/host.ts'
import type { ClusterHost } from '../host/cluster-host.ts'
import { testHosts } from '../testing/index.ts'
import { grpcToHttp, httpStatusOf } from './classify.ts'
import { readMonitors } from './consecutive-errors.ts'
import { OutlierDetector } from './detector.ts'
import type { OutlierEvent } from './events.ts'
import { type OutlierConfig, OutlierInfo } from './info.ts'
import { successRateThreshold } from './success-rate.ts'

const status = (code: number): Outcome => ({ status: code, reset: undefined, latencyMs: 1, grpcStatus: -1 })
const reset = (reason: Outcome['reset']): Outcome => ({ status: 0, reset: reason, latencyMs: -1, grpcStatus: -1 })

interface Setup {
  readonly draws?: number[]
  readonly numbers?: Readonly<Record<string, number>>
  readonly hosts?: number
}

function detectorOf(config: OutlierConfig = {}, { draws = [], numbers = {}, hosts: count = 10 }: Setup = {}) {
  const problems: Problem[] = []
  const to = { report: (problem: Problem) => void problems.push(problem) }
  const time = new FakeTime()
  const stats = new StatsStore()
  const events: OutlierEvent[] = []
  const changed: ClusterHost[] = []
  const random = new ScriptedRandom(draws)
  const detector = new OutlierDetector(new OutlierInfo(config, new FakeRuntime(numbers), to), {
    clusterName: 'c',
    monitors: readMonitors(config, to),
    time,
    random,
    stats: stats.scope('cluster.c.'),
    onChanged: (host) => changed.push(host),
    onEvent: (event) => events.push(event),
  })
  const hosts = testHosts(count)
  detector.add(hosts)
  return {
    detector,
    time,
    hosts,
    events,
    changed,
    problems,
    random,
    value: (name: string) => stats.counter(`cluster.c.outlier_detection.ejections_${name}`).value,
    active: () => stats.gauge('cluster.c.outlier_detection.ejections_active').value,
    report: (host: number, outcome: Outcome, times = 1) => {
      for (let i = 0; i < times; i++) detector.report(hosts[host]!, outcome)
    },
    ejected: () => hosts.flatMap((host, i) => ((host.healthFlags & HealthFlag.failedOutlier) === 0 ? [] : [i])),
  }
}

describe('consecutive failures', () => {
  it('eject a host when there are just enough of them', () => {
    const { report, ejected, changed, hosts, value, active } = detectorOf()
    report(3, status(500), 4)
    report(3, status(200))
    report(3, status(503), 4)
    expect(ejected()).toEqual([])
    report(3, status(500))
    expect(ejected()).toEqual([3])
    expect(changed).toEqual([hosts[3]])
    expect(hosts[3]!.health).toBe('unhealthy')
    expect([
      value('enforced_total'),
      value('enforced_consecutive_5xx'),
      value('detected_consecutive_5xx'),
      active(),
    ]).toEqual([1, 1, 1, 1])
    expect([value('total'), value('consecutive_5xx')]).toEqual([1, 1])
  })

  it.each([
    ['resets', reset('remote reset')],
    ['refused connections', reset('remote connection failure')],
    ['timeouts', reset('timeout')],
    ['gRPC UNAVAILABLE', { ...status(200), grpcStatus: 14 }],
  ])('may be %s', (_, outcome) => {
    const { report, ejected } = detectorOf()
    report(0, outcome, 5)
    expect(ejected()).toEqual([0])
  })

  it('are not the fault of a circuit breaker', () => {
    const { report, ejected } = detectorOf()
    report(0, reset('overflow'), 50)
    expect(ejected()).toEqual([])
  })

  it('of a gateway are only counted by default, and enforced by percentage', () => {
    const plain = detectorOf({ consecutive_5xx: 0 })
    plain.report(0, status(502), 5)
    expect([plain.ejected(), plain.value('detected_consecutive_gateway_failure')]).toEqual([[], 1])
    expect(plain.events).toMatchObject([{ type: 'CONSECUTIVE_GATEWAY_FAILURE', action: 'EJECT', enforced: false }])
    const half = detectorOf({ consecutive_5xx: 0, enforcing_consecutive_gateway_failure: 50 }, { draws: [50, 149] })
    half.report(0, reset('timeout'), 5)
    expect(half.ejected()).toEqual([])
    half.report(1, status(504), 5)
    expect(half.ejected()).toEqual([1])
    expect(half.random.draws).toBe(2)
  })

  it('of a gateway are interrupted by a plain 500', () => {
    const { report, value } = detectorOf({ consecutive_5xx: 100 })
    report(0, status(502), 4)
    report(0, status(500))
    report(0, status(502), 4)
    expect(value('detected_consecutive_gateway_failure')).toBe(0)
  })

  it('of local origin are told apart when asked for', () => {
    const { report, ejected, value } = detectorOf({ split_external_local_origin_errors: true })
    report(0, reset('remote connection failure'), 4)
    report(0, status(503), 4)
    report(0, reset('timeout'), 4)
    expect(ejected()).toEqual([])
    report(0, reset('remote connection failure'), 4)
    expect(ejected()).toEqual([0])
    expect([value('enforced_consecutive_local_origin_failure'), value('enforced_consecutive_5xx')]).toEqual([1, 0])
  })

  it('counts a connection that breaks as a success and a failure: it never adds up', () => {
    const { report, ejected } = detectorOf({ split_external_local_origin_errors: true })
    report(0, reset('connection termination'), 50)
    expect(ejected()).toEqual([])
  })

  it('may be counted otherwise by the runtime', () => {
    const { report, ejected } = detectorOf({}, { numbers: { 'outlier_detection.consecutive_5xx': 2 } })
    report(0, status(500), 2)
    expect(ejected()).toEqual([0])
  })
})

describe('how many hosts may be ejected', () => {
  it('is a share of all: with fewer than ten hosts and the default of 10 % it is none', () => {
    const { report, ejected, value } = detectorOf({}, { hosts: 9 })
    report(0, status(500), 5)
    expect([ejected(), value('overflow')]).toEqual([[], 1])
  })

  it('is never more than max_ejection_percent', () => {
    const { report, ejected, value } = detectorOf({ max_ejection_percent: 20 })
    for (const host of [0, 1, 2]) report(host, status(500), 5)
    expect([ejected(), value('overflow')]).toEqual([[0, 1], 1])
  })

  it('is one at least with always_eject_one_host', () => {
    const { report, ejected } = detectorOf({ always_eject_one_host: true }, { hosts: 3 })
    for (const host of [0, 1]) report(host, status(500), 5)
    expect(ejected()).toEqual([0])
  })
})

describe('the time of an ejection', () => {
  it('grows with each, to a limit, and shrinks while the host behaves', () => {
    const { report, ejected, time } = detectorOf({ base_ejection_time: 30_000, max_ejection_time: 80_000 })
    const lasts = (): number => {
      report(0, status(500), 5)
      expect(ejected()).toEqual([0])
      const from = time.monotonicMs()
      while (ejected().length > 0) time.advance(10_000)
      return time.monotonicMs() - from
    }
    expect([lasts(), lasts(), lasts(), lasts()]).toEqual([30_000, 60_000, 80_000, 80_000])
    time.advance(10_000)
    time.advance(10_000)
    expect(lasts()).toBe(80_000)
    time.advance(200_000)
    expect(lasts()).toBe(30_000)
  })

  it('ends on an interval, not before', () => {
    const { report, ejected, time } = detectorOf({ base_ejection_time: 12_000 })
    time.advance(9_000)
    report(0, status(500), 5)
    time.advance(20_999)
    expect(ejected()).toEqual([0])
    time.advance(1)
    expect(ejected()).toEqual([])
  })

  it('has a jitter that is drawn for each ejection', () => {
    const { report, ejected, time } = detectorOf({ max_ejection_time_jitter: 20_000 }, { draws: [20_001 + 15_000] })
    report(0, status(500), 5)
    time.advance(40_000)
    expect(ejected()).toEqual([0])
    time.advance(10_000)
    expect(ejected()).toEqual([])
  })

  it('ends at once with a passing health check, unless that is switched off', () => {
    const { detector, hosts, report, ejected } = detectorOf()
    report(0, status(500), 5)
    hosts[0]!.healthFlags |= HealthFlag.failedActive
    detector.onCheckPassed(hosts[0]!)
    expect(ejected()).toEqual([0])
    hosts[0]!.healthFlags &= ~HealthFlag.failedActive
    detector.onCheckPassed(hosts[0]!)
    expect(ejected()).toEqual([])
    const off = detectorOf({ successful_active_health_check_uneject_host: false })
    off.report(0, status(500), 5)
    off.detector.onCheckPassed(off.hosts[0]!)
    expect(off.ejected()).toEqual([0])
  })
})

describe('success rates', () => {
  it('have the threshold of the known example', () => {
    expect(successRateThreshold([100, 100, 100, 100, 50], 1.9)).toEqual({ mean: 90, threshold: 52 })
  })

  it('eject what lies below mean − factor × deviation, when there are requests and hosts enough', () => {
    const { report, ejected, time, events, value, detector } = detectorOf(
      { consecutive_5xx: 0, max_ejection_percent: 100 },
      { hosts: 5 },
    )
    for (const host of [0, 1, 2, 3]) report(host, status(200), 200)
    for (let i = 0; i < 100; i++) {
      report(4, status(200))
      report(4, status(500))
    }
    time.advance(10_000)
    expect(ejected()).toEqual([4])
    expect(detector.externalRates).toEqual({ mean: 90, threshold: 52 })
    expect(events).toMatchObject([
      {
        type: 'SUCCESS_RATE',
        enforced: true,
        cluster_name: 'c',
        upstream_url: '127.0.0.1:84',
        num_ejections: 1,
        eject_success_rate_event: {
          host_success_rate: 50,
          cluster_average_success_rate: 90,
          cluster_success_rate_ejection_threshold: 52,
        },
      },
    ])
    expect([value('enforced_success_rate'), value('success_rate'), value('total')]).toEqual([1, 1, 1])
  })

  it.each([
    ['too few hosts', 4, 200],
    ['too few requests', 5, 99],
  ])('say nothing with %s', (_, count, requests) => {
    const { report, ejected, time } = detectorOf({ consecutive_5xx: 0, max_ejection_percent: 100 }, { hosts: count })
    for (let host = 1; host < count; host++) report(host, status(200), requests)
    report(0, status(500), requests)
    time.advance(10_000)
    expect(ejected()).toEqual([])
  })

  it('are judged over one interval only', () => {
    const { report, ejected, time } = detectorOf({ consecutive_5xx: 0, max_ejection_percent: 100 }, { hosts: 5 })
    for (let host = 1; host < 5; host++) report(host, status(200), 60)
    report(0, status(500), 60)
    time.advance(10_000)
    for (let host = 1; host < 5; host++) report(host, status(200), 60)
    report(0, status(500), 60)
    time.advance(10_000)
    expect(ejected()).toEqual([])
  })

  it('of local origin are judged apart', () => {
    const { report, ejected, time, value } = detectorOf(
      { split_external_local_origin_errors: true, consecutive_local_origin_failure: 0, max_ejection_percent: 100 },
      { hosts: 5 },
    )
    for (let host = 1; host < 5; host++) report(host, status(200), 100)
    report(0, reset('remote connection failure'), 100)
    time.advance(10_000)
    expect([ejected(), value('enforced_local_origin_success_rate')]).toEqual([[0], 1])
  })
})

describe('the failure percentage', () => {
  const config = {
    consecutive_5xx: 0,
    enforcing_success_rate: 0,
    enforcing_failure_percentage: 100,
    max_ejection_percent: 100,
  }

  it('ejects hosts that fail at least as often as the threshold', () => {
    const { report, ejected, time, events } = detectorOf(config, { hosts: 5 })
    for (const [host, failures] of [85, 84, 0, 0, 0].entries()) {
      report(host, status(500), failures)
      report(host, status(200), 100 - failures)
    }
    time.advance(10_000)
    expect(ejected()).toEqual([0])
    expect(events.filter((event) => event.enforced)).toMatchObject([
      { type: 'FAILURE_PERCENTAGE', eject_failure_percentage_event: { host_success_rate: 15 } },
    ])
  })

  it('counts local origin failures by themselves where they are split off', () => {
    const split = {
      split_external_local_origin_errors: true,
      consecutive_local_origin_failure: 0,
      enforcing_local_origin_success_rate: 0,
      enforcing_failure_percentage_local_origin: 100,
      max_ejection_percent: 100,
    }
    const { report, ejected, time, value } = detectorOf(split, { hosts: 5 })
    for (const host of [0, 1, 2, 3, 4]) report(host, host === 0 ? reset('remote connection failure') : status(200), 60)
    time.advance(10_000)
    expect(ejected()).toEqual([0])
    expect(value('enforced_local_origin_failure_percentage')).toBe(1)
    expect(value('enforced_failure_percentage')).toBe(0)
  })

  it('needs hosts and requests enough, and is off by default', () => {
    for (const [hosts, requests, extra] of [
      [4, 100, {}],
      [5, 49, {}],
      [5, 100, { enforcing_failure_percentage: undefined }],
    ] as const) {
      const { enforcing_failure_percentage: enforcing, ...rest } = { ...config, ...extra }
      const test = detectorOf(
        { ...rest, ...(enforcing !== undefined && { enforcing_failure_percentage: enforcing }) },
        { hosts },
      )
      for (let host = 0; host < hosts; host++) test.report(host, status(500), requests)
      test.time.advance(10_000)
      expect(test.ejected()).toEqual([])
    }
  })
})

describe('a monitor of consecutive errors', () => {
  const monitor = (fields: object) => ({
    consecutive_5xx: 0,
    monitors: [
      {
        name: 'm',
        typed_config: {
          '@type': 'envoy.extensions.outlier_detection_monitors.consecutive_errors.v3.ConsecutiveErrors',
          name: 'picky',
          ...fields,
        } as { '@type': string },
      },
    ],
  })
  const buckets = { http_errors: [{ range: { start: 400, end: 404 } }] }

  it('ejects for errors of its own choosing', () => {
    const { report, ejected, events } = detectorOf(monitor({ error_buckets: buckets }))
    report(0, status(404), 2)
    report(0, status(405))
    report(0, status(400), 2)
    expect(ejected()).toEqual([])
    report(0, status(404))
    expect(ejected()).toEqual([0])
    expect(events).toMatchObject([{ type: 'EXTENSION', eject_extension_event: { monitor_name: 'picky' } }])
  })

  it('may look at local origin errors', () => {
    const { report, ejected } = detectorOf(monitor({ threshold: 2, error_buckets: { local_origin_errors: [{}] } }))
    report(0, reset('remote connection failure'))
    report(0, status(500))
    report(0, reset('remote connection failure'))
    expect(ejected()).toEqual([])
    report(0, reset('timeout'))
    expect(ejected()).toEqual([0])
  })

  it('is enforced by its own percentage', () => {
    const { report, ejected } = detectorOf(monitor({ threshold: 1, enforcing: 10, error_buckets: buckets }), {
      draws: [10, 9],
    })
    report(0, status(404))
    expect(ejected()).toEqual([])
    report(0, status(404))
    expect(ejected()).toEqual([0])
  })

  it('is reported when it is of another kind', () => {
    const { problems } = detectorOf({ monitors: [{ name: 'x', typed_config: { '@type': 'x.Y' } }] })
    expect(problems.map((problem) => problem.path)).toEqual(['monitors[0]'])
  })
})

describe('the hosts of a detector', () => {
  it('come and go, and nothing ticks once it is disposed', () => {
    const { detector, hosts, report, active, time } = detectorOf()
    report(0, status(500), 5)
    expect(active()).toBe(1)
    detector.remove([hosts[0]!])
    expect(active()).toBe(0)
    report(0, status(500), 5)
    detector.dispose()
    expect(time.pending).toBe(0)
  })

  it('are degraded instead of ejected for x-envoy-degraded when that is detected', () => {
    const { report, hosts, time, changed } = detectorOf({ detect_degraded_hosts: true })
    report(0, { ...status(200), degraded: true })
    expect([hosts[0]!.health, changed.length]).toEqual(['degraded', 1])
    time.advance(29_999)
    expect(hosts[0]!.health).toBe('degraded')
    time.advance(1)
    expect(hosts[0]!.health).toBe('healthy')
    const off = detectorOf()
    off.report(0, { ...status(200), degraded: true })
    expect(off.hosts[0]!.health).toBe('healthy')
  })

  it('have events with the time since the last action', () => {
    const { report, time, events } = detectorOf()
    report(0, status(500), 5)
    time.advance(30_000)
    report(0, status(500), 5)
    expect(events.map((event) => [event.action, event.secs_since_last_action])).toEqual([
      ['EJECT', undefined],
      ['UNEJECT', 30],
      ['EJECT', 0],
    ])
  })
})

describe('what a try counts as', () => {
  it.each([
    [status(404), 404],
    [{ ...status(200), grpcStatus: 0 }, 200],
    [{ ...status(200), grpcStatus: 14 }, 503],
    [reset('timeout'), 504],
    [reset('remote reset'), 503],
    [reset(undefined), 200],
  ])('%j is %i', (outcome, expected) => expect(httpStatusOf(outcome)).toBe(expected))

  it('is 500 for a gRPC status that nobody knows', () => expect(grpcToHttp(77)).toBe(500))

  it('is the HTTP status of each gRPC status', () => {
    const statuses = Array.from({ length: 17 }, (_, grpcStatus) => grpcToHttp(grpcStatus))
    expect(statuses).toEqual([200, 499, 500, 400, 504, 404, 409, 403, 429, 400, 409, 400, 501, 500, 503, 500, 401])
  })
})

describe('OutlierInfo', () => {
  it('has the defaults of Envoy', () => {
    const info = new OutlierInfo({}, emptyRuntime, { report: () => {} })
    const numbers = {
      consecutive_5xx: 5,
      enforcing_consecutive_5xx: 100,
      consecutive_gateway_failure: 5,
      enforcing_consecutive_gateway_failure: 0,
      consecutive_local_origin_failure: 5,
      enforcing_consecutive_local_origin_failure: 100,
      max_ejection_percent: 10,
      enforcing_success_rate: 100,
      success_rate_minimum_hosts: 5,
      success_rate_request_volume: 100,
      success_rate_stdev_factor: 1900,
      enforcing_local_origin_success_rate: 100,
      failure_percentage_threshold: 85,
      enforcing_failure_percentage: 0,
      enforcing_failure_percentage_local_origin: 0,
      failure_percentage_minimum_hosts: 5,
      failure_percentage_request_volume: 50,
    } as const
    const names = Object.keys(numbers) as (keyof typeof numbers)[]
    expect(Object.fromEntries(names.map((name) => [name, info.number(name)]))).toEqual(numbers)
    const times = ['interval', 'base_ejection_time', 'max_ejection_time', 'max_ejection_time_jitter'] as const
    expect(times.map((name) => info.time(name))).toEqual([10_000, 30_000, 300_000, 0])
    expect([info.split, info.unejectOnPassedCheck, info.alwaysEjectOne, info.detectDegraded]).toEqual([
      false,
      true,
      false,
      false,
    ])
  })

  it('has a longest ejection that is no shorter than the base', () => {
    const info = new OutlierInfo({ base_ejection_time: 400_000 }, emptyRuntime, { report: () => {} })
    expect(info.time('max_ejection_time')).toBe(400_000)
  })

  it('reports percentages above 100 and a longest ejection below the base', () => {
    const { problems } = detectorOf({ max_ejection_percent: 101, base_ejection_time: 10, max_ejection_time: 5 })
    expect(problems.map((problem) => [problem.code, problem.path])).toEqual([
      ['conflict', 'max_ejection_time'],
      ['out-of-range', 'max_ejection_percent'],
    ])
  })
})
