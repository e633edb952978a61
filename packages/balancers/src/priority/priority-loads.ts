import type { HostSet } from '@nuncio/cluster'

/** How traffic spreads over priority levels: percent for the healthy and the degraded hosts of each; 100 in all. */
export interface PriorityLoads {
  readonly healthy: readonly number[]
  readonly degraded: readonly number[]
  /** Levels of which all hosts are used, whatever their health. */
  readonly panic: readonly boolean[]
  /** Availability of each level in percent, overprovisioning included; what the loads were made from. */
  readonly health: readonly number[]
  readonly degradedHealth: readonly number[]
}

/**
 * Spreads 100 percent over levels in Envoy's integer arithmetic. `panicThreshold` is in percent, 0 = no panic.
 * No levels at all give empty lists.
 */
export function computePriorityLoads(levels: readonly HostSet[], panicThreshold: number): PriorityLoads {
  const health = levels.map((level) => availability(level, level.healthy))
  const degradedHealth = levels.map((level) => availability(level, level.degraded))
  const total = Math.min(100, sum(health) + sum(degradedHealth))
  const healthy = levels.map(() => 0)
  const degraded = levels.map(() => 0)
  if (total > 0) distribute(health, degradedHealth, total, healthy, degraded)
  const panic = levels.map(() => false)
  const loads = { healthy, degraded, panic, health, degradedHealth }
  if (levels.length === 0) return loads
  const threshold = Math.min(100, panicThreshold)
  if (threshold === 0 && total === 0) {
    // Nothing can be used: the whole load goes to the first level, where the pick fails.
    healthy[0] = 100
    return loads
  }
  if (total !== 100) for (const [i, level] of levels.entries()) panic[i] = isInPanic(level, threshold)
  return panic.every(Boolean) ? { ...loads, ...spreadByCount(levels) } : loads
}

/** Whether too few of a level's hosts can be used; `threshold` in percent. */
export function isInPanic(level: HostSet, threshold: number): boolean {
  const counted = level.hosts.length - level.excluded.length
  if (counted === 0) return threshold > 0
  return (100 * level.healthy.length) / counted + (100 * level.degraded.length) / counted < threshold
}

/** Shares 100 percent out by availability: healthy hosts of all levels first, then degraded ones. Allocates nothing. */
export function distribute(
  health: Numbers,
  degradedHealth: Numbers,
  total: number,
  healthy: Numbers,
  degraded: Numbers,
): void {
  let remaining = share(health, total, 100, healthy)
  remaining = share(degradedHealth, total, remaining, degraded)
  if (remaining > 0 && !addToFirst(health, healthy, remaining)) addToFirst(degradedHealth, degraded, remaining)
}

type Numbers = number[] | Uint32Array

function share(from: Numbers, total: number, remaining: number, out: Numbers): number {
  for (let i = 0; i < from.length; i++) {
    const load = Math.min(remaining, Math.floor((from[i]! * 100) / total))
    out[i] = load
    remaining -= load
  }
  return remaining
}

/** The remainder of rounding goes to the first level that has anything. */
function addToFirst(from: Numbers, out: Numbers, remaining: number): boolean {
  for (let i = 0; i < from.length; i++) {
    if (from[i] === 0) continue
    out[i]! += remaining
    return true
  }
  return false
}

function availability(level: HostSet, usable: HostSet['hosts']): number {
  const [part, all] = level.weightedPriorityHealth
    ? [weightOf(usable), weightOf(level.hosts) - weightOf(level.excluded)]
    : [usable.length, level.hosts.length - level.excluded.length]
  return all <= 0 ? 0 : Math.min(100, Math.floor((level.overprovisioningFactor * part) / all))
}

function spreadByCount(levels: readonly HostSet[]): { healthy: number[]; degraded: number[] } {
  const total = levels.reduce((count, level) => count + level.hosts.length, 0)
  const healthy = levels.map((level) => (total === 0 ? 0 : Math.floor((100 * level.hosts.length) / total)))
  const first = levels.findIndex((level) => level.hosts.length > 0)
  healthy[Math.max(0, first)]! += 100 - sum(healthy)
  return { healthy, degraded: levels.map(() => 0) }
}

function weightOf(hosts: HostSet['hosts']): number {
  let total = 0
  for (const host of hosts) total += host.weight
  return total
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, n) => total + n, 0)
}
