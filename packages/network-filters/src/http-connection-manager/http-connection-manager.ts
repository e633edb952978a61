import { type FormatContext, formatContext } from '@nuncio/access-log'
import { type RandomGenerator, requestHeaders, type StatsStore, StreamInfo, type TimerWheel, type TimeSource } from '@nuncio/core'
import type { HttpFilter, HttpFilterChain } from '@nuncio/filter-chain'
import type { NetworkConnection, NetworkFilterContext, TerminalNetworkFilter } from '@nuncio/listener'
import type { AccessLog, HttpServices, RouteSource } from '../http-services/http-services.ts'
import type { HcmInfo } from './hcm-info.ts'
import type { HcmStats } from './hcm-stats.ts'
import { HttpConnection } from './http-connection.ts'
import type { LocalReplies } from './local-reply/local-reply-config.ts'
import type { Origin } from './request/forwarded.ts'

/** What path normalisation makes of a path. */
export type PathPolicy = (path: string) => { readonly kind: 'ok' | 'redirect'; readonly path: string } | { readonly kind: 'reject' }

/** What one connection manager is made of; see `index.ts` for how it is decided. */
export interface ManagerParts {
  readonly info: HcmInfo
  readonly stats: HcmStats
  readonly chain: HttpFilterChain
  readonly routes: RouteSource
  readonly accessLogs: readonly AccessLog[]
  readonly localReplies: LocalReplies | undefined
  readonly pathPolicy: PathPolicy | undefined
  readonly internalOnlyHeaders: readonly string[]
  readonly logsLocalReplyBody: boolean
  readonly store: StatsStore
}

/** The HTTP connection manager of one filter chain: makes a connection of each socket and a stream of each request. */
export class HttpConnectionManager implements TerminalNetworkFilter {
  readonly info: HcmInfo
  readonly stats: HcmStats
  readonly chain: HttpFilterChain
  readonly routes: RouteSource
  readonly accessLogs: readonly AccessLog[]
  readonly localReplies: LocalReplies | undefined
  readonly pathPolicy: PathPolicy | undefined
  readonly internalOnlyHeaders: readonly string[]
  readonly logsLocalReplyBody: boolean
  readonly services: HttpServices
  readonly time: TimeSource
  readonly random: RandomGenerator
  /** Scratch: filled and read while one request is admitted. */
  readonly origin: Origin = { remote: { address: '', port: 0 }, internal: false, edge: false }
  /** Scratch: filled and read while one line is written. */
  readonly formatContext: FormatContext
  readonly #context: NetworkFilterContext<HttpServices>
  #loggedErrorAtMs = Number.NEGATIVE_INFINITY

  constructor(parts: ManagerParts, context: NetworkFilterContext<HttpServices>) {
    this.info = parts.info
    this.stats = parts.stats
    this.chain = parts.chain
    this.routes = parts.routes
    this.accessLogs = parts.accessLogs
    this.localReplies = parts.localReplies
    this.pathPolicy = parts.pathPolicy
    this.internalOnlyHeaders = parts.internalOnlyHeaders
    this.logsLocalReplyBody = parts.logsLocalReplyBody
    this.services = context.services
    this.time = context.time
    this.random = context.random
    this.#context = context
    this.formatContext = formatContext(new StreamInfo(NO_CONNECTION, 0, 0), requestHeaders([]))
  }

  get wheel(): TimerWheel {
    return this.services.wheel
  }

  accept(connection: NetworkConnection): void {
    new HttpConnection(this, connection).start()
  }

  /** A filter threw: counted always, logged at most once a second for each manager. */
  filterError(filter: HttpFilter, error: unknown): void {
    this.#context.stats.counter(`http.${this.info.statPrefix}.filter_exception`).inc()
    const now = this.time.monotonicMs()
    if (now - this.#loggedErrorAtMs < 1000) return
    this.#loggedErrorAtMs = now
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
    this.#context.logger.log('error', `an HTTP filter failed: ${text}`, { filter: filter.constructor.name })
  }
}

const NO_CONNECTION = {
  id: 0,
  remote: { address: '', port: 0 },
  directRemote: { address: '', port: 0 },
  local: { address: '', port: 0 },
  tls: undefined,
  serverName: '',
  listenerName: '',
  filterChainName: '',
  startMs: 0,
  terminationDetails: '',
  filterState: undefined,
  metadata: undefined,
}
