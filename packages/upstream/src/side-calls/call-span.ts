import { type Cluster, type Host, type SideCallFailure, tagTarget } from '@nuncio/cluster'
import type { Span } from '@nuncio/core'

/** Says on a call's span where it went and how it was answered. `grpcStatus`: -1 when the call was not gRPC. */
export function tagCall(span: Span, cluster: Cluster, host: Host, status: number, grpcStatus: number): void {
  tagTarget(span, cluster.info, host)
  if (grpcStatus >= 0) {
    span.setAttribute('grpc.status_code', String(grpcStatus))
    if (grpcStatus !== 0) span.setAttribute('error', 'true')
    return
  }
  span.setAttribute('http.status_code', String(status))
  if (status >= 500) span.setAttribute('error', 'true')
}

/** As `tagCall`, for one that has no answer. */
export function tagFailedCall(span: Span, cluster: Cluster, host: Host, grpc: boolean, failure: SideCallFailure): void {
  tagTarget(span, cluster.info, host)
  if (!grpc) span.setAttribute('http.status_code', '0')
  span.setAttribute('error', 'true')
  span.setAttribute('error.reason', failure)
}
