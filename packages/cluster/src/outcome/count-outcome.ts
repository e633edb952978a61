import type { Outcome } from '../contracts/cluster.ts'
import type { Host } from '../contracts/host.ts'
import { grpcToHttp } from '../outlier-detection/classify.ts'

/** The status that an outcome comes down to; resets count as 503, timeouts as 504. */
function effectiveStatus(outcome: Outcome): number {
  if (outcome.status === 0) return outcome.reset === 'timeout' ? 504 : 503
  return outcome.grpcStatus > 0 ? grpcToHttp(outcome.grpcStatus) : outcome.status
}

/** Counts an outcome in the host's own statistics, as `/clusters` shows them; answers whether it speaks for the host. */
export function countOutcome(host: Host, outcome: Outcome): boolean {
  const { stats } = host
  const ok = effectiveStatus(outcome) < 500
  if (outcome.raw === true) return ok
  if (outcome.reset === 'timeout') stats.rqTimeout++
  if (ok) stats.rqSuccess++
  else stats.rqError++
  return ok
}
