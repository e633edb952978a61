import type { NetworkConnection, TerminalNetworkFilter } from '@nuncio/listener'
import type { HttpConnectionManager } from './http-connection-manager.ts'

/** Where a filter chain has its connection manager: the one that is current may be replaced under the connections. */
export class ManagerSite implements TerminalNetworkFilter {
  #current: HttpConnectionManager | undefined = undefined

  /** Set as soon as the site is made. */
  get current(): HttpConnectionManager {
    return this.#current!
  }

  /** Streams that begin from now on are the new manager's. */
  replace(next: HttpConnectionManager): void {
    const before = this.#current
    this.#current = next
    before?.retire()
  }

  accept(connection: NetworkConnection): void {
    this.#current!.accept(connection)
  }

  /** The filter chain is gone, with its last connection. */
  dispose(): void {
    this.#current!.retire()
  }
}
