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
    this.#leave(connection)
    if (end === 'remote-close') stats.listenerFilterRemoteClose.inc()
    else if (end === 'error') stats.listenerFilterError.inc()
    connection.close('now', `listener_filter_${end.replace('-', '_')}`)
  }

  /** The time is up; `goOn`: the connection goes on as if they were done. */
  timeout(connection: DownstreamConnection, goOn: boolean): void {
    this.#user.stats.preCxTimeout.inc()
    connection.inspection?.abandon()
    if (goOn) return this.#pass(connection)
    this.#leave(connection)
    connection.close('now', 'listener_filters_timeout')
  }

  /** A connection is over, whoever ended it. */
  closed(connection: DownstreamConnection): void {
    if (connection.inspection === undefined) return
    connection.inspection.abandon()
    this.#leave(connection)
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
