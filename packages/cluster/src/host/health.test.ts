import { describe, expect, it } from 'vitest'
import { HealthFlag, type HealthStatus } from '../contracts/host.ts'
import { testHosts } from '../testing/index.ts'
import { deepEqual } from './cluster-host.ts'
import { coarseHealth, healthFlagsText, healthStatus, isExcluded, withEdsStatus } from './health.ts'

describe('health flags', () => {
  it.each([
    ['UNKNOWN', 'healthy', false],
    ['HEALTHY', 'healthy', false],
    ['UNHEALTHY', 'unhealthy', false],
    ['TIMEOUT', 'unhealthy', false],
    ['DRAINING', 'unhealthy', true],
    ['DEGRADED', 'degraded', false],
  ] as const)("of discovery's %s make a host %s, excluded: %s", (status, health, excluded) => {
    const before = HealthFlag.failedEds | HealthFlag.degradedEds | HealthFlag.edsDraining
    const flags = withEdsStatus(before, status)
    expect([coarseHealth(flags), isExcluded(flags)]).toEqual([health, excluded])
  })

  it('that are worse stand above those that are better', () => {
    expect(coarseHealth(HealthFlag.degradedActive | HealthFlag.failedOutlier)).toBe('unhealthy')
    expect(coarseHealth(HealthFlag.pendingDynamicRemoval | HealthFlag.activeTimeout)).toBe('healthy')
  })

  it('are printed as /clusters does', () => {
    expect(healthFlagsText(0)).toBe('healthy')
    expect(healthFlagsText(HealthFlag.failedActive | HealthFlag.pendingActive)).toBe(
      '/failed_active_hc/pending_active_hc',
    )
  })
})

describe('healthStatus', () => {
  it.each([
    ['HEALTHY', 0, 'HEALTHY'],
    ['UNKNOWN', 0, 'UNKNOWN'],
    ['HEALTHY', HealthFlag.failedActive, 'UNHEALTHY'],
    ['DRAINING', HealthFlag.failedOutlier, 'UNHEALTHY'],
    ['DRAINING', 0, 'DRAINING'],
    ['TIMEOUT', HealthFlag.degradedActive, 'TIMEOUT'],
    ['HEALTHY', HealthFlag.degradedActive, 'DEGRADED'],
    ['DEGRADED', 0, 'DEGRADED'],
  ] as const)('of EDS %s with flags %i is %s', (eds: HealthStatus, flags: number, expected: HealthStatus) => {
    const [host] = testHosts([{ edsStatus: eds }])
    host!.healthFlags |= flags
    expect(healthStatus(host!)).toBe(expected)
  })
})

describe('deepEqual', () => {
  it('compares what metadata can hold', () => {
    expect(deepEqual({ a: [1, { b: null }] }, { a: [1, { b: null }] })).toBe(true)
    for (const [a, b] of [
      [{ a: 1 }, { a: 1, b: 2 }],
      [[1], { 0: 1 }],
      [{ a: undefined }, { b: undefined }],
      ['1', 1],
      [null, {}],
    ]) {
      expect(deepEqual(a, b)).toBe(false)
    }
  })
})
