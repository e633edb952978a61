import type { Logger } from '@nuncio/core'
import type { Server } from '@nuncio/server'

/**
 * Lets a proxy go on when a promise that nobody waits for rejects, as one that a filter from outside has dropped: each is
 * a line in the log and one of `server.unhandled_rejection`. The result ends that.
 */
export function surviveRejections(server: Server, logger: Logger): () => void {
  const count = server.stats.counter('server.unhandled_rejection')
  const told = (reason: unknown): void => {
    count.inc()
    const text = reason instanceof Error ? (reason.stack ?? reason.message) : String(reason)
    logger.log('error', `a promise that nobody waits for was rejected: ${text}`)
  }
  process.on('unhandledRejection', told)
  return () => void process.off('unhandledRejection', told)
}
