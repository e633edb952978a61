import type { RequestHeaders, StreamInfo } from '@nuncio/core'
import type { Host } from './contracts/host.ts'
import type { LoadBalancerContext } from './contracts/load-balancer.ts'

/** A context that knows nothing: for picks that belong to no request, and as a base to fill in. */
export class PlainContext implements LoadBalancerContext {
  hasHash = false
  hashHigh = 0
  hashLow = 0
  metadataMatch: Readonly<Record<string, unknown>> | undefined = undefined
  headers: RequestHeaders | undefined = undefined
  info: StreamInfo | undefined = undefined
  overrideHost = ''
  overrideStrict = false
  attempt = 0
  hostSelectionRetries = 0
  triedPriorities: readonly number[] | undefined = undefined

  rejects(_host: Host): boolean {
    return false
  }
}
