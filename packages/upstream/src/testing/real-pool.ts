import {
  CircuitBreaker,
  type ClusterHost,
  createHost,
  decideCluster,
  type DecidedCluster,
  PoolStats,
  StreamPool,
} from '@nuncio/cluster'
import type { Message } from '@nuncio/config'
import { SeededRandom, StatsStore, TimerWheel } from '@nuncio/core'
import { FakeTime } from '@nuncio/core/testing'
import { http1Options, WriteBatch } from '@nuncio/http-codec'
import { HttpConnector } from '../pool/http-connector.ts'
import { http2Settings } from '../pool/http2-settings.ts'
import { RAW } from '../transport/definition.ts'
import type { UpstreamTransport } from '../transport/transport.ts'

type ClusterConfig = Message<'envoy.config.cluster.v3.Cluster'>

/** A pool over real sockets to one host, with a clock of its own. */
export class RealPool {
  readonly store = new StatsStore()
  readonly time = new FakeTime()
  readonly pool: StreamPool
  readonly host: ClusterHost
  readonly info: DecidedCluster
  readonly breaker: CircuitBreaker

  constructor(
    target: { readonly ip?: string; readonly port: number },
    config: ClusterConfig = {},
    kind: 'http1' | 'http2' | 'auto' = 'http1',
    transport: UpstreamTransport = RAW,
  ) {
    this.info = decideCluster({ name: 'c', ...config }, { stats: this.store, report: () => {} })
    this.host = createHost({ ip: target.ip ?? '127.0.0.1', port: target.port })
    this.breaker = new CircuitBreaker(this.info.breakerLimits[0])
    const stats = new PoolStats(this.info.stats)
    const { time } = this
    let id = 0
    const connector = new HttpConnector(
      {
        info: this.info,
        stats,
        dial: { time, binding: undefined, keepAlive: undefined, onBindError: () => {} },
        batch: new WriteBatch(time),
        random: new SeededRandom(1),
        http1: http1Options({ enableTrailers: true }),
        http2: http2Settings(this.info),
      },
      kind,
      transport,
    )
    const wheel = new TimerWheel(time, 1)
    const context = { info: this.info, stats, time, wheel, random: new SeededRandom(2), nextConnectionId: () => ++id }
    this.pool = new StreamPool(context, this.host, { breaker: this.breaker, connector })
  }

  stat(name: string): number {
    return (
      this.store.counters.get(`cluster.c.${name}`)?.value ??
      this.store.gauges.get(`cluster.c.${name}`)?.value ??
      Number.NaN
    )
  }
}
