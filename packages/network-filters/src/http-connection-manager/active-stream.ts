import { type FormatContext } from '@nuncio/access-log'
import type { RequestHeaderTable } from '@nuncio/core'
import {
  Flag,
  type HeaderMap,
  type RequestDecoder,
  type RequestHeaders,
  requestHeaders,
  type ResetReason,
  type ResponseEncoder,
  type ResponseHeaders,
  responseHeaders,
  type WeighedStream,
} from '@nuncio/core'
import { noteCluster } from '@nuncio/cluster'
import type { LocalReply } from '@nuncio/filter-chain'
import { type AbortSignalLike, localReply, type LocalReplyMessage } from '@nuncio/filter-chain'
import {
  type AdmissionRefusal,
  askedUpgrade,
  mayUpgrade,
  noteRoute,
  portTakenOff,
  refusesUpgrade,
  type Route,
} from '@nuncio/router'
import { releaseHeaders } from '@nuncio/http-codec'
import type { StreamTrace } from '@nuncio/tracing'
import type { RouteSource } from '../http-services/http-services.ts'
import { codecDetails } from './codec-details.ts'
import type { StreamOwner } from './stream-owner.ts'
import type { HttpConnectionManager } from './http-connection-manager.ts'
import { assignRequestId } from '../request-id/assign.ts'
import type { LiveTracing } from './live-tracing.ts'
import { finalizeResponse, tellRequestId } from './response/finalize.ts'
import { mayComeAgain, OVERLOADED, OVERLOADED_TOLD } from './response/refusals.ts'
import { NEVER, type StreamTimeout, TimedStream } from './timed-stream.ts'
import { WebSocketPassage } from './web-socket/going-away.ts'

/** One request and its response on a downstream connection: the connection manager's side of a stream. */
export class ActiveStream extends TimedStream implements RequestDecoder, WeighedStream {
  readonly #routes: RouteSource
  #headersDone = false
  /** Whether it came so far that it has a route. */
  #admitted = false
  #refused = false
  /** Why its head counts as unreadable, '' = it does not: logs say so whatever filters made of the answer. */
  #unreadable = ''
  #sendRequestId: boolean
  #localReplyBody = ''
  #webSocket: WebSocketPassage | undefined = undefined
  /** When the WebSocket is told that the proxy goes away, and when it is over at the latest. */
  #goAwayAt = NEVER
  #goneAt = NEVER

  constructor(manager: HttpConnectionManager, connection: StreamOwner, encoder: ResponseEncoder, nowMs: number) {
    super(manager, connection, encoder, nowMs)
    this.#routes = manager.routes
    this.#sendRequestId = manager.info.requestIdInResponse
    this.info.schemeMatchesUpstream = manager.info.schemeMatchesUpstream
    manager.streamBegins()
    manager.stats.rqTotal.inc()
    manager.stats.rqActive.inc()
    this.arm()
  }

  // ── from the codec ──

  onHeaders(headers: RequestHeaders, endStream: boolean): void {
    this.#headersDone = true
    this.receive(headers)
    this.touch()
    if (endStream) this.received()
    const asked = headers.method === 'CONNECT' ? headers.authority : ''
    const refusal = this.#admit(headers as RequestHeaderTable)
    if (refusal !== undefined) {
      this.#refused = !mayComeAgain(refusal)
      const { requestHeaders: known } = this
      if (this.info.requestId === '') this.info.requestId = known.get('x-request-id') ?? ''
      // As in Envoy a route has its say in the answer where the client itself told how it asked.
      this.#admitted ||= known.has('x-forwarded-proto') && this.route() !== undefined
      return this.sendLocalReply(refusal)
    }
    this.#admitted = true
    this.applyRoute()
    if (asked !== '') this.info.connectPort = portTakenOff(headers.authority, asked)
    if (this.manager.tracing !== undefined) this.#beginTrace(this.manager.tracing, headers)
    if (this.manager.info.logsRequests) this.#log('DownstreamStart')
    this.enter(endStream)
  }

