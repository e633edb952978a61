import type { ListenerStats } from '../listener-stats.ts'
import type { DownstreamConnection } from './connection.ts'
import { type ActiveListenerFilter, Inspection, type InspectionEnd } from './inspection.ts'

/** What a listener is told of the connections that its listener filters look at. */
export interface InspectionsUser {
  readonly stats: ListenerStats
  armDeadline(connection: DownstreamConnection, delayMs: number): void
  cancelDeadline(connection: DownstreamConnection): void
  /** Its listener filters are done with a connection, whose `initialData` is what they left of what was read. */
  onInspected(connection: DownstreamConnection): void
  /** One less is looked at. */
  onInspectionLeft(): void
}

/** How a connection is closed that nobody serves: a peer whose bytes nobody took is told by a reset. */
export function closeOf(untaken: boolean): 'now' | 'reset' {
  return untaken ? 'reset' : 'now'
}

/** The new connections of a listener, while its listener filters look at them. */
export class Inspections {
  readonly connections = new Set<DownstreamConnection>()
  readonly #user: InspectionsUser

  constructor(user: InspectionsUser) {
    this.#user = user
  }

  /** Begins; where there are no filters it is over at once. `timeoutMs`: for how long at most, 0 = for ever. */
  begin(connection: DownstreamConnection, filters: readonly ActiveListenerFilter[], timeoutMs: number): void {
    const user = this.#user
    if (filters.length === 0) return user.onInspected(connection)
    this.connections.add(connection)
    user.stats.preCxActive.inc()
    if (timeoutMs > 0) user.armDeadline(connection, timeoutMs)
    const inspection = new Inspection(connection, filters, this.#onEnd)
    connection.inspection = inspection
    inspection.advance()
  }

  readonly #onEnd = (connection: DownstreamConnection, end: InspectionEnd): void => {
    if (end === 'done') return this.#pass(connection)
    const { stats } = this.#user
    if (end === 'remote-close') stats.listenerFilterRemoteClose.inc()
    else if (end === 'error') stats.listenerFilterError.inc()
    this.#refuse(connection, `listener_filter_${end.replace('-', '_')}`)
  }

  /** The time is up; `goOn`: the connection goes on as if they were done. */
  timeout(connection: DownstreamConnection, goOn: boolean): void {
    this.#user.stats.preCxTimeout.inc()
    connection.inspection?.abandon()
    if (goOn) return this.#pass(connection)
    this.#refuse(connection, 'listener_filters_timeout')
  }

  /** A connection is over, whoever ended it. */
  closed(connection: DownstreamConnection): void {
    if (connection.inspection === undefined) return
    connection.inspection.abandon()
    this.#leave(connection)
  }

  #refuse(connection: DownstreamConnection, details: string): void {
    const untaken = connection.inspection?.rest !== undefined
    this.#leave(connection)
    connection.close(closeOf(untaken), details)
  }

  #pass(connection: DownstreamConnection): void {
    const rest = connection.inspection?.rest
    this.#leave(connection)
    connection.initialData = rest
    this.#user.onInspected(connection)
  }

  #leave(connection: DownstreamConnection): void {
    if (!this.connections.delete(connection)) return
    this.#user.stats.preCxActive.dec()
    connection.inspection = undefined
    this.#user.cancelDeadline(connection)
    this.#user.onInspectionLeft()
  }
}
