import { FakeTime } from '@nuncio/core/testing'
import { describe, expect, it } from 'vitest'
import { HealthFlag } from '../contracts/host.ts'
import type { ClusterHost } from './cluster-host.ts'
import { describeAssignment } from './membership.ts'
import { HostRegistry } from './registry.ts'

const quiet = { report: () => {} }

function endpoints(priority: number, ...addresses: string[]) {
  return {
    priority,
    lb_endpoints: addresses.map((address) => ({
      endpoint: { address: { socket_address: { address, port_value: 80 } } },
    })),
  }
}

function zone(name: string, weight: number) {
  return { ...endpoints(0, `10.0.0.${weight}`), locality: { region: 'r', zone: name }, load_balancing_weight: weight }
}

function assignment(...groups: ReturnType<typeof endpoints>[]) {
  return describeAssignment({ endpoints: groups }, quiet)
}

describe('HostRegistry', () => {
  it('keeps host objects and untouched levels across updates', () => {
    const registry = new HostRegistry({ time: new FakeTime() })
    const first = registry.update(assignment(endpoints(0, '10.0.0.1', '10.0.0.2'), endpoints(1, '10.0.1.1')))
    expect(first.added.map((host) => host.address)).toEqual(['10.0.0.1:80', '10.0.0.2:80', '10.0.1.1:80'])
    const second = registry.update(assignment(endpoints(0, '10.0.0.2', '10.0.0.3'), endpoints(1, '10.0.1.1')))
    expect(second.removed).toEqual([first.added[0]])
    expect(second.priorities.levels[0]!.hosts[0]).toBe(first.added[1])
    expect(second.priorities.levels[1]).toBe(first.priorities.levels[1])
    const third = registry.update(assignment(endpoints(0, '10.0.0.2', '10.0.0.3'), endpoints(1, '10.0.1.1')))
    expect(third.changed).toBe(false)
    expect(third.priorities).toBe(second.priorities)
  })

  it('moves a host to another priority without losing it', () => {
    const registry = new HostRegistry({ time: new FakeTime() })
    const { added } = registry.update(assignment(endpoints(0, '10.0.0.1')))
    added[0]!.stats.rqActive = 7
    const moved = registry.update(assignment(endpoints(1, '10.0.0.1')))
    expect(moved.priorities.levels.map((level) => level.hosts.length)).toEqual([0, 1])
    expect(moved.priorities.levels[1]!.hosts[0]!.stats.rqActive).toBe(7)
    expect([moved.added, moved.removed]).toEqual([[], []])
  })

  it('counts an address once and says which came twice', () => {
    const registry = new HostRegistry({ time: new FakeTime() })
    const change = registry.update(assignment(endpoints(0, '10.0.0.1', '10.0.0.1')))
    expect(change.duplicates).toEqual(['10.0.0.1:80'])
    expect(change.priorities.levels[0]!.hosts).toHaveLength(1)
  })

  it('makes a host of each naming of an address where repeats count, and keeps each across updates', () => {
    const registry = new HostRegistry({ time: new FakeTime(), keepRepeats: true })
    const twice = assignment(endpoints(0, '10.0.0.1', '10.0.0.1'), endpoints(1, '10.0.0.1'))
    const first = registry.update(twice)
    expect([first.added.length, first.duplicates]).toEqual([3, []])
    expect(registry.byAddress.get('10.0.0.1:80')).toBe(first.added[0])
    const again = registry.update(twice)
    expect([again.changed, again.added, again.removed]).toEqual([false, [], []])
    const fewer = registry.update(assignment(endpoints(0, '10.0.0.1')))
    expect(fewer.removed).toEqual(first.added.slice(1))
    expect(fewer.priorities.levels.map((level) => level.hosts.length)).toEqual([1, 0])
  })

  it('keeps the health of two hosts of one address apart', () => {
    const registry = new HostRegistry({ time: new FakeTime(), keepRepeats: true })
    const address = { socket_address: { address: '10.0.0.1', port_value: 80 } }
    const sick = { lb_endpoints: [{ endpoint: { address }, health_status: 'UNHEALTHY' as const }] }
    const well = { priority: 1, lb_endpoints: [{ endpoint: { address } }] }
    const { levels } = registry.update(describeAssignment({ endpoints: [sick, well] }, quiet)).priorities
    expect(levels.map(({ healthy }) => healthy.length)).toEqual([0, 1])
  })

  it('starts hosts unhealthy when they are checked, and excluded when that is asked for', () => {
    const registry = new HostRegistry({ time: new FakeTime(), activeHealthChecks: true, excludeUncheckedHosts: true })
    const set = registry.update(assignment(endpoints(0, '10.0.0.1'))).priorities.levels[0]!
    expect([set.healthy.length, set.excluded.length]).toEqual([0, 1])
    set.hosts[0]!.healthFlags = 0
    const after = registry.refresh([set.hosts[0]!]).levels[0]!
    expect([after.healthy.length, after.excluded.length]).toEqual([1, 0])
    expect(set.healthy).toEqual([])
  })

  it('lets a removed host stay while it passes its checks, and takes it out when it fails', () => {
    const registry = new HostRegistry({ time: new FakeTime(), activeHealthChecks: true, keepHealthyRemovedHosts: true })
    const { added } = registry.update(assignment(endpoints(0, '10.0.0.1', '10.0.0.2')))
    const [passing, failing] = [added[0]!, added[1]!]
    passing.healthFlags = 0
    const change = registry.update(assignment(endpoints(0, '10.0.0.3')))
    expect(change.removed).toEqual([failing])
    expect(change.priorities.levels[0]!.hosts).toContain(passing)
    expect(passing.healthFlags & HealthFlag.pendingDynamicRemoval).not.toBe(0)
    expect(registry.removePending(passing)!.priorities.levels[0]!.hosts.map((host) => host.ip)).toEqual(['10.0.0.3'])
    expect(registry.byAddress.has('10.0.0.1:80')).toBe(false)
  })

  it('takes back a host that was about to leave', () => {
    const registry = new HostRegistry({ time: new FakeTime(), activeHealthChecks: true, keepHealthyRemovedHosts: true })
    const { added } = registry.update(assignment(endpoints(0, '10.0.0.1')))
    added[0]!.healthFlags = 0
    registry.update(assignment(endpoints(0, '10.0.0.2')))
    registry.update(assignment(endpoints(0, '10.0.0.1')))
    expect(added[0]!.healthFlags).toBe(0)
    expect(registry.removePending(added[0]!)).toBeUndefined()
  })

  it('changes weight, metadata and EDS health in place', () => {
    const registry = new HostRegistry({ time: new FakeTime() })
    const address = { socket_address: { address: '10.0.0.1', port_value: 80 } }
    const entry = (extra: object) =>
      describeAssignment({ endpoints: [{ lb_endpoints: [{ endpoint: { address }, ...extra }] }] }, quiet)
    const host = registry.update(entry({ load_balancing_weight: 3 })).added[0]!
    const metadata = { filter_metadata: { 'envoy.lb': { canary: true } } }
    const change = registry.update(entry({ health_status: 'DRAINING', metadata }))
    expect(change.changed).toBe(true)
    expect([host.weight, host.canary, host.health]).toEqual([1, true, 'unhealthy'])
    expect(registry.update(entry({ health_status: 'DRAINING', metadata: structuredClone(metadata) })).changed).toBe(
      false,
    )
  })

  it('works in slices of which none is large', () => {
    const registry = new HostRegistry({ time: new FakeTime() })
    const many = Array.from({ length: 10_000 }, (_, i) => `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`)
    const steps = registry.updateInSlices(assignment(endpoints(0, ...many)))
    let slices = 1
    for (let step = steps.next(); step.done !== true; step = steps.next()) {
      slices++
      expect(registry.priorities.levels).toHaveLength(0)
    }
    expect(slices).toBeGreaterThan(9)
    expect(registry.priorities.levels[0]!.hosts).toHaveLength(10_000)
  })

  it('minds what moves while a membership is taken over', () => {
    const registry = new HostRegistry({ time: new FakeTime(), activeHealthChecks: true, keepHealthyRemovedHosts: true })
    const [moving, leaving] = registry.update(assignment(endpoints(0, '10.0.0.1', '10.0.0.2'))).added as [
      ClusterHost,
      ClusterHost,
    ]
    moving.healthFlags = leaving.healthFlags = 0
    registry.refresh()
    const steps = registry.updateInSlices(assignment(endpoints(0, '10.0.0.1', '10.0.0.3'), endpoints(1, '10.0.0.4')))
    for (let step = steps.next(); step.done !== true; step = steps.next()) {
      moving.healthFlags ^= HealthFlag.failedActive
      registry.refresh([moving])
      registry.removePending(leaving)
      expect(registry.priorities.levels.every((level) => level !== undefined)).toBe(true)
    }
    const [first, second] = registry.priorities.levels
    expect(first!.hosts.map(({ ip }) => ip)).toEqual(['10.0.0.1', '10.0.0.3'])
    expect(first!.healthy.includes(moving)).toBe(moving.health === 'healthy')
    expect(second!.hosts.map(({ ip }) => ip)).toEqual(['10.0.0.4'])
  })

  it('puts the own locality first and the others by name', () => {
    const own = { region: 'r', zone: 'b', subZone: '' }
    const registry = new HostRegistry({ time: new FakeTime(), ownLocality: own })
    const set = registry.update(assignment(zone('c', 1), zone('b', 2), zone('a', 3))).priorities.levels[0]!
    expect(set.localities.map((locality) => locality.zone)).toEqual(['b', 'a', 'c'])
    expect(set.localityWeights).toEqual([2, 3, 1])
    expect(set.hasLocalLocality).toBe(true)
  })
})
