import { type AccessLogType, type FormatContext, formatContext } from '@nuncio/access-log'
import type { RandomGenerator, StreamInfo, TimeSource } from '@nuncio/core'
import type { NetworkConnection, NetworkFilterContext, TerminalNetworkFilter } from '@nuncio/listener'
import type { AccessLog, HttpServices } from '../http-services/http-services.ts'
import type { TcpProxyInfo, TcpRoute } from './tcp-proxy-info.ts'
import { pickRoute } from './tcp-proxy-info.ts'
import { TcpSession } from './tcp-session.ts'
import type { TcpStats } from './tcp-stats.ts'

/** Filter state that names the cluster of one connection, as `sni_cluster` sets it. */
export const CLUSTER_STATE = 'envoy.tcp_proxy.cluster'
const IDLE_STATE = 'envoy.tcp_proxy.per_connection_idle_timeout_ms'

/** The TCP proxy of one filter chain: a session for each connection. */
export class TcpProxy implements TerminalNetworkFilter {
  readonly info: TcpProxyInfo
  readonly stats: TcpStats
  readonly services: HttpServices
  readonly time: TimeSource
  readonly random: RandomGenerator
  readonly #accessLogs: readonly AccessLog[]
  #context: FormatContext | undefined = undefined

  constructor(
    info: TcpProxyInfo,
    stats: TcpStats,
    accessLogs: readonly AccessLog[],
    context: Pick<NetworkFilterContext<HttpServices>, 'services' | 'time' | 'random'>,
  ) {
    this.info = info
    this.stats = stats
    this.services = context.services
    this.time = context.time
    this.random = context.random
    this.#accessLogs = accessLogs
  }

  accept(connection: NetworkConnection): void {
    connection.socket.pause()
    new TcpSession(this, connection).start()
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

  /** Writes a line of each access log. */
  log(info: StreamInfo, type: AccessLogType): void {
    if (this.#accessLogs.length === 0) return
    const context = (this.#context ??= formatContext(info))
    context.info = info
    context.logType = type
    for (const log of this.#accessLogs) log.log(context)
  }
}
