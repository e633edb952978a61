import type { Logger, StatsStore, TimeSource } from '@nuncio/core'
import { silentLogger } from '@nuncio/core'
import { NodeTime } from '../platform/node-time.ts'
import { ReloadStats } from '../reload/reload-stats.ts'
import type { ReloadOutcome } from '../reload/contracts.ts'
import { FileWatch } from './file-watch.ts'

/** What a watch needs of a server. */
interface Rereading {
  readonly stats: StatsStore
  readonly stopped: Promise<void>
  reread(): Promise<ReloadOutcome>
}

/** How a watch waits and what it tells; by default the process's time, and no log. */
export interface WatchOptions {
  readonly time?: TimeSource
  readonly logger?: Logger
}

/**
 * Has a server read its configuration again whenever a file changes, until the result is called or the server stops. A file
 * that is broken, half-written or gone changes nothing, and is watched on.
 */
export function watchConfiguration(server: Rereading, file: string, options: WatchOptions = {}): () => void {
  const { time = new NodeTime(), logger = silentLogger } = options
  const stats = new ReloadStats(server.stats)
  const watch = new FileWatch({
    file,
    time,
    onChange: (merged) => {
      stats.coalesced.add(merged)
      server.reread().catch((error: unknown) => logger.log('error', `the reload failed: ${String(error)}`))
    },
    onMissing: () => {
      stats.fileError.inc()
      logger.log('warning', `${file} is gone: the configuration in use stays, and the file is watched on`)
    },
  })
  void server.stopped.then(() => watch.close())
  return () => watch.close()
}
