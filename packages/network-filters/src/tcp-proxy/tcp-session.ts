import {
  type BytesMeter,
  Deadline,
  type FilterStateValue,
  Flag,
  type HeaderMap,
  RawBytes,
  type RequestHeaders,
  type ResponseHeaders,
  StreamInfo,
  WireCount,
  xxHash64,
} from '@nuncio/core'
import type { ConnectionObserver, NetworkConnection } from '@nuncio/listener'
import { noteCluster } from '@nuncio/cluster'
import { filterStateValue } from '@nuncio/matching'
import { isIP, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { EarlyData, type EarlyDataOwner } from './early-data.ts'
import { Relay, type RelayOwner } from './relay.ts'
import { requestId } from '../request-id/request-id.ts'
import type { TcpProxy } from './tcp-proxy.ts'
import type { HashSource } from './tcp-proxy-info.ts'
import { Tunnel, type TunnelOwner } from './tunnel/tunnel.ts'
import { type TunnelInfo, tunnelRequest } from './tunnel/tunnel-info.ts'
import { headerState, RESPONSE_HEADERS_STATE, RESPONSE_TRAILERS_STATE, trailerState } from './tunnel/tunnel-state.ts'
import type {
  Cluster,
  Host,
  LoadBalancerContext,
  PendingConnection,
  PoolFailure,
  RawReader,
  TcpConnection,
  TcpPoolCallbacks,
  UpstreamConnection,
} from './upstream.ts'

/** A socket, or a tunnel that behaves like one. */
type UpstreamEnd = Duplex & Pick<Socket, 'destroySoon' | 'resetAndDestroy'>

const NEVER = Number.POSITIVE_INFINITY

/**
 * A downstream connection and the upstream connection that answers it, from the first attempt to the last byte. One
 * object in all roles; as a deadline it is whichever of its timeouts comes first.
 */
export class TcpSession
  extends Deadline
  implements TcpPoolCallbacks, LoadBalancerContext, ConnectionObserver, RelayOwner, EarlyDataOwner, TunnelOwner
{
  readonly info: StreamInfo
  readonly takesRawReads = true
  hasHash = false
  hashHigh = 0
  hashLow = 0
  metadataMatch: Readonly<Record<string, unknown>> | undefined = undefined
  readonly headers = undefined
  readonly overrideHost = ''
  readonly overrideStrict = false
  readonly hostSelectionRetries = 0
  readonly triedPriorities = undefined
  readonly #proxy: TcpProxy
  readonly #connection: NetworkConnection
  #cluster: Cluster | undefined = undefined
  #pending: PendingConnection | undefined = undefined
  #upstream: UpstreamEnd | undefined = undefined
  #early: EarlyData | undefined = undefined
  #connecting = false
  #tunnel: TunnelInfo | undefined = undefined
  #up: Relay | undefined = undefined
  #down: Relay | undefined = undefined
  readonly #downstreamBytes = new RawBytes()
  readonly #upstreamBytes = new RawBytes()
  readonly #idleMs: number
  #lastMs = NEVER
  #durationAt: number
  #logAt: number
  #retryAt = NEVER
  /** This proxy ended it: the other side is not to be waited for. */
  #ended = false
  #flushing = false
  /** Of the buffers only: bytes are counted as they pass. */
  readonly #wire = new WireCount()
  /** The listener drains, and this connection is being closed for it. */
  #drained = false
  /** Which side was reset: the other one is told the same way. */
  #reset: 'downstream' | 'upstream' | undefined = undefined

  constructor(proxy: TcpProxy, connection: NetworkConnection) {
    super()
    const now = proxy.time.monotonicMs()
    const { startMs } = connection.info
    this.#proxy = proxy
    this.#connection = connection
    this.info = new StreamInfo(connection.info, startMs, proxy.time.wallMs() - (now - startMs))
    this.info.downstreamBytes = this.#downstreamBytes
    this.#idleMs = proxy.idleTimeout(connection)
    this.#durationAt = proxy.endOfDuration(now)
    this.#logAt = now + proxy.info.logIntervalMs
  }

  get attempt(): number {
    return this.info.attempts
  }
  rejects(_host: Host): boolean {
    return false
  }

  start(): void {
    const { info, stats } = this.#proxy
    stats.cxTotal.inc()
    this.#connection.observe(this)
    this.#connection.socket.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ECONNRESET') this.#wasReset('downstream')
    })
    if (info.hash !== undefined) this.#hash(hashText(info.hash, this.info))
    if (info.logsStart) this.#log('TcpConnectionStart')
    this.#arm()
    if (info.waitsForData || info.maxEarlyBytes > 0) this.#takeEarlyData()
    if (!info.waitsForData) this.#begin()
  }

  // ── before there is an upstream ──

  #takeEarlyData(): void {
    this.#early = new EarlyData(this.#connection.socket, this.#proxy.info.maxEarlyBytes, this)
    this.#early.start(this.#connection.takeInitialData())
  }

  onEarlyData(): void {
    this.#proxy.stats.earlyData.inc()
    this.#begin()
  }

  /** A client that ends without having said anything has nobody connected to. */
  onEarlyEnd(): void {
    if (!this.#connecting) this.#abort()
  }

  /** Connects, once. */
  #begin(): void {
    if (this.#connecting) return
    this.#connecting = true
    this.#connect()
  }

  #hash(text: string | undefined): void {
    if (text === undefined) return
    const out = { high: 0, low: 0 }
    xxHash64(text, out)
    this.hasHash = true
    this.hashHigh = out.high
    this.hashLow = out.low
  }

  // ── finding an upstream ──

  #connect(): void {
    const proxy = this.#proxy
    const { info } = this
    const route = proxy.route(this.#connection)
    const cluster = proxy.services.clusters.get(route.cluster)
    if (cluster?.tcpPool === undefined) {
      proxy.stats.cxNoRoute.inc()
      return this.#refuse(Flag.NC, `${INITIALIZATION_FAILURE}3`)
    }
    const { stats } = cluster.info
    this.#cluster = cluster
    this.metadataMatch = route.metadataMatch
    noteCluster(info, cluster.info)
    if (!cluster.breakers[0].mayConnect()) {
      stats.cxOverflow.inc()
      return this.#refuse(Flag.UO, `${INITIALIZATION_FAILURE}2`)
    }
    if (info.attempts >= proxy.info.maxConnectAttempts) {
      stats.cxConnectAttemptsExceeded.inc()
      return this.#refuse(Flag.URX, `${INITIALIZATION_FAILURE}0`)
    }
    const host = cluster.chooseHost(this)
    if (host === undefined) return this.#refuse(Flag.UH, `${INITIALIZATION_FAILURE}1`)
    if (info.attempts > 0) info.tryAgain()
    info.attempts++
    info.upstreamHost = host
    this.#tunnel = proxy.tunnel(this.#connection)
    const pending =
      this.#tunnel === undefined
        ? cluster.tcpPool(host, 0, this).newConnection(this)
        : new Tunnel(this, this).start(cluster.httpPool(host, 0, 'HTTP/1.1', this))
    if (pending !== undefined) this.#pending = pending
  }

  #refuse(flag: number, reason: string): void {
    this.info.setFlag(flag)
    this.#closeFor(reason)
  }

  /** Both sides go at once, for a reason of the proxy's own. */
  #closeFor(reason: string): void {
    const { info } = this
    info.downstreamLocalCloseReason = reason
    if (this.#upstream !== undefined) info.upstreamLocalCloseReason = reason
    this.#abort()
  }

  onPoolFailure(reason: PoolFailure, host: Host | undefined, details: string): void {
    const { info } = this
    this.#pending = undefined
    if (reason === 'overflow' || host === undefined) return this.#refuse(Flag.UO, `${INITIALIZATION_FAILURE}2`)
    info.setFlag(Flag.UF)
    info.upstreamTransportFailure = details
    this.#cluster!.reportOutcome(host, { status: 0, reset: reason, latencyMs: -1, grpcStatus: -1, raw: true })
    if (this.#connection.closed || this.#ended) return
    if (this.#proxy.info.backOff === undefined || info.attempts >= this.#proxy.info.maxConnectAttempts)
      return this.#connect()
    this.#retryAt = this.#proxy.time.monotonicMs() + this.#proxy.backOffMs(info.attempts)
    this.#arm()
  }

  onPoolReady(platformSocket: unknown, host: Host, connection: TcpConnection): void {
    const socket = platformSocket as UpstreamEnd
    const { info } = this
    this.#pending = undefined
    this.#upstream = socket
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ECONNRESET') this.#wasReset('upstream')
    })
    socket.once('close', () => this.#upstreamClosed())
    info.connected(connection)
    // A connection that came about speaks for the host, as a response does.
    this.#cluster!.reportOutcome(host, { status: 200, reset: undefined, latencyMs: -1, grpcStatus: -1, raw: true })
    if (this.#connection.closed || this.#ended) {
      socket.destroy()
      return
    }
    if (this.#proxy.info.logsConnected) this.#log('TcpUpstreamConnected')
    this.#relay(socket, connection.reader)
  }

  // ── a tunnel ──

  tunnelRequest({ tls }: UpstreamConnection): RequestHeaders {
    const { info } = this
    const tunnel = this.#tunnel!
    const id = tunnel.requestIdHeader === '' ? '' : requestId()
    if (id !== '') info.setMetadata('envoy.filters.network.tcp_proxy', { [tunnel.requestIdKey]: id })
    return tunnelRequest(tunnel, this.#proxy.formatContext(info), id, tls !== undefined)
  }

  onTunnelStream(bytes: BytesMeter | undefined): void {
    this.info.countUpstream(bytes)
  }

  onTunnelHeaders(headers: ResponseHeaders): void {
    if (this.#tunnel!.propagatesHeaders) this.#keep(RESPONSE_HEADERS_STATE, headerState(headers))
  }

  onTunnelTrailers(trailers: HeaderMap): void {
    if (this.#tunnel!.propagatesTrailers) this.#keep(RESPONSE_TRAILERS_STATE, trailerState(trailers))
  }

  #keep(key: string, value: FilterStateValue): void {
    const { info } = this.#connection
    info.filterState ??= new Map()
    info.filterState.set(key, value)
  }

  #relay(upstream: UpstreamEnd, reader: RawReader | undefined): void {
    const connection = this.#connection
    const downstream = connection.socket
    this.#lastMs = this.#proxy.time.monotonicMs()
    if (this.#tunnel === undefined) this.info.upstreamBytes = this.#upstreamBytes
    this.#up = new Relay(downstream, upstream, this.#cluster!.info.bufferLimit, this)
    this.#down = new Relay(upstream, downstream, connection.bufferLimit, this)
    this.#arm()
    const early = this.#early?.take()
    this.#early = undefined
    this.#up.start(early ?? connection.takeInitialData())
    this.#down.start(undefined, reader)
  }

  // ── bytes ──

  onRelayed(relay: Relay, bytes: number): void {
    const { stats, time } = this.#proxy
    this.#lastMs = time.monotonicMs()
    ;(relay === this.#up ? stats.wire.received : stats.wire.sent).add(bytes)
    if (!this.#proxy.info.closesOnDrain || this.#drained || !this.#connection.drainClose()) return
    this.#drained = true
    stats.cxDrainClose.inc()
    this.#connection.close('flush')
  }

  onRelayDrained(): void {
    this.#lastMs = this.#proxy.time.monotonicMs()
  }

  onRelayPaused(relay: Relay, paused: boolean): void {
    if (relay === this.#up) {
      const { pausedReading, resumedReading } = this.#proxy.stats
      ;(paused ? pausedReading : resumedReading).inc()
    } else {
      const { flow } = this.#cluster!.info.stats
      ;(paused ? flow.pausedReading : flow.resumedReading).inc()
    }
  }

  onRelayEnd(): void {
    this.#lastMs = this.#proxy.time.monotonicMs()
  }

  // ── the end ──

  #wasReset(side: 'downstream' | 'upstream'): void {
    if (this.#reset !== undefined) return
    this.#reset = side
    // The other side is told the same way.
    this.info.downstreamCloseType = side === 'downstream' ? 'RemoteReset' : 'LocalReset'
    this.info.upstreamCloseType = side === 'upstream' ? 'RemoteReset' : 'LocalReset'
  }

  /** Both sides go at once. */
  #abort(): void {
    this.#ended = true
    this.#upstream?.destroy()
    this.#connection.close('now')
  }

  #upstreamClosed(): void {
    if (this.#flushing) this.#proxy.stats.upstreamFlushActive.dec()
    this.#flushing = false
    if (this.#connection.closed) return this.#proxy.services.wheel.cancel(this)
    if (this.#reset !== 'upstream') return this.#connection.close('flush')
    this.info.setFlag(Flag.UR)
    this.#connection.close('reset')
  }

  refreshStats(): void {
    const { socket } = this.#connection
    this.#wire.show(this.#proxy.stats.wire, socket.readableLength, socket.writableLength)
  }

  onConnectionClose(): void {
    const { services, stats, time } = this.#proxy
    this.#wire.show(stats.wire, 0, 0)
    const upstream = this.#upstream
    this.#pending?.cancel()
    this.#pending = undefined
    this.info.endMs = time.monotonicMs()
    this.#log('TcpConnectionEnd')
    this.#logAt = this.#durationAt = this.#retryAt = NEVER
    if (upstream === undefined || upstream.destroyed || this.#ended || this.#reset !== undefined) {
      if (this.#reset === 'downstream' && upstream !== undefined) reset(upstream)
      upstream?.destroy()
      services.wheel.cancel(this)
      return
    }
    // What the client sent still goes out, for as long as the upstream takes it: the idle timeout watches.
    if (upstream.writableLength > 0) {
      this.#flushing = true
      stats.upstreamFlushTotal.inc()
      stats.upstreamFlushActive.inc()
    }
    upstream.destroySoon()
    this.#arm()
  }

  describe(): StreamInfo {
    this.#count()
    return this.info
  }

  #log(type: 'TcpConnectionStart' | 'TcpUpstreamConnected' | 'TcpPeriodic' | 'TcpConnectionEnd'): void {
    this.#count()
    this.#proxy.log(this.info, type)
  }

  #count(): void {
    const { info } = this
    const downstream = this.#downstreamBytes
    const upstream = this.#upstreamBytes
    info.bytesReceived = downstream.wireBytesReceived = upstream.wireBytesSent = this.#up?.bytes ?? 0
    info.bytesSent = downstream.wireBytesSent = upstream.wireBytesReceived = this.#down?.bytes ?? 0
  }

  // ── time ──

  #arm(): void {
    const at = Math.min(this.#lastMs + this.#idleMs, this.#durationAt, this.#logAt, this.#retryAt)
    if (at < NEVER) this.#proxy.services.wheel.arm(this, at)
    else this.#proxy.services.wheel.cancel(this)
  }

  override onDeadline(nowMs: number): void {
    const { stats, info } = this.#proxy
    if (nowMs >= this.#durationAt) {
      stats.maxDuration.inc()
      return this.#refuse(Flag.DT, 'max_connection_duration_reached')
    }
    if (nowMs >= this.#lastMs + this.#idleMs) {
      stats.idleTimeout.inc()
      return this.#closeFor('tcp_session_idle_timeout')
    }
    if (nowMs >= this.#logAt) {
      this.#logAt = nowMs + info.logIntervalMs
      this.#log('TcpPeriodic')
    }
    if (nowMs >= this.#retryAt) {
      this.#retryAt = NEVER
      this.#connect()
    }
    if (!this.#ended) this.#arm()
  }
}

/** As Envoy has it in its logs, with the number of what failed behind it. */
const INITIALIZATION_FAILURE = 'tcp_initializion_failure:'

/** Undefined: a Unix socket has no address, or nobody has set the entry. */
function hashText(source: HashSource, info: StreamInfo): string | undefined {
  if ('filterState' in source) return filterStateValue(info, source.filterState)?.serialize()
  const { address } = info.connection.remote
  return isIP(address) === 0 ? undefined : address
}

function reset(socket: UpstreamEnd): void {
  try {
    socket.resetAndDestroy()
  } catch {
    // TLS and Unix sockets know no reset; they are closed.
  }
}
