import {
  type HeaderMap,
  NO_SPAN,
  type RequestHeaders,
  type ResetReason,
  type ResponseEncoder,
  type ResponseHeaders,
  type StreamInfo,
} from '@nuncio/core'
import type { StreamTrace } from '@nuncio/tracing'
import type { AbortSignalLike } from '@nuncio/cluster'
import type { HttpFilter } from '../filter.ts'
import { isGrpcContentType } from '../grpc-status.ts'
import { LocalReply } from '../local-reply.ts'
import { finishMessage, localReplyMessage, type LocalReplyMessage, ownHeaders } from './local-reply-message.ts'
import { Hook, type HttpFilterChain, REQUEST_HOOKS, RESPONSE_HOOKS } from './plan.ts'
import { RequestPipe } from './request-pipe.ts'
import { ResponsePipe } from './response-pipe.ts'
import { StreamFilters } from './stream-filters.ts'
import type { RedirectState, TerminalStream } from './terminal.ts'

const NO_BODY = new Uint8Array(0)

/**
 * One stream and its filters: the engine. The codec's side hands in the request and takes the response; the terminal
 * filter does the reverse; what lies between is two pipes, and a direction in which no filter has a hook has none and
 * costs a call.
 *
 * Whoever owns streams (the connection manager, a test harness) extends this class with what it knows of connections:
 * routes, the last touches to a response, clocks and statistics. A stream ends exactly once, in `finish`.
 */
export abstract class ChainStream extends StreamFilters implements TerminalStream {
  override requestHeaders!: RequestHeaders
  responseHeaders: ResponseHeaders | undefined = undefined
  localReplyBody: Uint8Array = NO_BODY
  readonly info: StreamInfo
  /** Where the engine writes down how the stream fares; `info` unless filters are to see another story. */
  protected told: StreamInfo
  readonly random: number
  bufferLimit: number
  span = NO_SPAN
  trace: StreamTrace | undefined = undefined
  upgraded = false
  grpc = false
  overrideHost = ''
  overrideStrict: { readonly status: number } | undefined = undefined
  requestEnded = false
  responseStarted = false
  redirects: RedirectState | undefined = undefined
  /** Over: nothing is called any more. */
  done = false

  protected readonly encoder: ResponseEncoder
  #terminalStarted = false
  #answered = false
  #responseEnded = false
  /** What the terminal filter has of disables of reading the request. */
  #requestHolds = 0
  #codecFull = false
  #pipeFull = false
  #completed = false
  #abort: { readonly signal: AbortSignalLike; abort(): void } | undefined = undefined

  constructor(chain: HttpFilterChain, encoder: ResponseEncoder, info: StreamInfo, random: number, bufferLimit: number) {
    super(chain)
    this.encoder = encoder
    this.info = this.told = info
    this.random = random
    this.bufferLimit = bufferLimit
  }

  // ── what the owner supplies ──

  /** The last touch before the codec: server, date, via, connection policy. Also for local replies. */
  protected abstract finalizeResponse(headers: ResponseHeaders): void
  /** What the route says of answers that others make on its way; of an answer that has only its status. */
  protected routeLocalReply(_message: LocalReplyMessage): void {}
  /** `local_reply_config`; may change head and body. */
  protected customizeLocalReply(_message: LocalReplyMessage, _reply: LocalReply): void {}
  /** The response breaks off. */
  protected resetEncoder(reason: ResetReason): void {
    this.encoder.reset(reason)
  }
  chunkKept(): void {}
  /** The stream is over: log, count, release. Comes once, after the filters' `onComplete`. */
  protected abstract streamDone(): void
  /** The request is over in the same way, but another one begins in its place: here `info` turns to that one. */
  protected recreated(): void {
    this.info.recreate()
  }
  protected abstract nowMs(): number
  /** The terminal filter wants `wakeTerminal` at this moment (monotonic ms) or a little later; an earlier wish stands. */
  abstract wakeAt(atMs: number): void
  protected abstract makeAbort(): { readonly signal: AbortSignalLike; abort(): void }

  // ── the request, from the codec ──

