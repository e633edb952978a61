import { type AccessLog, type FormatContext, formatContext } from '@nuncio/access-log'
import {
  connectionInfo,
  type OverloadState,
  type RandomGenerator,
  requestHeaders,
  StreamInfo,
  type TimerWheel,
  type TimeSource,
} from '@nuncio/core'
import type { HttpFilterChain } from '@nuncio/filter-chain'
import type { Http1Options, Http2Options, Http2Stats } from '@nuncio/http-codec'
import type { NetworkConnection, NetworkFilterContext } from '@nuncio/listener'
import type { RequestAdmission } from '@nuncio/router'
import type { HttpServices, RouteSource } from '../http-services/http-services.ts'
import type { HcmInfo } from './hcm-info.ts'
import type { HcmStats } from './hcm-stats.ts'
import type { Http2Keepalive } from './http2-options.ts'
import { HttpConnection } from './http-connection.ts'
import { Http2Connection } from './http2-connection.ts'
import { overloadOf } from './overload-of.ts'
import { looksLikeHttp2, ProtocolChoice } from './protocol-choice.ts'
import type { RequestIdRules } from '@nuncio/tracing'
import type { LiveTracing } from './live-tracing.ts'
import type { LiveFilterChain } from './live-filter-chain.ts'
import type { ManagerSite } from './manager-site.ts'
import type { LocalReplies } from './local-reply/local-reply-config.ts'
import type { ProxyStatus } from './response/proxy-status.ts'

/** What one connection manager is made of; see `index.ts` for how it is decided. */
export interface ManagerParts {
  readonly info: HcmInfo
  readonly stats: HcmStats
  readonly filters: LiveFilterChain
  readonly routes: RouteSource
  readonly accessLogs: readonly AccessLog[]
  readonly localReplies: LocalReplies | undefined
  readonly requestIds: RequestIdRules
  readonly tracing: LiveTracing | undefined
  readonly admission: RequestAdmission
  readonly proxyStatus: ProxyStatus | undefined
  readonly logsLocalReplyBody: boolean
  readonly http1Options: Http1Options
  readonly http2Options: Http2Options
  readonly http2Keepalive: Http2Keepalive | undefined
  readonly http2Stats: Http2Stats
}

/**
 * One configuration of the HTTP connection manager of a filter chain: makes a connection of each socket and a stream of
 * each request. A stream keeps the manager it began with; another one may take the place of this one under the connections.
 */
export class HttpConnectionManager {
  readonly info: HcmInfo
  readonly stats: HcmStats
  readonly chain: HttpFilterChain
  readonly routes: RouteSource
  readonly accessLogs: readonly AccessLog[]
  readonly localReplies: LocalReplies | undefined
  readonly requestIds: RequestIdRules
  /** Undefined: nothing is traced. */
  readonly tracing: LiveTracing | undefined
  readonly admission: RequestAdmission
  readonly proxyStatus: ProxyStatus | undefined
  readonly logsLocalReplyBody: boolean
  readonly http1Options: Http1Options
  readonly http2Options: Http2Options
  readonly http2Keepalive: Http2Keepalive | undefined
  readonly http2Stats: Http2Stats
  readonly services: HttpServices
  readonly overload: OverloadState
  readonly time: TimeSource
  readonly random: RandomGenerator
  /** Scratch: filled and read while one line is written. */
  readonly formatContext: FormatContext
  /** What its connections begin their next stream with. */
  readonly site: ManagerSite
  readonly filters: LiveFilterChain
  readonly #context: NetworkFilterContext<HttpServices>
  #streams = 0
  #retired = false
  #loggedErrorAtMs = Number.NEGATIVE_INFINITY

  constructor(parts: ManagerParts, context: NetworkFilterContext<HttpServices>, site: ManagerSite) {
    this.site = site
    this.info = parts.info
    this.stats = parts.stats
    this.filters = parts.filters
    this.chain = parts.filters.chain
    this.routes = parts.routes
    this.accessLogs = parts.accessLogs
    this.localReplies = parts.localReplies
    this.requestIds = parts.requestIds
    this.tracing = parts.tracing
    this.admission = parts.admission
    this.proxyStatus = parts.proxyStatus
    this.logsLocalReplyBody = parts.logsLocalReplyBody
    this.http1Options = parts.http1Options
    this.http2Options = parts.http2Options
    this.http2Keepalive = parts.http2Keepalive
    this.http2Stats = parts.http2Stats
    this.services = context.services
    this.overload = overloadOf(context)
    this.time = context.time
    this.random = context.random
    this.#context = context
    this.formatContext = formatContext(new StreamInfo(connectionInfo(), 0, 0), requestHeaders([]))
  }

  get wheel(): TimerWheel {
    return this.services.wheel
  }

  /** By what part a new connection may live longer than `max_connection_duration`. */
  drawLifeJitter(): number {
    return this.#draw(this.info.maxConnectionDurationJitter)
  }

  /** How long a drain that begins now lasts; ms. */
  drawDrainTimeout(): number {
    const { drainTimeoutMs, drainTimeoutJitter } = this.info
    return drainTimeoutMs * (1 + this.#draw(drainTimeoutJitter))
  }

  #draw(most: number): number {
    return most === 0 ? 0 : (most * this.random.uint32()) / 2 ** 32
  }

  streamBegins(): void {
    this.#streams++
  }

  streamEnds(): void {
    if (--this.#streams === 0 && this.#retired) this.#dispose()
  }

  /** No stream begins with it any more; the last one that did gives back what it holds. */
  retire(): void {
    this.#retired = true
    if (this.#streams === 0) this.#dispose()
  }

  #dispose(): void {
    this.filters.release()
    this.routes.close?.()
    this.tracing?.release()
    for (const log of this.accessLogs) void log.close?.()
  }

  accept(connection: NetworkConnection): void {
    if (this.overload.creatingCodec.sheds()) {
      this.stats.rqOverloadClose.inc()
      return connection.close('now', 'overload')
    }
    const first = connection.takeInitialData()
    const { codec } = this.info
    const { tls } = connection.info
    this.stats.connected(tls !== undefined)
    if (codec === 'HTTP2' || (codec === 'AUTO' && tls?.alpn === 'h2')) return this.begin(connection, true, first)
    // A client that has chosen something else by ALPN speaks HTTP/1; one that has not chosen tells by its first bytes.
    if (codec === 'HTTP1' || (tls !== undefined && tls.alpn !== '')) return this.begin(connection, false, first)
    const http2 = first === undefined ? undefined : looksLikeHttp2(first)
    if (http2 !== undefined) this.begin(connection, http2, first)
    else new ProtocolChoice(this, connection, first ?? NO_BYTES).start()
  }

  /** The protocol is known. */
  begin(connection: NetworkConnection, http2: boolean, first: Buffer | undefined): void {
    if (http2) new Http2Connection(this, connection).start(first)
    else new HttpConnection(this, connection).start(first)
  }

  /** A client sent what is not HTTP; logs of requests have a broader word for it. */
  notUnderstood(details: string): void {
    this.#context.logger.log('debug', `a request cannot be understood: ${details}`)
  }

  /** A filter threw: counted always, logged at most once a second for each manager. */
  filterError(name: string, error: unknown): void {
    this.#context.stats.counter(`http.${this.info.statPrefix}.filter_exception`).inc()
    const now = this.time.monotonicMs()
    if (now - this.#loggedErrorAtMs < 1000) return
    this.#loggedErrorAtMs = now
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
    this.#context.logger.log('error', `the HTTP filter ${name} failed: ${text}`)
  }
}

const NO_BYTES = Buffer.alloc(0)
