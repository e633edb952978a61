import type { Problem } from '@nuncio/config'
import type { SocketAddress, StatsStore } from '@nuncio/core'
import type { PreparedReload, ReloadOptions, ReloadOutcome } from './reload/contracts.ts'

/** A running proxy. Servers share nothing: any number may run in one process. */
export interface Server extends AsyncDisposable {
  /** Where it listens, in the order of the file: an entry for each address, and one with port 0 for a listener that has none. */
  readonly listeners: readonly ListeningAt[]
  /** The admin's address; undefined when the file has none. */
  readonly admin: SocketAddress | undefined
  readonly stats: StatsStore
  /** Everything that is to be said about the configuration in use. */
  readonly problems: readonly Problem[]
  /** Of the configuration in use: 1 is the one that the server began with, each one that is applied has the next number. */
  readonly generation: number
  /** What the latest reload came to; undefined before the first. */
  readonly lastReload: ReloadOutcome | undefined
  /** Settles when the server has stopped, whoever stopped it (`POST /quitquitquit` for one). */
  readonly stopped: Promise<void>
  /**
   * Goes over to another configuration. Everything is checked and made first: what is new warms and binds beside what runs.
   * Then it is applied at once and whole, or nothing changes and the outcome has all problems. Listeners, filter chains,
   * route tables and clusters that are written the same keep sockets, connections, pools, health and ejections; streams end
   * under the configuration that they began with. One after the other when several are asked for.
   */
  reload(source: string | Uint8Array, options?: ReloadOptions): Promise<ReloadOutcome>
  /** Reads the configuration again from where it came from (`ServerOptions.read`), and goes over to it. */
  reread(): Promise<ReloadOutcome>
  /** The first half of a reload, for those who have to agree before it is applied. */
  prepareReload(source: string | Uint8Array, options?: ReloadOptions): Promise<PreparedReload>
  /** No new connections, finish what is under way within `timeMs`, then stop. */
  drain(timeMs?: number): Promise<void>
  /** Stops at once; twice does nothing more. */
  close(): Promise<void>
  /** Opens access logs anew, after they were moved away. */
  reopenLogs(): void
}

/** Where a listener listens, with the port that the kernel chose, and its name in the configuration. */
export interface ListeningAt extends SocketAddress {
  readonly name: string
}