  /** The head of the request is there. It may still be answered before any filter sees it. */
  receive(headers: RequestHeaders): void {
    this.requestHeaders = headers
    this.grpc = isGrpcContentType(headers.get('content-type'))
  }

  /** Receives the head and enters the filters. */
  start(headers: RequestHeaders, endStream: boolean): void {
    this.receive(headers)
    this.enter(endStream)
  }

  /** Chooses the route and the filters and sends what was received through. */
  enter(endStream: boolean): void {
    this.makeFilters()
    if ((this.hooks & REQUEST_HOOKS) === 0) {
      this.terminalHeaders(endStream)
      return
    }
    this.requestPipe = new RequestPipe(this, this.filters, this.bufferLimit)
    this.requestPipe.headers(endStream)
  }

  /** Data of the request, as received. */
  requestData(chunk: Uint8Array, endStream: boolean): void {
    if (this.done || this.#answered) return
    this.told.bytesReceived += chunk.length
    const pipe = this.requestPipe
    if (pipe === undefined || ((this.hooks & Hook.requestData) === 0 && pipe.flowing))
      this.terminalData(chunk, endStream)
    else pipe.data(chunk, endStream)
  }

  requestTrailersReceived(trailers: HeaderMap): void {
    if (this.done || this.#answered) return
    this.requestTrailers = trailers
    if (this.requestPipe === undefined) this.terminalTrailers()
    else this.requestPipe.trailers()
  }

  /** The client went away, or its stream broke. */
  downstreamReset(flag: number, details: string): void {
    if (this.done) return
    this.info.setFlag(flag)
    if (this.info.details === undefined || this.info.details === 'via_upstream') this.info.details = details
    if (this.info.fate !== 'upgraded') this.info.fate = 'client_abort'
    this.finish()
  }

  /** The codec has room again. */
  codecWritable(): void {
    this.#codecFull = false
    this.responsePipe?.resume()
    if (!this.#pipeFull && !this.#codecFull && !this.done && !this.#answered) this.terminal.onDownstreamWritable()
  }

  // ── to the terminal filter ──

  /** @internal */
  terminalHeaders(endStream: boolean): void {
    if (endStream) this.requestEnded = true
    this.#terminalStarted = true
    try {
      this.terminal.onRequestHeaders(this.requestHeaders, this, endStream)
    } catch (error) {
      this.filterFailed(this.terminal, error)
    }
  }
  /** @internal */
  terminalData(chunk: Uint8Array, endStream: boolean): void {
    if (endStream) this.requestEnded = true
    try {
      this.terminal.onRequestData(chunk, this, endStream)
    } catch (error) {
      this.filterFailed(this.terminal, error)
    }
  }
  /** @internal */
  terminalTrailers(): void {
    this.requestEnded = true
    try {
      this.terminal.onRequestTrailers(this.requestTrailers!, this)
    } catch (error) {
      this.filterFailed(this.terminal, error)
    }
  }

  requestReadDisable(disable: boolean): void {
    this.#requestHolds += disable ? 1 : -1
    this.requestPressure(disable)
    if (this.#requestHolds === 0) this.requestPipe?.resume()
  }
  /** @internal */
  requestPressure(full: boolean): void {
    if (!this.done) this.encoder.readDisable(full)
  }
  /** @internal */
  get requestBlocked(): boolean {
    return this.#requestHolds > 0
  }

  // ── the response, from the terminal filter ──

  encodeInformational(headers: ResponseHeaders): void {
    if (!this.done && !this.#answered) this.encoder.encodeInformational(headers)
  }

  encodeHeaders(headers: ResponseHeaders, endStream: boolean): void {
    if (this.done || this.#answered) return
    this.responseHeaders = headers
    this.told.status = headers.status
    if ((this.hooks & RESPONSE_HOOKS) === 0) return this.codecHeaders(endStream)
    this.responsePipe = new ResponsePipe(this, this.filters, this.bufferLimit)
    this.responsePipe.headers(endStream)
  }

  encodeData(chunk: Uint8Array, endStream: boolean): boolean {
    if (this.done || this.#answered) return true
    const pipe = this.responsePipe
    // Filters that look at headers only do not slow the body down.
    if (pipe === undefined || ((this.hooks & Hook.responseData) === 0 && pipe.flowing)) this.codecData(chunk, endStream)
    else pipe.data(chunk, endStream)
    return !this.#codecFull && !this.#pipeFull
  }

  encodeTrailers(trailers: HeaderMap): void {
    if (this.done || this.#answered) return
    this.responseTrailers = trailers
    if (this.responsePipe === undefined) this.codecTrailers()
    else this.responsePipe.trailers()
  }

  /** For the owner: the time that `wakeAt` asked for may have come. */
  protected wakeTerminal(nowMs: number): void {
    if (!this.done && this.#terminalStarted) this.terminal.onWake?.(nowMs)
  }

  // ── to the codec ──

  /** @internal */
  codecHeaders(endStream: boolean): void {
    if (this.done) return
    const headers = this.responseHeaders!
    this.responseStarted = true
    this.told.status = headers.status
    this.told.firstDownstreamTxMs = this.nowMs()
    this.finalizeResponse(headers)
    this.encoder.encodeHeaders(headers, endStream)
    if (endStream) this.#codecEnded()
  }
  /** @internal */
  codecData(chunk: Uint8Array, endStream: boolean): void {
    if (this.done) return
    this.told.bytesSent += chunk.length
    if (!this.encoder.encodeData(chunk, endStream)) this.#codecFull = true
    if (endStream) this.#codecEnded()
  }
  /** @internal */
  codecTrailers(): void {
    if (this.done) return
    this.encoder.encodeTrailers(this.responseTrailers!)
    this.#codecEnded()
  }
  /** @internal */
  responsePressure(full: boolean): void {
    this.#pipeFull = full
    if (!full && !this.#codecFull && !this.done && !this.#answered) this.terminal.onDownstreamWritable()
  }
  /** @internal */
  get responseBlocked(): boolean {
    return this.#codecFull
  }

  #codecEnded(): void {
    this.#responseEnded = true
    this.told.lastDownstreamTxMs = this.nowMs()
    this.finish()
  }

  // ── local replies and failures ──

  sendLocalReply(reply: LocalReply): void {
    if (this.done) return
    // Filters see one response: the one that was on its way through them may be held for good.
    if (this.responseStarted || this.responsePipe !== undefined) return this.sendLocalReplyPastFilters(reply)
    this.makeFiltersForAnswer()
    const message = this.#messageOf(reply)
    if ((this.hooks & RESPONSE_HOOKS) === 0) {
      this.#sendMessage(message)
      return
    }
    const pipe = (this.responsePipe = new ResponsePipe(this, this.filters, this.bufferLimit))
    const empty = message.body.length === 0 || this.#headRequest()
    pipe.headers(empty)
    if (!empty && !this.done) pipe.data(message.body, true)
  }

  /** A response filter answers in place of the response: what it says goes to the client as it stands. */
  sendLocalReplyPastFilters(reply: LocalReply): void {
    if (this.done) return
    if (this.responseStarted) return this.#resetAfterStart(reply)
    this.#sendMessage(this.#messageOf(reply))
  }

  #messageOf(reply: LocalReply): LocalReplyMessage {
    this.#answer(reply)
    const message = localReplyMessage(reply)
    this.localReplyBody = message.body
    this.routeLocalReply(message)
    ownHeaders(message, reply)
    this.customizeLocalReply(message, reply)
    // What response filters say of a gRPC answer is what it would have been without gRPC.
    this.told.status = message.headers.status
    finishMessage(message, reply, this.grpc, this.#headRequest())
    this.responseHeaders = message.headers
    return message
  }

  #answer(reply: LocalReply): void {
    this.#ownFate(reply)
    this.#answered = true
    this.requestPipe?.kill()
    this.responsePipe?.kill()
    this.responsePipe = undefined
    if (this.#terminalStarted) this.terminal.abandon()
  }

  #sendMessage(message: LocalReplyMessage): void {
    const empty = message.body.length === 0 || this.#headRequest()
    this.codecHeaders(empty)
    if (!empty) this.codecData(message.body, true)
  }

  #headRequest(): boolean {
    return this.requestHeaders.method === 'HEAD'
  }

  #resetAfterStart(reply: LocalReply): void {
    this.#ownFate(reply)
    this.resetEncoder('local reset')
    this.finish()
  }

  /** The proxy ends the stream by itself; whoever knows better why has said so. */
  #ownFate(reply: LocalReply): void {
    this.told.setFlag(reply.flags)
    this.told.details = reply.details
    const { fate } = this.told
    if (fate === undefined || fate === 'success' || fate === 'success_after_retry') this.told.fate = 'local_reply'
  }

  /** A filter threw: the client gets a 500, or a reset when the response has begun. */
  filterFailed(filter: HttpFilter, error: unknown): void {
    if (this.done) return
    this.filterError(this.nameOf(filter), error)
    this.sendLocalReply(new LocalReply(500, 'filter_exception'))
  }

  reset(reason: ResetReason, details: string): void {
    if (this.done) return
    if (details !== '') this.told.details = details
    this.told.fate ??= 'upstream_error'
    this.resetEncoder(reason)
    this.finish()
  }

  /** The end, from whatever side it came. */
  finish(): void {
    if (this.#completed) return
    this.#completed = true
    this.done = true
    this.told.endMs = this.nowMs()
    this.told.fate ??= 'client_abort'
    this.requestPipe?.kill()
    this.responsePipe?.kill()
    if (this.#terminalStarted) this.terminal.abandon()
    if (!this.#responseEnded || !this.requestEnded) this.#abort?.abort()
    this.tellComplete(this)
    this.streamDone()
  }

  /** Bytes of request and response that wait in the proxy for this stream. */
  get bufferedBytes(): number {
    const pipes = (this.requestPipe?.heldBytes ?? 0) + (this.responsePipe?.heldBytes ?? 0)
    return pipes + (this.#terminalStarted ? (this.terminal.held?.bytes ?? 0) : 0) + this.encoder.unwritten
  }

  /** Whether the whole response was given to the codec. */
  get responseEnded(): boolean {
    return this.#responseEnded
  }
  /** Whether a local reply was made. */
  get answered(): boolean {
    return this.#answered
  }

  // ── FilterStream ──

  recreate(body: Uint8Array | undefined, response: ResponseHeaders | undefined): void {
    this.responseHeaders = response
    this.info.redirected(response?.status, this.nowMs())
    this.tellComplete(this)
    this.recreated()
    this.requestPipe?.kill()
    this.#letReadingGoOn()
    this.requestPipe = this.responsePipe = undefined
    this.responseHeaders = this.responseTrailers = this.requestTrailers = undefined
    this.localReplyBody = NO_BODY
    this.requestEnded = this.#terminalStarted = false
    this.#pipeFull = false
    const replay = body !== undefined && body.length > 0 && this.redirects?.dropBody !== true ? body : undefined
    this.enter(replay === undefined)
    if (replay === undefined || this.done || this.#answered) return
    this.told.bytesReceived += replay.length
    if (this.requestPipe === undefined) this.terminalData(replay, true)
    else (this.requestPipe as RequestPipe).data(replay, true)
  }

  /** Takes back what the filters of a request that is over have asked for: the codec counts it, and they are gone. */
  #letReadingGoOn(): void {
    if (this.requestPipe?.paused === true) this.requestPressure(false)
    for (; this.#requestHolds > 0; this.#requestHolds--) this.requestPressure(false)
  }

  restart(change: (headers: RequestHeaders) => void): boolean {
    if (this.done || this.responseStarted || !this.requestEnded) return false
    this.responsePipe?.kill()
    this.terminal.abandon()
    this.#answered = false
    change(this.requestHeaders)
    this.recreate(undefined, this.responseHeaders)
    return true
  }

  overrideUpstreamHost(address: string, strict?: { readonly status: number }): void {
    this.overrideHost = address
    this.overrideStrict = strict
  }
  get signal(): AbortSignalLike {
    this.#abort ??= this.makeAbort()
    if (this.done && !this.#abort.signal.aborted) this.#abort.abort()
    return this.#abort.signal
  }
}
