import type { UpstreamCallbacks } from '@nuncio/cluster'
import type { LocalReply } from '@nuncio/filter-chain'

/** Who makes a try that filters run on. */
export interface TryOwner extends UpstreamCallbacks {
  /** So much of the request's body has gone to the host. */
  onForwarded(bytes: number, endStream: boolean): void
  /** A filter answers the request: there is no other try. */
  onFilterReply(reply: LocalReply): void
}
