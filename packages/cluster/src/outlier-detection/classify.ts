import type { Outcome } from '../contracts/cluster.ts'

/** HTTP status codes of gRPC statuses 0 to 16. */
const FROM_GRPC = [200, 499, 500, 400, 504, 404, 409, 403, 429, 400, 409, 400, 501, 500, 503, 500, 401] as const

/** The HTTP status that a gRPC status counts as; 500 for one that is not known. */
export function grpcToHttp(status: number): number {
  return FROM_GRPC[status] ?? 500
}

/** Whether a try never had a connection. */
export function failedToConnect(reset: Outcome['reset']): boolean {
  return reset === 'local connection failure' || reset === 'remote connection failure' || reset === 'connection timeout'
}

/** What a try counts as: its status (gRPC's in HTTP's terms), 504 for a timeout, 503 for any other failure to answer. */
export function httpStatusOf(outcome: Outcome): number {
  if (outcome.grpcStatus >= 0) return grpcToHttp(outcome.grpcStatus)
  if (outcome.status !== 0) return outcome.status
  if (outcome.reset === undefined) return 200
  return outcome.reset === 'timeout' ? 504 : 503
}
