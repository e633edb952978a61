import type { Host, UpstreamConnection } from '@nuncio/cluster'
import type { HeaderMap, RequestHeaders, ResetReason, ResponseHeaders } from '@nuncio/core'
import type { FilterStream, LocalReply, TerminalFilter, TerminalStream } from '@nuncio/filter-chain'
import { applyTimeoutHeaders, askedUpgrade, effectiveTimeouts, type ForwardRoute } from '@nuncio/router'
import { BODY_TOO_LARGE, noCluster, noRoute, refusal, routeReply, strictRefusal } from './answers.ts'
import { rewriteToHost } from './host-rewrite.ts'
import { tryInternalRedirect } from './internal-redirect.ts'
import { overloaded } from './overloaded.ts'
import { RequestBody } from './request-body.ts'
import { flagOfReset, resetDetails } from './reset-reply.ts'
import { sendRequest } from './send-request.ts'
import { setNumber } from './set-number.ts'
import { startShadows, type Shadow } from './shadow.ts'
import { Tries } from './tries.ts'
import type { UpstreamRequest } from './upstream-request.ts'

const NO_CHUNKS: readonly Uint8Array[] = []

/**
 * The router filter on one stream: answers what a route answers by itself, else sends the request to a host of the
 * route's cluster, as often as retries and hedging allow, and the response back. It is also the context of its picks.
 */
export class RouterStream extends Tries implements TerminalFilter {
  held: RequestBody | undefined = undefined
  #keepBody = false
  #shadows: readonly Shadow[] = []
  #globalAt = Number.POSITIVE_INFINITY
  #over = false
  #requestPaused = false

  nowMs(): number {
    return this.settings.time.monotonicMs()
  }

  // ── the request ──

  onRequestHeaders(headers: RequestHeaders, stream: FilterStream, endStream: boolean): void {
    this.stream = stream as TerminalStream
    this.headers = headers
    this.info = stream.info
    this.settings.stats.total.inc()
    if (this.settings.loadShed.sheds()) return this.stream.sendLocalReply(overloaded(this.settings))
    const route = stream.route()
    if (route === undefined) return this.stream.sendLocalReply(noRoute(this.settings, stream.info))
    stream.info.routeName = route.name
    if (route.kind !== 'forward')
      return this.stream.sendLocalReply(routeReply(route, this.settings, stream.info, headers))
    const cluster = this.settings.clusters.get(stream.clusterName)
    if (cluster === undefined) return this.stream.sendLocalReply(noCluster(route, this.settings, stream.info))
    this.account(route, cluster, headers)
    const strict = strictRefusal(this.settings, headers)
    if (strict !== undefined) return this.stream.sendLocalReply(strict)
    const refused = refusal(this.settings, cluster, stream.info, headers, stream.random)
    if (refused !== undefined) {
      if (refused.status === 503) this.charge(503, undefined)
      return this.reply(refused)
    }
    this.#prepare(route, headers)
    if (endStream) this.#requestEnded()
    // A WebSocket is to be answered from its head on, other tunnels are not: as in Envoy.
    else if (askedUpgrade(headers) === 'websocket') this.#awaitAnswer(this.nowMs())
    this.startTry()
  }

