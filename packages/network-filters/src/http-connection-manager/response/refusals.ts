import { Flag } from '@nuncio/core'
import { type LocalReply, localReply } from '@nuncio/filter-chain'

/** The answer to what the overload manager sheds. */
export const OVERLOADED = localReply(503, 'overload', { body: 'envoy overloaded', flags: Flag.OM })
/** The same, saying that it was this proxy. */
export const OVERLOADED_TOLD = OVERLOADED.with(['x-envoy-local-overloaded', 'true'])

/** What load shed, is only to ask elsewhere, or lacks the word of who sent it, may come again over the same connection. */
export function mayComeAgain({ status, details }: LocalReply): boolean {
  return status === 503 || status === 307 || details === 'rejecting_because_detection_failed'
}
