import type { PoolConnection } from './pool-connection.ts'

/** The connections of a pool that have room for a stream: handed out last in, first out. */
export class ReadyConnections {
  /** Room for streams, on these and on connections that are being made. */
  capacity = 0
  /** The one that came last. */
  top: PoolConnection | undefined = undefined
  /** Counts the capacity of all pools together. */
  readonly #total: { capacity: number }

  constructor(total: { capacity: number }) {
    this.#total = total
  }

  /** So many more streams fit. */
  makeRoom(streams: number): void {
    this.capacity += streams
    this.#total.capacity += streams
  }

  enter(connection: PoolConnection): void {
    connection.state = 'ready'
    this.makeRoom(connection.room)
    connection.above = undefined
    connection.below = this.top
    if (this.top !== undefined) this.top.above = connection
    this.top = connection
  }

  leave(connection: PoolConnection, state: 'busy' | 'draining' | 'closed'): void {
    connection.state = state
    this.makeRoom(-Math.max(0, connection.room))
    const { above, below } = connection
    if (above === undefined) this.top = below
    else above.below = below
    if (below !== undefined) below.above = above
    connection.above = connection.below = undefined
  }
}
