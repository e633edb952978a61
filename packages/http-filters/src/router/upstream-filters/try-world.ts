import type { FilterContext } from '@nuncio/filter-chain'
import type { TryWorld } from './try-chain.ts'

/** Failures of one kind are logged once in this time, ms. */
const QUIET_MS = 1000

export function createTryWorld({ time, platform, stats, logger }: FilterContext): TryWorld {
  const failures = stats.counter('filter_exception')
  let loggedMs = Number.NEGATIVE_INFINITY
  return {
    nowMs: () => time.monotonicMs(),
    abortController: () => platform.abortController(),
    filterError(name, error) {
      failures.inc()
      const now = time.monotonicMs()
      if (now - loggedMs < QUIET_MS) return
      loggedMs = now
      const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
      logger.log('error', `the upstream HTTP filter ${name} failed: ${text}`)
    },
  }
}
