import { type Host, type LoadReport } from '@nuncio/cluster'
import { testHosts } from '@nuncio/cluster/testing'
import { describe, expect, it } from 'vitest'
import {
  balancerFor,
  type BalancerOptions,
  conformanceCases,
  type TestBalancer,
  typedPolicy,
} from '../testing/index.ts'
import { weightOf } from './reported-weights.ts'

const policy = (fields: object = {}) =>
  typedPolicy('client_side_weighted_round_robin.v3.ClientSideWeightedRoundRobin', fields)
const make = (options: BalancerOptions = {}) => balancerFor({ ...options, config: policy() })

const config = { blackoutMs: 0, expirationMs: 0, errorPenalty: 1, metricNames: ['named_metrics.queue'] }

function report(fields: Partial<LoadReport>): LoadReport {
  const empty = { rps: 0, eps: 0, cpuUtilization: 0, memUtilization: 0, applicationUtilization: 0 }
  return { ...empty, utilization: {}, requestCost: {}, namedMetrics: {}, ...fields }
}

/** Reports of two hosts each second, the second twice as strong as the first. */
function reportFor(seconds: number, { balancer, time }: TestBalancer, hosts: readonly Host[]): void {
  for (let i = 0; i < seconds; i++) {
    balancer.onLoadReport!(hosts[0]!, report({ rps: 100, cpuUtilization: 0.5 }))
    balancer.onLoadReport!(hosts[1]!, report({ rps: 200, cpuUtilization: 0.5 }))
    time.advance(1000)
  }
}

function count(ports: readonly number[], port: number): number {
  return ports.filter((other) => other === port).length
}

describe('weightOf', () => {
  it.each([
    [{ rps: 100, cpuUtilization: 0.5 }, 200],
    [{ rps: 100, cpuUtilization: 0.5, applicationUtilization: 0.8 }, 125],
    [{ rps: 100, cpuUtilization: 0.5, namedMetrics: { queue: 0.25 } }, 400],
    [{ rps: 100, eps: 30, cpuUtilization: 0.5 }, 125],
    [{ rps: 1e12, cpuUtilization: 0.001 }, 0xffffffff],
    [{ rps: 0, cpuUtilization: 0.5 }, undefined],
    [{ rps: 10 }, undefined],
  ])('of %j is %s', (fields, expected) => {
    expect(weightOf(report(fields), config)).toBe(expected)
  })
})

describe('client side weighted round robin', () => {
  it.each(conformanceCases(make))('$name', ({ run }) => expect(run).not.toThrow())

  it('takes hosts in turn until reports have come for the blackout period, then by weight', () => {
    const test = make()
    const hosts = testHosts(2)
    test.update(hosts)
    reportFor(9, test, hosts)
    expect(count(test.ports(30), 80)).toBe(15)
    reportFor(3, test, hosts)
    expect(count(test.ports(30), 80)).toBe(10)
  })

  it('gives a host without a report the median weight', () => {
    const test = make()
    const hosts = testHosts(3)
    test.update(hosts)
    reportFor(12, test, hosts)
    const ports = test.ports(90)
    expect([80, 81, 82].map((port) => count(ports, port))).toEqual([20, 40, 30])
  })

  it('forgets weights whose reports stopped, and begins the blackout anew', () => {
    const test = make()
    const hosts = testHosts(2)
    test.update(hosts)
    reportFor(12, test, hosts)
    test.time.advance(181_000)
    expect(count(test.ports(30), 80)).toBe(15)
    reportFor(5, test, hosts)
    expect(count(test.ports(30), 80)).toBe(15)
    reportFor(7, test, hosts)
    expect(count(test.ports(30), 80)).toBe(10)
  })

  it('looks at reports no more often than ten times a second, and stops when disposed', () => {
    const test = balancerFor({ config: policy({ weight_update_period: 1, blackout_period: 0 }) })
    const hosts = testHosts(2)
    test.update(hosts)
    reportFor(0, test, hosts)
    test.balancer.onLoadReport!(hosts[0]!, report({ rps: 300, cpuUtilization: 0.5 }))
    test.balancer.onLoadReport!(hosts[1]!, report({ rps: 100, cpuUtilization: 0.5 }))
    test.time.advance(99)
    expect(count(test.ports(40), 80)).toBe(20)
    test.time.advance(1)
    expect(count(test.ports(40), 80)).toBe(30)
    test.balancer.dispose!()
    expect(test.time.pending).toBe(0)
  })
})
