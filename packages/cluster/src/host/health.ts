import { type Health, HealthFlag, type HealthStatus, type Host } from '../contracts/host.ts'

const UNHEALTHY = HealthFlag.failedActive | HealthFlag.failedOutlier | HealthFlag.failedEds | HealthFlag.edsDraining
const DEGRADED = HealthFlag.degradedActive | HealthFlag.degradedEds | HealthFlag.degradedOutlier
const EXCLUDED = HealthFlag.pendingActive | HealthFlag.excludedByImmediateFail | HealthFlag.edsDraining
const FROM_EDS = HealthFlag.failedEds | HealthFlag.degradedEds | HealthFlag.edsDraining

/** The health that balancing goes by, from `Host.healthFlags`. */
export function coarseHealth(flags: number): Health {
  if ((flags & UNHEALTHY) !== 0) return 'unhealthy'
  return (flags & DEGRADED) === 0 ? 'healthy' : 'degraded'
}

/** Whether a host counts neither for nor against its level: not yet checked, draining, or it took itself out. */
export function isExcluded(flags: number): boolean {
  return (flags & EXCLUDED) !== 0
}

/** The flags with what discovery says of a host in place of what it said before. */
export function withEdsStatus(flags: number, status: HealthStatus): number {
  const rest = flags & ~FROM_EDS
  if (status === 'UNHEALTHY' || status === 'TIMEOUT') return rest | HealthFlag.failedEds
  if (status === 'DRAINING') return rest | HealthFlag.edsDraining
  return status === 'DEGRADED' ? rest | HealthFlag.degradedEds : rest
}

/** A host's status in discovery's words: what checks found comes before what discovery said. */
export function healthStatus(host: Host): HealthStatus {
  const flags = host.healthFlags
  if ((flags & (HealthFlag.failedActive | HealthFlag.failedOutlier)) !== 0) return 'UNHEALTHY'
  const eds = host.edsStatus ?? 'UNKNOWN'
  if ((flags & (HealthFlag.failedEds | HealthFlag.edsDraining)) !== 0) return eds
  return (flags & HealthFlag.degradedActive) === 0 ? eds : 'DEGRADED'
}

/** What `/clusters` calls the flags, in the order in which it prints them. */
const NAMES: readonly (readonly [number, string])[] = [
  [HealthFlag.failedActive, 'failed_active_hc'],
  [HealthFlag.failedOutlier, 'failed_outlier_check'],
  [HealthFlag.failedEds, 'failed_eds_health'],
  [HealthFlag.degradedActive, 'degraded_active_hc'],
  [HealthFlag.degradedEds, 'degraded_eds_health'],
  [HealthFlag.pendingDynamicRemoval, 'pending_dynamic_removal'],
  [HealthFlag.pendingActive, 'pending_active_hc'],
  [HealthFlag.excludedByImmediateFail, 'excluded_via_immediate_hc_fail'],
  [HealthFlag.activeTimeout, 'active_hc_timeout'],
  [HealthFlag.edsDraining, 'eds_status_draining'],
  [HealthFlag.degradedOutlier, 'degraded_outlier_detection'],
]

/** The flags as `/clusters` prints them: `/failed_active_hc/failed_eds_health`, or `healthy`. */
export function healthFlagsText(flags: number): string {
  let text = ''
  for (const [bit, name] of NAMES) if ((flags & bit) !== 0) text += `/${name}`
  return text === '' ? 'healthy' : text
}
