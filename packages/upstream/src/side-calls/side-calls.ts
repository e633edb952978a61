import {
  type Cluster,
  type ClusterManager,
  type Host,
  PlainContext,
  type PendingStream,
  type PoolFailure,
  type UpstreamCallbacks,
  SideCallError,
  type SideCallFailure,
  type SideRequest,
  type SideResponse,
} from '@nuncio/cluster'
import {
  appendForwardedFor,
  Deadline,
  type HeaderMap,
  type RequestEncoder,
  requestHeaders,
  type RequestHeaders,
  type ResetReason,
  type ResponseHeaders,
  type StatsStore,
  type TimerWheel,
  type TimeSource,
  grpcStatusOf,
} from '@nuncio/core'
import { grpcFrame, GrpcReader } from './grpc-frame.ts'
import { tagCall, tagFailedCall } from './call-span.ts'
import { SideCallStats } from './side-call-stats.ts'

export interface SideCallsParts {
  readonly clusters: ClusterManager
  readonly time: TimeSource
  readonly wheel: TimerWheel
  /** What services are told of where a call comes from; '' = nothing. */
  readonly ownAddress: string
  readonly stats: StatsStore
}

const MAX_RESPONSE = 1 << 20
/** Requests of the proxy itself, over the same balancers, limits, pools and statistics as traffic. */
export class SideCalls {
  readonly parts: SideCallsParts
  readonly running = new Set<SideCall>()
  readonly #stats: SideCallStats
  #closed = false

  constructor(parts: SideCallsParts) {
    this.parts = parts
    this.#stats = new SideCallStats(parts.stats)
  }

  /** Settles to the whole answer; rejects with a `SideCallError`. */
  fetch(name: string, request: SideRequest): Promise<SideResponse> {
    return new Promise((resolve, reject) => {
      const refuse = (failure: SideCallFailure, message: string): void =>
        reject(new SideCallError(failure, name, message))
      if (this.#closed) return refuse('closed', 'the cluster manager is closed')
      if (request.signal?.aborted === true) return refuse('aborted', 'aborted before it began')
      const cluster = this.parts.clusters.get(name)
      this.#stats.total.inc()
      if (cluster === undefined) {
        this.#stats.noCluster.inc()
        return refuse('no-cluster', `there is no cluster '${name}'`)
      }
      const context = new SideContext(request)
      const host = cluster.chooseHost(context)
      if (host === undefined) return refuse('no-host', `the cluster '${name}' has no host to send to`)
      new SideCall(this, cluster, host, request, { resolve, reject }).start(context)
    })
  }

  /** Ends all that run; each is told. */
  close(): void {
    this.#closed = true
    for (const call of this.running) call.fail('closed', 'the cluster manager is closed')
  }
}

class SideContext extends PlainContext {
  constructor(request: SideRequest) {
    super()
    this.headers = headersOf(request)
  }
}

interface Settle {
  readonly resolve: (response: SideResponse) => void
  readonly reject: (error: SideCallError) => void
}

/** What the caller would have been answered, had it been a client. */
const STATUS_OF_FAILURE: Partial<Record<SideCallFailure, number>> = {
  connect: 503,
  overflow: 503,
  reset: 503,
  timeout: 504,
}

/** One request and its answer; as a deadline its time limit. */
class SideCall extends Deadline implements UpstreamCallbacks {
  readonly #calls: SideCalls
  readonly #cluster: Cluster
  readonly #host: Host
  readonly #request: SideRequest
  readonly #settle: Settle
  readonly #startedMs: number
  #sentMs = -1
  #latencyMs = -1
  #pending: PendingStream | undefined = undefined
  #encoder: RequestEncoder | undefined = undefined
  #headers: ResponseHeaders | undefined = undefined
  #trailers: HeaderMap | undefined = undefined
  readonly #body: GrpcReader
  readonly #chunks: Buffer[] = []
  #size = 0
  #over = false
  readonly #onAbort = (): void => this.fail('aborted', 'aborted')

  constructor(calls: SideCalls, cluster: Cluster, host: Host, request: SideRequest, settle: Settle) {
    super()
    this.#calls = calls
    this.#cluster = cluster
    this.#host = host
    this.#request = request
    this.#settle = settle
    this.#startedMs = calls.parts.time.monotonicMs()
    this.#body = new GrpcReader(request.maxResponseBytes ?? MAX_RESPONSE)
  }

