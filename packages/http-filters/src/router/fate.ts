import type { Fate } from '@nuncio/core'
import type { RetryDecision } from './retry-state.ts'

/**
 * The one name for how a request ended at the router: by the last decision about a retry first, then by what failed, else
 * by the status that went to the client.
 */
export function fateOf(
  decision: RetryDecision,
  attempts: number,
  bodyGivenUp: boolean,
  failure: Fate | undefined,
  status: number,
): Fate {
  if (decision === 'limit') return 'retry_limit'
  if (decision === 'overflow') return 'budget_exhausted'
  if (decision === 'yes' && bodyGivenUp) return 'body_too_large_to_replay'
  if (failure !== undefined) return failure
  if (status >= 500) return 'not_retryable'
  return attempts > 1 ? 'success_after_retry' : 'success'
}
