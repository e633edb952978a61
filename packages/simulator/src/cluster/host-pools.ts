import { type CircuitBreaker, type Host, PoolStats, type RoutingPriority, StreamPool } from '@nuncio/cluster'
import { SimulatedConnector } from '../connection/simulated-connector.ts'
import type { SimulatedHost } from '../host/simulated-host.ts'
import type { World } from './world.ts'

/** Streams on an HTTP/2 connection when the configuration does not say. */
const HTTP2_STREAMS = 1024

/** The connection pools of a simulated cluster: one for each host and routing priority. */
export class HostPools {
  readonly #world: World
  readonly #stats: PoolStats
  readonly #breakers: readonly [CircuitBreaker, CircuitBreaker]
  readonly #connector: SimulatedConnector
  readonly #pools = new Map<Host, (StreamPool | undefined)[]>()
  #connections = 0

  constructor(
    world: World,
    breakers: readonly [CircuitBreaker, CircuitBreaker],
    hostOf: (host: Host) => SimulatedHost,
  ) {
    const { info } = world
    this.#world = world
    this.#breakers = breakers
    this.#stats = new PoolStats(info.stats)
    const streams = info.upstreamProtocol === 'http2' ? (info.http2.max_concurrent_streams ?? HTTP2_STREAMS) : 1
    this.#connector = new SimulatedConnector(world.network, streams, hostOf)
  }

  of(host: Host, priority: RoutingPriority): StreamPool {
    let pools = this.#pools.get(host)
    if (pools === undefined) this.#pools.set(host, (pools = []))
    return (pools[priority] ??= this.#create(host, priority))
  }

  /** Connections take no new requests; `close` ends them at once. */
  drain(host: Host, close: boolean): void {
    for (const pool of this.#pools.get(host) ?? []) {
      if (close) pool?.closeConnections()
      else pool?.drainConnections()
    }
  }

  drainAll(): void {
    for (const host of this.#pools.keys()) this.drain(host, false)
  }

  /** The host is no member any more: what runs may end, nothing is kept. */
  leave(host: Host): void {
    for (const pool of this.#pools.get(host) ?? []) pool?.retire()
    this.#pools.delete(host)
  }

  #create(host: Host, priority: RoutingPriority): StreamPool {
    const { info, time, wheel, lifetimes: random } = this.#world
    const nextConnectionId = (): number => ++this.#connections
    const context = { info, stats: this.#stats, time, wheel, random, nextConnectionId }
    return new StreamPool(context, host, { breaker: this.#breakers[priority], connector: this.#connector })
  }
}
