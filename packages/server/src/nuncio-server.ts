import type { LoadResult, Problem } from '@nuncio/config'
import type { Logger, RandomGenerator, SocketAddress, StatsStore, TimerWheel, TimeSource } from '@nuncio/core'
import type { Listener } from '@nuncio/listener'
import type { HttpServices } from '@nuncio/network-filters'
import type { Bootstrap } from './load-configuration.ts'
import type { LayeredRuntime } from './runtime/layered-runtime.ts'

/** A running proxy. */
export interface Server extends AsyncDisposable {
  /** Where it listens, in the order of the file; a listener with several addresses has its first here. */
  readonly listeners: readonly ListeningAt[]
  /** The admin's address; undefined when the file has none. */
  readonly admin: SocketAddress | undefined
  readonly stats: StatsStore
  readonly problems: readonly Problem[]
  /** Settles when the server has stopped, whoever stopped it (`POST /quitquitquit` for one). */
  readonly stopped: Promise<void>
  /** No new connections, finish what is under way within `timeMs`, then stop. */
  drain(timeMs?: number): Promise<void>
  /** Stops at once. */
  close(): Promise<void>
  /** Opens access logs anew, after they were moved away. */
  reopenLogs(): void
}

export interface ListeningAt extends SocketAddress {
  readonly name: string
}

/** What the parts of one server share. No part of it is process-wide: servers do not meet. */
export interface ServerParts {
  readonly loaded: LoadResult<Bootstrap>
  readonly stats: StatsStore
  readonly time: TimeSource
  readonly wheel: TimerWheel
  readonly random: RandomGenerator
  readonly runtime: LayeredRuntime
  readonly logger: Logger
  readonly services: HttpServices
  readonly listeners: readonly Listener<HttpServices>[]
}
