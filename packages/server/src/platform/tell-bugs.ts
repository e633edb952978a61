import type { Logger, StatsScope } from '@nuncio/core'

/** Logs and counts exceptions that came out of what a connection or a deadline did: the process goes on without those. */
export function tellBugs(logger: Logger, stats: StatsScope): (error: unknown) => void {
  const bugs = stats.counter('envoy_bug_failures')
  return (error) => {
    bugs.inc()
    const what = error instanceof Error ? (error.stack ?? error.message) : String(error)
    logger.log('critical', `a bug in nuncio ended a connection or a deadline; please report it: ${what}`)
  }
}
