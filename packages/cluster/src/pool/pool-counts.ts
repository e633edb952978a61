import type { CircuitBreaker } from '../circuit-breaker/circuit-breaker.ts'
import type { Host } from '../contracts/host.ts'
import type { PoolConnection } from './pool-connection.ts'
import type { PoolStats } from './pool-stats.ts'

/** What a pool counts of its streams and connections: for its host, for the circuit breaker and in the cluster's statistics. */
export class PoolCounts {
  /** Open streams. */
  streams = 0
  readonly #host: Host
  readonly #stats: PoolStats
  readonly #breaker: CircuitBreaker

  constructor(host: Host, stats: PoolStats, breaker: CircuitBreaker) {
    this.#host = host
    this.#stats = stats
    this.#breaker = breaker
  }

  // ── requests ──

  pendingBegins(): void {
    const { cluster } = this.#stats
    cluster.rqPendingTotal.inc()
    cluster.rqPendingActive.inc()
    this.#breaker.pending++
    this.#host.stats.rqPending++
  }

  pendingEnds(): void {
    this.#stats.cluster.rqPendingActive.dec()
    this.#breaker.pending--
    this.#host.stats.rqPending--
  }

  streamBegins(): void {
    const { cluster } = this.#stats
    const { stats } = this.#host
    this.streams++
    this.#breaker.requests++
    stats.rqTotal++
    stats.rqActive++
    cluster.rqTotal.inc()
    cluster.rqActive.inc()
  }

  streamsEnd(streams: number): void {
    this.streams -= streams
    this.#breaker.requests -= streams
    this.#host.stats.rqActive -= streams
    this.#stats.cluster.rqActive.value -= streams
  }

  // ── connections ──

  connectionBegins(): void {
    const { cluster } = this.#stats
    const { stats } = this.#host
    this.#breaker.connections++
    stats.cxTotal++
    stats.cxActive++
    cluster.cxTotal.inc()
    cluster.cxActive.inc()
  }

  speaks(protocol: 'HTTP/1.1' | 'HTTP/2'): void {
    const { cluster } = this.#stats
    ;(protocol === 'HTTP/1.1' ? cluster.cxHttp1Total : cluster.cxHttp2Total).inc()
  }

  connectFails(): void {
    this.#stats.cluster.cxConnectFail.inc()
    this.#host.stats.cxConnectFail++
  }

  /** A connection that was connected is over, with the streams that it has. `reset`: these are counted already. */
  connectionBreaks(connection: PoolConnection, by: 'local' | 'remote', reset: boolean): void {
    const { cluster } = this.#stats
    this.bytes(connection)
    connection.wire.show(cluster.wire, 0, 0)
    this.#stats.rqPerCx.record(connection.streamsBefore + 1)
    if (connection.streams === 0) return
    this.streamsEnd(connection.streams)
    if (reset) return
    cluster.cxDestroyWithActiveRq.inc()
    ;(by === 'local' ? cluster.cxDestroyLocalWithActiveRq : cluster.cxDestroyRemoteWithActiveRq).inc()
  }

  /** A connection, or the attempt to make one, is over at this moment (monotonic ms). */
  connectionEnds(connection: PoolConnection, by: 'local' | 'remote', nowMs: number): void {
    const { cluster } = this.#stats
    this.#breaker.connections--
    this.#host.stats.cxActive--
    cluster.cxActive.dec()
    cluster.cxDestroy.inc()
    ;(by === 'local' ? cluster.cxDestroyLocal : cluster.cxDestroyRemote).inc()
    cluster.cxLengthMs.record(Math.round(nowMs - connection.startedMs))
  }

  /** Counts the bytes of a connection since it was asked last. */
  bytes(connection: PoolConnection): void {
    const stream = connection.connection
    if (stream === undefined) return
    connection.wire.count(this.#stats.cluster.wire, stream.wireReceived, stream.wireSent)
  }

  /** The same, and shows what waits in its buffers at this moment. */
  wire(connection: PoolConnection): void {
    this.bytes(connection)
    const stream = connection.connection
    if (stream !== undefined) connection.wire.show(this.#stats.cluster.wire, stream.unread, stream.unwritten)
  }
}
