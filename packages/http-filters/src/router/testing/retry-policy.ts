import { RetryOn, type RetryPolicy } from '@nuncio/router'

/** A retry policy as a route has it: retries a 5xx once, with Envoy's back-off; `given` changes that. */
export function retryPolicy(given: Partial<RetryPolicy> = {}): RetryPolicy {
  return {
    on: RetryOn['5xx'], numRetries: 1, perTryTimeoutMs: 0, perTryIdleTimeoutMs: 0, retriableStatusCodes: [],
    retriableHeaders: [], retriableRequestHeaders: [], baseIntervalMs: 25, maxIntervalMs: 250, rateLimited: undefined,
    hostPredicates: [], priorityPredicate: undefined, hostSelectionAttempts: 1, ...given,
  } // prettier-ignore
}
