import { type AccessLog, type AccessLogType, type FormatContext, formatContext } from '@nuncio/access-log'
import { type RandomGenerator, StreamInfo, type TimeSource } from '@nuncio/core'
import type { NetworkConnection, NetworkFilterContext, TerminalNetworkFilter } from '@nuncio/listener'
import type { HttpServices } from '../http-services/http-services.ts'
import type { TcpProxyInfo, TcpRoute } from './tcp-proxy-info.ts'
import { pickRoute } from './tcp-proxy-info.ts'
import type { TunnelInfo } from './tunnel/tunnel-info.ts'
import { type compileTlvs, setTlvs } from './tlvs.ts'
import { TcpSession } from './tcp-session.ts'
import type { TcpStats } from './tcp-stats.ts'

/** Filter state that names the cluster of one connection, as `sni_cluster` sets it. */
export const CLUSTER_STATE = 'envoy.tcp_proxy.cluster'
/** Filter state `true` sends the bytes of one connection on as they are, although a tunnel is configured. */
const NO_TUNNEL_STATE = 'envoy.tcp_proxy.disable_tunneling'
const IDLE_STATE = 'envoy.tcp_proxy.per_connection_idle_timeout_ms'

/** The TCP proxy of one filter chain: a session for each connection. */
export class TcpProxy implements TerminalNetworkFilter {
  readonly info: TcpProxyInfo
  readonly stats: TcpStats
  readonly services: HttpServices
  readonly time: TimeSource
  readonly random: RandomGenerator
  readonly #accessLogs: readonly AccessLog[]
  readonly #tlvs: ReturnType<typeof compileTlvs>
  #context: FormatContext | undefined = undefined

  constructor(
    info: TcpProxyInfo,
    stats: TcpStats,
    accessLogs: readonly AccessLog[],
    tlvs: ReturnType<typeof compileTlvs>,
    context: Pick<NetworkFilterContext<HttpServices>, 'services' | 'time' | 'random'>,
  ) {
    this.info = info
    this.stats = stats
    this.services = context.services
    this.time = context.time
    this.random = context.random
    this.#accessLogs = accessLogs
    this.#tlvs = tlvs
  }

  accept(connection: NetworkConnection): void {
    connection.socket.pause()
    const session = new TcpSession(this, connection)
    setTlvs(connection, this.#tlvs, this.formatContext(session.info))
    session.start()
  }

  onRefused(connection: NetworkConnection): void {
    const { info } = connection
    const { startMs } = info
    const stream = new StreamInfo(info, startMs, this.time.wallMs() - (this.time.monotonicMs() - startMs))
    stream.endMs = this.time.monotonicMs()
    this.log(connection.describe(stream), 'TcpConnectionEnd')
  }

  /** Where a connection goes; a choice by weight is made anew for each attempt. */
  route({ info }: NetworkConnection): TcpRoute {
    const named = info.filterState?.get(CLUSTER_STATE)
    if (named === undefined) return pickRoute(this.info, this.random)
    return { cluster: named.serialize(), metadataMatch: this.info.metadataMatch }
  }

  /** Milliseconds; Infinity = never. */
  idleTimeout({ info }: NetworkConnection): number {
    const own = info.filterState?.get(IDLE_STATE)?.serialize()
    if (own === undefined || !/^\d+$/.test(own)) return this.info.idleTimeoutMs
    return Number(own) === 0 ? Number.POSITIVE_INFINITY : Number(own)
  }

  /** Monotonic milliseconds at which a connection that begins now has lasted long enough; Infinity = never. */
  endOfDuration(nowMs: number): number {
    const { maxDurationMs, maxDurationJitterMs } = this.info
    const more = maxDurationJitterMs === 0 ? 0 : this.random.uint32() % maxDurationJitterMs
    return nowMs + maxDurationMs + more
  }

  /** The tunnel that the bytes of a connection go through; undefined = none. */
  tunnel({ info }: NetworkConnection): TunnelInfo | undefined {
    const disabled = info.filterState?.get(NO_TUNNEL_STATE)?.serialize() === 'true'
    return disabled ? undefined : this.info.tunnel
  }

  /** Milliseconds before another attempt: by chance below a limit that doubles with each. */
  backOffMs(attempts: number): number {
    const { baseMs, maxMs } = this.info.backOff!
    const limit = Math.min(baseMs * 2 ** Math.max(0, attempts - 1), maxMs)
    return this.random.uint32() % Math.max(1, Math.floor(limit))
  }

  /** What format strings print for a connection; good until the next call. */
  formatContext(info: StreamInfo): FormatContext {
    const context = (this.#context ??= formatContext(info))
    context.info = info
    return context
  }

  /** Writes a line of each access log. */
  log(info: StreamInfo, type: AccessLogType): void {
    if (this.#accessLogs.length === 0) return
    const context = this.formatContext(info)
    context.logType = type
    for (const log of this.#accessLogs) log.log(context)
  }
}
