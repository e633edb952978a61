import type { Problem } from '@nuncio/config'
import type { SocketAddress, StatsStore } from '@nuncio/core'

/** A running proxy. Servers share nothing: any number may run in one process. */
export interface Server extends AsyncDisposable {
  /** Where it listens, in the order of the file; a listener with several addresses has its first here. */
  readonly listeners: readonly ListeningAt[]
  /** The admin's address; undefined when the file has none. */
  readonly admin: SocketAddress | undefined
  readonly stats: StatsStore
  /** Everything that is to be said about the configuration. */
  readonly problems: readonly Problem[]
  /** Settles when the server has stopped, whoever stopped it (`POST /quitquitquit` for one). */
  readonly stopped: Promise<void>
  /** No new connections, finish what is under way within `timeMs`, then stop. */
  drain(timeMs?: number): Promise<void>
  /** Stops at once; twice does nothing more. */
  close(): Promise<void>
  /** Opens access logs anew, after they were moved away. */
  reopenLogs(): void
}

export interface ListeningAt extends SocketAddress {
  readonly name: string
}