  start(context: SideContext): void {
    const { signal, timeoutMs } = this.#request
    const { running, parts } = this.#calls
    running.add(this)
    signal?.addEventListener('abort', this.#onAbort)
    if (timeoutMs > 0) parts.wheel.arm(this, this.#startedMs + timeoutMs)
    const pending = this.#cluster.httpPool(this.#host, 0, '', context).newStream(this)
    if (!this.#over && this.#encoder === undefined) this.#pending = pending
  }

  override onDeadline(): void {
    this.#report(0, 'timeout')
    this.#cluster.info.stats.rqTimeout.inc()
    this.fail('timeout', `no answer within ${this.#request.timeoutMs} ms`)
  }

  fail(failure: SideCallFailure, message: string): void {
    if (!this.#end()) return
    const status = STATUS_OF_FAILURE[failure]
    if (status !== undefined) this.#cluster.info.stats.chargeOwn(status)
    this.#pending?.cancel()
    this.#encoder?.reset('local reset')
    const { span, grpc } = this.#request
    if (span?.recording === true) tagFailedCall(span, this.#cluster, this.#host, grpc === true, failure)
    this.#settle.reject(new SideCallError(failure, this.#cluster.info.name, message))
  }

  // ── the pool ──

  onPoolReady(encoder: RequestEncoder): void {
    this.#pending = undefined
    this.#encoder = encoder
    const { body, grpc } = this.#request
    this.#sentMs = this.#calls.parts.time.monotonicMs()
    const message = grpc === true ? grpcFrame(body ?? new Uint8Array(0)) : body
    const empty = message === undefined || message.length === 0
    const headers = headersOf(this.#request)
    this.#nameSelf(headers)
    this.#request.span?.inject(headers)
    encoder.encodeHeaders(headers, empty)
    if (!empty && !this.#over) encoder.encodeData(message, true)
  }

  /** Services are told who asks, and how long it waits. */
  #nameSelf(headers: RequestHeaders): void {
    const { sendInternal, sendXff, timeoutMs } = this.#request
    if (timeoutMs > 0) headers.set('x-envoy-expected-rq-timeout-ms', String(Math.ceil(timeoutMs)))
    if (sendInternal !== false) headers.set('x-envoy-internal', 'true')
    if (sendXff !== false) appendForwardedFor(headers, this.#calls.parts.ownAddress)
  }

  onPoolFailure(reason: PoolFailure, _host: Host, details: string): void {
    this.#pending = undefined
    this.#report(0, reason)
    this.fail(reason === 'overflow' ? 'overflow' : 'connect', details === '' ? reason : `${reason}: ${details}`)
  }

  // ── the answer ──

  onInformational(): void {}

  onHeaders(headers: ResponseHeaders, endStream: boolean): void {
    if (this.#over) return
    this.#headers = headers
    this.#latencyMs = this.#calls.parts.time.monotonicMs() - this.#sentMs
    if (endStream) this.#finish()
  }

  onData(chunk: Uint8Array, endStream: boolean): void {
    if (this.#over) return
    if (!this.#take(chunk)) {
      this.#report(this.#headers!.status, undefined)
      return this.fail('too-large', `the answer is larger than ${this.#request.maxResponseBytes ?? MAX_RESPONSE} bytes`)
    }
    if (endStream) this.#finish()
  }

  onTrailers(trailers: HeaderMap): void {
    if (this.#over) return
    this.#trailers = trailers
    this.#finish()
  }

  onReset(reason: ResetReason, details: string): void {
    if (this.#over) return
    this.#encoder = undefined
    this.#report(0, reason)
    this.fail('reset', details === '' ? reason : `${reason}: ${details}`)
  }

  onWritable(): void {}

  #take(chunk: Uint8Array): boolean {
    if (this.#request.grpc === true) return this.#body.push(chunk)
    this.#size += chunk.length
    if (this.#size > (this.#request.maxResponseBytes ?? MAX_RESPONSE)) return false
    if (chunk.length > 0) this.#chunks.push(Buffer.from(chunk))
    return true
  }

  #finish(): void {
    const headers = this.#headers!
    const { status } = headers
    const grpcStatus = this.#request.grpc === true ? this.#grpcStatus(headers) : -1
    const { stats } = this.#cluster.info
    const tookMs = this.#calls.parts.time.monotonicMs() - this.#startedMs
    stats.chargeOwn(status)
    stats.responses.took(tookMs)
    stats.internal.took(tookMs)
    this.#report(status, undefined, grpcStatus)
    if (!this.#end()) return
    const { span } = this.#request
    if (span?.recording === true) tagCall(span, this.#cluster, this.#host, status, grpcStatus)
    const source = this.#trailers?.get('grpc-message') ?? headers.get('grpc-message') ?? ''
    const body = this.#request.grpc === true ? (this.#body.message ?? new Uint8Array(0)) : Buffer.concat(this.#chunks)
    this.#settle.resolve({
      status,
      headers,
      body,
      grpcStatus,
      grpcMessage: this.#request.grpc === true ? decoded(source) : '',
    })
  }

  #grpcStatus(headers: ResponseHeaders): number {
    const text = this.#trailers?.get('grpc-status') ?? headers.get('grpc-status')
    if (text !== undefined && /^\d{1,3}$/.test(text)) {
      const status = Number(text)
      // A call that went well has exactly one message.
      return status === 0 && this.#body.message === undefined ? 13 : status
    }
    return grpcStatusOf(headers.status)
  }

  #report(status: number, reset: ResetReason | 'timeout' | undefined, grpcStatus = -1): void {
    if (!this.#over) this.#cluster.reportOutcome(this.#host, { status, reset, latencyMs: this.#latencyMs, grpcStatus })
  }

  #end(): boolean {
    if (this.#over) return false
    this.#over = true
    this.#calls.running.delete(this)
    this.#calls.parts.wheel.cancel(this)
    this.#request.signal?.removeEventListener('abort', this.#onAbort)
    return true
  }
}

function headersOf(request: SideRequest): ReturnType<typeof requestHeaders> {
  const headers = requestHeaders([
    [':method', request.grpc === true ? 'POST' : request.method],
    [':path', request.path],
    [':authority', request.authority],
    [':scheme', request.scheme ?? 'http'],
  ])
  for (const [name, value] of request.headers ?? []) headers.append(name, value)
  if (request.grpc === true) {
    headers.set('content-type', 'application/grpc')
    headers.set('te', 'trailers')
  } else if (request.body !== undefined && request.body.length > 0) {
    headers.set('content-length', String(request.body.length))
  }
  return headers
}

/** A gRPC message as it stands in trailers: percent-encoded UTF-8. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
