import type { Message } from '@nuncio/config'
import type { Counter, Gauge, TimeSource } from '@nuncio/core'
import type {
  ConnectionObserver,
  NetworkConnection,
  NetworkFilter,
  NetworkFilterContext,
  NetworkFilterVerdict,
} from '@nuncio/listener'
import { closeAfter } from '../delayed-close/delayed-close.ts'
import { runtimeFlag } from '@nuncio/matching'

export type ConnectionLimitConfig = Message<'envoy.extensions.filters.network.connection_limit.v3.ConnectionLimit'>

/** Lets only so many connections be open at once in a filter chain; it observes each that it counts. */
export class ConnectionLimit implements NetworkFilter, ConnectionObserver {
  readonly #isEnabled: () => boolean
  readonly #max: number
  readonly #delayMs: number
  readonly #time: TimeSource
  readonly #active: Gauge
  readonly #limited: Counter
  /** Its own count: the gauge may be shared by chains of the same prefix. */
  #open = 0

  constructor(config: ConnectionLimitConfig, context: Pick<NetworkFilterContext, 'stats' | 'time' | 'runtime'>) {
    const scope = context.stats.scope(`connection_limit.${config.stat_prefix ?? ''}.`)
    this.#isEnabled = runtimeFlag(config.runtime_enabled, context.runtime)
    this.#max = config.max_connections ?? 0
    this.#delayMs = config.delay ?? 0
    this.#time = context.time
    this.#active = scope.gauge('active_connections')
    this.#limited = scope.counter('limited_connections')
  }

  onNewConnection(connection: NetworkConnection): void | NetworkFilterVerdict | Promise<NetworkFilterVerdict> {
    if (!this.#isEnabled()) return
    this.#open++
    this.#active.inc()
    connection.observe(this)
    if (this.#open <= this.#max) return
    this.#limited.inc()
    return closeAfter(connection, this.#delayMs, this.#time)
  }

  onConnectionClose(): void {
    this.#open--
    this.#active.dec()
  }
}
