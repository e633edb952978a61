import { type Host, type Outcome } from '@nuncio/cluster'

/** HTTP statuses that gRPC statuses stand for (outlier detection and statistics go by them), by number. */
const GRPC_AS_HTTP = [200, 499, 500, 400, 504, 404, 409, 403, 429, 400, 409, 400, 501, 500, 503, 500, 401]

/** The status that an outcome comes down to; resets count as 503, timeouts as 504. */
export function effectiveStatus(outcome: Outcome): number {
  if (outcome.status === 0) return outcome.reset === 'timeout' ? 504 : 503
  return outcome.grpcStatus > 0 ? (GRPC_AS_HTTP[outcome.grpcStatus] ?? 500) : outcome.status
}

/** Counts an outcome in the host's own statistics, as `/clusters` shows them. */
export function countOutcome(host: Host, outcome: Outcome): boolean {
  const { stats } = host
  if (outcome.reset === 'timeout') stats.rqTimeout++
  const ok = effectiveStatus(outcome) < 500
  if (ok) stats.rqSuccess++
  else stats.rqError++
  return ok
}