  onData(chunk: Uint8Array, endStream: boolean): void {
    this.touch()
    if (endStream) {
      this.received()
      if (this.#isTunnel && this.info.protocol !== 'HTTP/2') this.#tunnelEnds(Flag.DC, 'downstream_remote_disconnect')
    }
    if (this.connection.abortsDispatch()) return this.#overloaded()
    if (this.#webSocket === undefined) this.requestData(chunk, endStream)
    else this.#webSocket.fromClient(chunk, endStream)
  }

  onTrailers(trailers: HeaderMap): void {
    this.touch()
    this.received()
    this.requestTrailersReceived(trailers)
  }

  onReset(reason: ResetReason, details: string): void {
    if (this.done) return
    if (reason === 'protocol error') {
      this.manager.notUnderstood(details)
      this.downstreamReset(Flag.DPE, codecDetails(details))
      return
    }
    this.manager.stats.rqRxReset.inc()
    if (reason !== 'connection termination') return this.downstreamReset(Flag.DR, details)
    const { closeReason } = this.connection
    const remote = details === '' ? 'downstream_remote_disconnect' : details
    this.downstreamReset(Flag.DC, closeReason === undefined ? remote : `downstream_local_disconnect(${closeReason})`)
  }

  onWritable(): void {
    this.touch()
    this.codecWritable()
  }

  /** The codec could not understand what came. */
  malformed(status: number, details: string, body: string): void {
    const timeout = status === 408
    if (!timeout) this.manager.notUnderstood(details)
    if (timeout) this.info.fate = 'timeout'
    this.sendLocalReply(
      localReply(status, timeout ? 'request_header_timeout' : codecDetails(details), {
        body: timeout ? 'request header timeout' : body,
        flags: timeout ? 0 : Flag.DPE,
      }),
    )
  }

  // ── admission: everything before the filters ──

  #admit(headers: RequestHeaderTable): LocalReply | undefined {
    const manager = this.manager
    if (manager.overload.refusesRequest(headers) || this.connection.abortsDispatch()) {
      manager.stats.rqOverloadClose.inc()
      return this.#overloadedReply()
    }
    const refusal = manager.admission.admit(headers, this.connection.info, this.info)
    if (refusal?.unread !== true && headers.has('expect') && !manager.info.proxy100Continue) this.#continue(headers)
    if (refusal !== undefined) return this.#refusalReply(refusal)
    const { origin } = manager.admission
    this.info.remote = origin.remote
    const { via } = manager.info
    if (via !== '') {
      const given = headers.getJoined('via')
      headers.set('via', given === undefined ? via : `${given}, ${via}`)
    }
    this.info.requestId = assignRequestId(headers, origin.edge, manager.info, manager.requestIds)
    if (headers.has('x-envoy-force-trace')) this.#sendRequestId = true
    return this.#upgrade(headers)
  }

  #refusalReply({ status, details, body, location, unread }: AdmissionRefusal): LocalReply {
    this.manager.stats.refused(status, details)
    if (unread) this.#forgetHead(details)
    return localReply(status, details, {
      body,
      flags: unread ? Flag.DPE : 0,
      ...(location !== '' && { headers: [['location', location]] }),
    })
  }