  /** All that is done once for a request, however often it is tried. */
  #prepare(route: ForwardRoute, headers: RequestHeaders): void {
    const settings = this.settings
    const { timeouts } = settings
    const { retryPolicy, hashPolicy = route.hashPolicy, mirrorPolicies = route.mirrorPolicies } = this.policies
    effectiveTimeouts(route, headers, settings.timeoutDefaults, timeouts, retryPolicy)
    this.globalMs = timeouts.timeoutMs
    this.perTryMs = timeouts.perTryTimeoutMs
    this.perTryIdleMs = timeouts.perTryIdleTimeoutMs
    this.hedges = timeouts.hedgeOnPerTryTimeout
    this.alternateReply = headers.has('x-envoy-upstream-rq-timeout-alt-response')
    if (this.alternateReply) headers.remove('x-envoy-upstream-rq-timeout-alt-response')
    this.metadataMatch = route.metadataMatch
    this.info!.attempts = 1
    if (this.info!.connectPort !== '') headers.authority += this.info!.connectPort
    applyTimeoutHeaders(route, headers, timeouts, 0, settings.suppressEnvoyHeaders)
    route.finalizeRequestHeaders(headers, this.info!, settings.suppressEnvoyHeaders)
    // A host is chosen, and tried again, by the request that it gets, with what the route adds to it.
    this.retry = this.createRetries(headers)
    if (hashPolicy !== undefined) this.hash(hashPolicy, settings.hashResult)
    this.#shadows =
      mirrorPolicies.length === 0 ? [] : startShadows(mirrorPolicies, route, this.stream, settings, headers)
    this.#keepBody = this.retry !== undefined || route.internalRedirect !== undefined
  }

  onRequestData(chunk: Uint8Array, _stream: FilterStream, endStream: boolean): void {
    if (this.#over) return
    for (const shadow of this.#shadows) shadow.data(chunk, endStream)
    if (endStream) this.#requestEnded()
    const current = this.latest()
    const waiting = current === undefined || !current.ready
    if (this.#keepBody || waiting) this.#keep(chunk)
    if (!waiting) this.#send(current, chunk, endStream)
  }

  onRequestTrailers(trailers: HeaderMap): void {
    if (this.#over) return
    for (const shadow of this.#shadows) shadow.trailers(trailers)
    this.#requestEnded()
    const current = this.latest()
    if (current?.ready !== true) return
    current.encoder!.encodeTrailers(trailers)
    current.requestSent()
  }

  #requestEnded(): void {
    this.endedMs = this.nowMs()
    this.info!.lastDownstreamRxMs = this.endedMs
    // A tunnel that is open may go on after its client has ended its side.
    if (this.info!.fate !== 'upgraded') this.#awaitAnswer(this.endedMs)
  }

  #awaitAnswer(sinceMs: number): void {
    if (this.globalMs === 0) return
    this.#globalAt = sinceMs + this.globalMs
    this.arm()
  }

  #keep(chunk: Uint8Array): void {
    const body = (this.held ??= new RequestBody())
    body.add(chunk)
    const limit = this.route.requestBodyLimit ?? this.stream.bufferLimit
    if (body.bytes <= limit) return
    const streams = this.latest()?.ready === true
    if (this.backsOff && !streams) {
      this.info!.fate = 'body_too_large_to_replay'
      return this.reply(BODY_TOO_LARGE)
    }
    // The try that is under way still gets it; only another one would need its beginning.
    if (this.#keepBody) this.#giveUpBody()
    if (streams) this.held = undefined
    else this.#pauseRequest(true)
  }

  #giveUpBody(): void {
    if (this.retry !== undefined) {
      this.retry.bodyLost = true
      this.cluster.info.stats.retryOrShadowAbandoned.inc()
    }
    this.bodyGivenUp = true
    this.#keepBody = false
  }

  #pauseRequest(paused: boolean): void {
    if (paused === this.#requestPaused) return
    this.#requestPaused = paused
    this.stream.requestReadDisable(paused)
  }

  #send(request: UpstreamRequest, chunk: Uint8Array, endStream: boolean): void {
    if (!request.send(chunk, endStream) && !endStream) this.#pauseRequest(true)
    if (endStream) request.requestSent()
  }

  override onUpstreamWritable(request: UpstreamRequest): void {
    if (request === this.latest()) this.#pauseRequest(false)
  }

  override onUpstreamReady(request: UpstreamRequest, host: Host, connection: UpstreamConnection): void {
    const info = this.info!
    const headers = this.headers!
    info.upstreamHost = host
    info.connected(connection)
    info.upstreamProtocol = connection.protocol
    info.firstUpstreamTxMs = request.sentMs
    for (let i = 0; i < this.tallies.length; i++) this.tallies[i]!.total.inc()
    this.remember(host, this.cluster)
    if (this.route.autoHostRewrite && host.hostname !== '')
      rewriteToHost(headers, this.route, host.hostname, this.settings.suppressEnvoyHeaders)
    if (info.schemeMatchesUpstream) headers.scheme = connection.tls === undefined ? 'http' : 'https'
    if (!request.filtered) this.sendRequest(request)
  }

  protected override sendRequest(request: UpstreamRequest): void {
    const chunks = this.held?.chunks ?? NO_CHUNKS
    if (!this.#keepBody) this.held = undefined
    const room = sendRequest(request, this.headers!, chunks, this.stream)
    if (askedUpgrade(this.headers!) === 'websocket') request.awaitAnswer()
    this.#pauseRequest(!room && !this.stream.requestEnded)
  }

  /** A filter on a try answers. */
  override onFilterReply(reply: LocalReply): void {
    if (!this.#over) this.reply(reply)
  }

  override onUpstreamFailure(
    request: UpstreamRequest,
    host: Host | undefined,
    reason: ResetReason,
    details: string,
  ): void {
    this.info!.upstreamHost = host
    this.info!.upstreamTransportFailure = details
    this.remember(request.host, this.cluster)
    if (reason !== 'overflow') this.report(request, 0, reason, -1)
    this.failed(request, reason, details, false)
  }

  override onUpstreamReset(request: UpstreamRequest, reason: ResetReason): void {
    this.report(request, 0, reason, -1)
    if (request === this.final) return this.#resetDownstream(request, reason)
    this.failed(request, reason, '', true)
  }

  // ── the response ──

  override onUpstreamInformational(request: UpstreamRequest, headers: ResponseHeaders): void {
    if (this.final !== undefined) return
    this.charge(headers.status, request.host)
    this.stream.encodeInformational(headers)
  }

  override onUpstreamHeaders(request: UpstreamRequest, headers: ResponseHeaders, endStream: boolean): void {
    const now = this.nowMs()
    const info = this.info!
    info.firstUpstreamRxMs = now
    const grpc = this.stream.grpc ? headers.get('grpc-status') : undefined
    if (!request.overdue)
      this.report(request, headers.status, undefined, now - request.sentMs, grpc === undefined ? -1 : Number(grpc))
    if (this.retry !== undefined) {
      if (this.retryResponse(request, headers)) return
    } else this.decision = 'no'
    if (this.route.internalRedirect !== undefined && this.#redirect(request, headers)) return
    this.#forward(request, headers, endStream, now)
  }

  #redirect(request: UpstreamRequest, headers: ResponseHeaders): boolean {
    const { stats } = this.cluster.info
    const replayable = !this.bodyGivenUp
    if (!tryInternalRedirect(this.route, this.stream, headers, replayable, this.settings.stats, stats)) return false
    const replay = this.held?.whole()
    this.drop(request)
    this.info!.upstreamHost = request.host
    this.abandon()
    this.stream.recreate(replay, headers)
    return true
  }

  #forward(request: UpstreamRequest, headers: ResponseHeaders, endStream: boolean, now: number): void {
    this.choose(request)
    const info = this.info!
    info.upstreamHost = request.host
    const { upgraded } = this.stream
    const refusesWebSocket = upgraded && headers.status === 200 && askedUpgrade(this.headers!) === 'websocket'
    info.details = refusesWebSocket ? 'websocket_handshake_unsuccessful' : 'via_upstream'
    this.charge(headers.status, request.host, headers.has('x-envoy-upstream-canary'))
    this.settle(undefined, headers.status)
    if (headers.status === 101 || (headers.status === 200 && upgraded && !refusesWebSocket)) {
      // A tunnel has no response timeout.
      this.#globalAt = Number.POSITIVE_INFINITY
      info.fate = 'upgraded'
    }
    if (!this.settings.suppressEnvoyHeaders && this.endedMs >= 0)
      setNumber(headers, 'x-envoy-upstream-service-time', now - this.endedMs)
    if (this.route.virtualHost.includeAttemptCountInResponse) setNumber(headers, 'x-envoy-attempt-count', this.tries)
    if (this.hashCookie !== '') headers.append('set-cookie', this.hashCookie)
    info.status = headers.status
    this.route.finalizeResponseHeaders(headers, info, this.headers!)
    if (endStream) this.#whole(request, now)
    this.stream.encodeHeaders(headers, endStream)
  }

  /** The whole response has come. */
  #whole(request: UpstreamRequest, now: number): void {
    this.info!.lastUpstreamRxMs = now
    this.#globalAt = Number.POSITIVE_INFINITY
    if (this.endedMs < 0) return
    this.chargeTime(now - this.endedMs, request.host)
    this.countBudget(now - this.endedMs, this.globalMs)
  }

  override onUpstreamData(request: UpstreamRequest, chunk: Uint8Array, endStream: boolean): void {
    if (request !== this.final) return
    const info = this.info!
    if (info.firstUpstreamBodyMs < 0) info.firstUpstreamBodyMs = this.nowMs()
    if (endStream) this.#whole(request, this.nowMs())
    if (!this.stream.encodeData(chunk, endStream) && !endStream) request.pause(true)
  }

  override onUpstreamTrailers(request: UpstreamRequest, trailers: HeaderMap): void {
    if (request !== this.final) return
    this.#whole(request, this.nowMs())
    this.stream.encodeTrailers(trailers)
  }

  onDownstreamWritable(): void {
    this.final?.pause(false)
  }

  #resetDownstream(request: UpstreamRequest, reason: ResetReason): void {
    this.settings.stats.resetAfterResponseStarted.inc()
    this.info!.setFlag(flagOfReset(reason))
    this.info!.fate = 'upstream_error'
    this.drop(request)
    this.stream.reset(reason === 'protocol error' ? 'protocol error' : 'remote reset', resetDetails(true, reason, ''))
  }

  // ── time ──

  protected override arm(): void {
    const at = Math.min(this.#globalAt, this.nextTryAt)
    if (at !== Number.POSITIVE_INFINITY) this.stream.wakeAt(at)
  }

  onWake(now: number): void {
    if (this.#over) return
    if (now >= this.#globalAt) return this.#globalTimeout()
    const retry = this.backOffOver(now)
    this.arm()
    if (retry) this.startTry()
  }

  #globalTimeout(): void {
    this.#globalAt = Number.POSITIVE_INFINITY
    this.cluster.info.stats.rqTimeout.inc()
    for (const tally of this.tallies) tally.timeout.inc()
    this.timeOutAll()
  }

  // ── the end ──

  abandon(): void {
    if (this.#over) return
    this.#over = true
    this.#globalAt = Number.POSITIVE_INFINITY
    this.letGo()
    this.held = undefined
  }

  onComplete(): void {
    this.countFate()
    for (const shadow of this.#shadows) shadow.finish()
  }
}