  #forgetHead(details: string): void {
    this.#unreadable = details
    releaseHeaders(this.requestHeaders)
    this.receive(requestHeaders([]))
  }

  /** Tells a waiting client to go on; nobody behind the proxy is asked again. */
  #continue(headers: RequestHeaderTable): void {
    if (headers.get('expect')?.toLowerCase() !== '100-continue') return
    headers.remove('expect')
    this.info.status = 100
    this.manager.stats.countStatus(100)
    this.encoder.encodeInformational(responseHeaders(100))
  }

  override encodeInformational(headers: ResponseHeaders): void {
    // A second 100 would follow the one that the proxy sent by itself.
    if (headers.status === 100 && !this.manager.info.proxy100Continue) return
    if (this.#sendRequestId) tellRequestId(headers, this.requestHeaders)
    super.encodeInformational(headers)
  }

  /** Whether an upgrade that the codec offered may go on. */
  #upgrade(headers: RequestHeaderTable): LocalReply | undefined {
    const type = askedUpgrade(headers)
    if (type === '') return undefined
    const { upgrades } = this.manager.info
    const route = this.route()
    if (mayUpgrade(type, route, upgrades)) {
      this.upgraded = true
      const own = this.manager.filters.byUpgrade.get(type)
      if (own !== undefined) this.useChain(own)
      this.manager.stats.cxUpgradesTotal.inc()
      this.manager.stats.cxUpgradesActive.inc()
      return undefined
    }
    if (!refusesUpgrade(type, route, upgrades)) return undefined
    this.#admitted = true
    this.manager.stats.rqWsOnNonWsRoute.inc()
    return localReply(403, 'upgrade_failed')
  }

  #beginTrace(tracing: LiveTracing, headers: RequestHeaders): void {
    const { info } = this
    const trace = (this.trace = tracing.begin(headers, info.startMs, this.route()?.tracing))
    this.span = trace.span
    info.traceId = trace.span.traceId
    info.spanId = trace.span.spanId
    // The decision may have been written into it.
    if (info.requestId !== '') info.requestId = headers.get('x-request-id') ?? ''
  }

  // ── ChainStream ──

  protected override selectRoute(): Route | undefined {
    return this.#routes.tableFor(this.requestHeaders)?.route(this.requestHeaders, this.info, this.random)
  }

  protected override routeChosen(route: Route | undefined): void {
    noteRoute(this.info, route)
    this.#noteCluster()
  }

  /** From the choice of a route on filters, formats and logs know where the request goes. */
  #noteCluster(): void {
    const { clusterName } = this
    noteCluster(this.info, clusterName === '' ? undefined : this.manager.services.clusters.get(clusterName)?.info)
  }

  protected override finalizeResponse(headers: ResponseHeaders): void {
    this.touch()
    const manager = this.manager
    finalizeResponse(headers, manager.info, manager.time.wallMs())
    if (this.#sendRequestId) tellRequestId(headers, this.requestHeaders)
    this.trace?.respond(headers)
    if (manager.proxyStatus !== undefined) {
      manager.proxyStatus.apply(headers, this.info)
      this.info.status = headers.status
    }
    this.connection.beforeResponse(this.#refused)
    if (this.upgraded) this.#upgradeAnswered(headers.status)
  }

  override codecData(chunk: Uint8Array, endStream: boolean): void {
    this.touch()
    if (endStream && this.#isTunnel && this.info.upstreamProtocol === 'HTTP/1.1')
      this.#tunnelEnds(Flag.UC, 'upstream_reset_after_response_started{connection_termination}')
    if (this.#webSocket === undefined) super.codecData(chunk, endStream)
    else this.#webSocket.fromUpstream(chunk, endStream)
  }

  // ── tunnels, and WebSockets among them ──

  get #isTunnel(): boolean {
    const { status } = this.info
    return status === 101 || (status >= 200 && status < 300 && this.requestHeaders.method === 'CONNECT')
  }

  /**
   * One side has ended its half of the connection. The other may go on; logs tell it as the end of the connection that it
   * soon is, as those of Envoy do, to which it is that at once.
   */
  #tunnelEnds(flag: number, details: string): void {
    if (this.responseEnded || this.info.details !== 'via_upstream') return
    this.info.setFlag(flag)
    this.info.details = details
  }

  #upgradeAnswered(status: number): void {
    const webSocket = askedUpgrade(this.requestHeaders) === 'websocket'
    if (status !== 101 && (status !== 200 || webSocket)) return
    if (this.manager.info.logsTunnels) this.#log('DownstreamTunnelSuccessfullyEstablished')
    if (!webSocket) return
    this.#webSocket = new WebSocketPassage({
      toUpstream: (chunk, endStream) => this.requestData(chunk, endStream),
      toClient: (chunk, endStream) => super.codecData(chunk, endStream),
    })
    this.goAway(this.connection.drainAt())
  }

  /** A WebSocket is ended at this moment, or soon after it; other streams end by themselves. */
  goAway(atMs: number): void {
    if (this.#webSocket === undefined || atMs === NEVER) return
    this.#goAwayAt = atMs
    this.arm()
  }

  #goingAway(now: number): void {
    if (now >= this.#goAwayAt) {
      this.#goAwayAt = NEVER
      this.#goneAt = now + this.manager.drawDrainTimeout()
      this.manager.stats.cxDrainClose.inc()
      this.#webSocket?.goAway(this.manager.random.uint32())
    } else if (now >= this.#goneAt) this.#webSocket?.end()
  }

  protected override routeLocalReply(message: LocalReplyMessage): void {
    if (!this.#admitted) return
    const route = this.route()
    if (route?.kind === 'forward') route.finalizeResponseHeaders(message.headers, this.info, this.requestHeaders)
  }

  protected override customizeLocalReply(message: LocalReplyMessage, reply: LocalReply): void {
    // Whoever says so, this code stands for a message that could not be understood.
    if (reply.status === 400) this.#refused = true
    // A route that answers by itself has a say in its own answer only, and the last one.
    if (this.#admitted && reply.details === 'direct_response') {
      const route = this.route()
      if (route?.kind !== 'forward') route?.finalizeResponseHeaders(message.headers, this.info, this.requestHeaders)
    }
    const { localReplies } = this.manager
    this.manager.stats.answeredFor(reply.details)
    if (localReplies !== undefined) localReplies.apply(message, this.#formatContext(message.headers))
    if (this.manager.logsLocalReplyBody) this.#localReplyBody = String.fromCharCode(...message.body.subarray(0, 4096))
  }

  override requestPressure(full: boolean): void {
    if (this.done) return
    const { pausedReading, resumedReading } = this.manager.stats
    ;(full ? pausedReading : resumedReading).inc()
    super.requestPressure(full)
  }

  override chunkKept(): void {
    this.manager.services.batch.retained = true
  }

  protected override resetEncoder(reason: ResetReason): void {
    const { rqRxReset, rqTxReset } = this.manager.stats
    rqTxReset.inc()
    // Envoy hears of its own reset as of one from the client.
    rqRxReset.inc()
    super.resetEncoder(reason)
  }

  protected override filterError(name: string, error: unknown): void {
    this.manager.filterError(name, error)
  }

  protected override makeAbort(): { readonly signal: AbortSignalLike; abort(): void } {
    return this.manager.services.platform.abortController()
  }

  protected override streamDone(): void {
    const manager = this.manager
    const { info } = this
    if (this.#unreadable !== '') info.details = this.#unreadable
    manager.stats.rqActive.dec()
    if (this.upgraded) manager.stats.cxUpgradesActive.dec()
    // Health checks of the proxy itself are no traffic; those that are traced count with the traces.
    if (info.healthCheck && this.trace === undefined) manager.stats.tracing['health-check'].inc()
    if (this.responseStarted && !info.healthCheck) {
      manager.stats.countStatus(info.status)
      manager.stats.rqTime.record(Math.round(info.endMs - info.startMs))
    }
    manager.stats.fates.count(info.fate!)
    if (info.lastDownstreamRxMs < 0 && this.responseEnded) manager.stats.rqResponseBeforeRqComplete.inc()
    if (this.trace !== undefined) this.#endTrace(this.trace)
    this.#log('DownstreamEnd')
    this.connection.streamDone(this)
    manager.streamEnds()
    releaseHeaders(this.requestHeaders)
    if (this.responseHeaders !== undefined) releaseHeaders(this.responseHeaders)
  }

  #endTrace(trace: StreamTrace): void {
    const context = this.#formatContext(this.responseHeaders)
    this.manager.tracing!.finish(trace, context, this.route()?.tracing, this.grpc)
  }

  /** A redirect that was followed is a request in its own right, in counters and in the access log. */
  protected override recreated(): void {
    const { stats } = this.manager
    stats.fates.count(this.info.fate!)
    stats.rqTotal.inc()
    ;(this.info.protocol === 'HTTP/2' ? stats.rqHttp2Total : stats.rqHttp1Total).inc()
    if (this.trace !== undefined) this.#endTrace(this.trace)
    this.#log('DownstreamEnd')
    super.recreated()
    this.#noteCluster()
    if (this.manager.tracing !== undefined) this.#beginTrace(this.manager.tracing, this.requestHeaders)
  }

  #log(type: FormatContext['logType']): void {
    const { accessLogs } = this.manager
    if (accessLogs.length === 0) return
    const context = this.#formatContext(this.responseHeaders)
    context.logType = type
    for (const log of accessLogs) log.log(context)
  }

  #formatContext(response: ResponseHeaders | undefined): FormatContext {
    const context = this.manager.formatContext
    context.info = this.info
    context.request = this.requestHeaders
    context.response = response
    context.responseTrailers = this.responseTrailers
    context.localReplyBody = this.#localReplyBody
    context.logType = 'NotSet'
    return context
  }

  // ── overload ──

  /** Load is shed in the middle of a request: 503, or a reset when the response has begun. */
  #overloaded(): void {
    this.manager.stats.rqOverloadClose.inc()
    this.sendLocalReply(this.#overloadedReply())
  }

  #overloadedReply(): LocalReply {
    return this.manager.info.tellsOverload ? OVERLOADED_TOLD : OVERLOADED
  }

  resetByOverload(): void {
    this.info.setFlag(Flag.OM)
    this.reset('overload manager reset', 'overload')
  }

  // ── time ──

  protected override dueAt(): number {
    return Math.min(this.#goAwayAt, this.#goneAt)
  }

  protected override onDue(nowMs: number): void {
    if (this.#webSocket !== undefined) this.#goingAway(nowMs)
  }

  protected override logPeriod(): void {
    this.#log('DownstreamPeriodic')
  }

  /** 408 while the client still owes something, else 504. */
  protected override timedOut({ details, body, flags, grpcStatus }: StreamTimeout): void {
    this.info.fate = 'timeout'
    const complete = this.#headersDone && this.requestEnded
    this.#refused = !complete
    this.sendLocalReply(localReply(complete ? 504 : 408, details, { body, flags, grpcStatus }))
  }
}
