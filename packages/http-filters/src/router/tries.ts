import type { Host, UpstreamConnection } from '@nuncio/cluster'
import { Flag, type HeaderMap, type ResetReason, type ResponseHeaders } from '@nuncio/core'
import type { LocalReply, TerminalStream } from '@nuncio/filter-chain'
import { Accounting } from './accounting.ts'
import { noHost, timeoutReply, tooLong } from './answers.ts'
import { tellRemainingTime } from './remaining-time.ts'
import { resetReply } from './reset-reply.ts'
import type { RetryDecision, RetryState } from './retry-state.ts'
import { UpstreamRequest } from './upstream-request.ts'

const NEVER = Number.POSITIVE_INFINITY

/**
 * The tries of a request: one after the other as the retry policy allows, or side by side by hedging, until one of them has
 * the response or none is left. What is sent and what comes back is for the class below.
 */
export abstract class Tries extends Accounting {
  stream!: TerminalStream
  /** Undefined when nothing would be retried. */
  protected retry: RetryState | undefined = undefined
  /** The try whose response goes downstream. */
  protected final: UpstreamRequest | undefined = undefined
  /** Monotonic ms of the end of the request; -1 = it has not come. */
  protected endedMs = -1
  /** Time for the whole request, ms; 0 = any. */
  protected globalMs = 0
  /** Of a try, ms; 0 = none. */
  perTryIdleMs = 0
  /** A try that takes too long goes on beside the next one. */
  protected hedges = false
  /** Timeouts are answered with 204. */
  protected alternateReply = false
  #running: UpstreamRequest[] = []
  /** When the next try begins. */
  #backOffAt = NEVER
  #timeoutRetry = false
  #attempt = 0

  // ── what tries tell ──

  abstract onUpstreamReady(request: UpstreamRequest, host: Host, connection: UpstreamConnection): void
  /** No `host`: see `UpstreamCallbacks.onPoolFailure`. */
  abstract onUpstreamFailure(
    request: UpstreamRequest,
    host: Host | undefined,
    reason: ResetReason,
    details: string,
  ): void
  abstract onUpstreamReset(request: UpstreamRequest, reason: ResetReason): void
  abstract onUpstreamInformational(request: UpstreamRequest, headers: ResponseHeaders): void
  abstract onUpstreamHeaders(request: UpstreamRequest, headers: ResponseHeaders, endStream: boolean): void
  abstract onUpstreamData(request: UpstreamRequest, chunk: Uint8Array, endStream: boolean): void
  abstract onUpstreamTrailers(request: UpstreamRequest, trailers: HeaderMap): void
  abstract onUpstreamWritable(request: UpstreamRequest): void
  abstract onFilterReply(reply: LocalReply): void

  /** Sends a try what there is of the request by now. */
  protected abstract sendRequest(request: UpstreamRequest): void
  /** Asks to be woken for what is due next, `nextTryAt` too. */
  protected abstract arm(): void

  protected override get tries(): number {
    return this.#attempt
  }
  override get attempt(): number {
    return this.#attempt - 1
  }
  protected get nextTryAt(): number {
    return this.#backOffAt
  }
  /** Whether the next try is waited for. */
  protected get backsOff(): boolean {
    return this.#backOffAt !== NEVER
  }

  /** Whether it is time for the next try. */
  protected backOffOver(nowMs: number): boolean {
    if (nowMs < this.#backOffAt) return false
    this.#backOffAt = NEVER
    return true
  }

  /** The newest of those that are under way: the one that the request is sent to. */
  protected latest(): UpstreamRequest | undefined {
    return this.#running[this.#running.length - 1]
  }

  /** Asks a host, one that the balancer chooses now. */
  protected startTry(): void {
    this.#attempt++
    if (this.#attempt > 1) this.info!.tryAgain()
    this.info!.attempts = this.#attempt
    const headers = this.headers!
    const { virtualHost } = this.route
    if (virtualHost.includeRequestAttemptCount) headers.set('x-envoy-attempt-count', String(this.#attempt))
    if (virtualHost.includeIsTimeoutRetryHeader && this.#attempt > 1) {
      headers.set('x-envoy-is-timeout-retry', String(this.#timeoutRetry))
    }
    if (this.#attempt > 1 && !this.settings.suppressEnvoyHeaders) {
      const limits = { timeoutMs: this.globalMs, perTryTimeoutMs: this.perTryMs, hedgeOnPerTryTimeout: this.hedges }
      tellRemainingTime(headers, limits, this.endedMs < 0 ? 0 : this.nowMs() - this.endedMs)
    }
    this.aim(this.stream, this.#attempt === 1)
    const host = this.cluster.chooseHost(this)
    if (host === undefined) return this.#noHost()
    const request = new UpstreamRequest(this, this.cluster, host)
    this.#running.push(request)
    request.start()
    if (request.takesEarly) this.sendRequest(request)
  }

  #noHost(): void {
    const reply = noHost(this.info!, this.strictStatus)
    this.charge(reply.status, undefined)
    this.reply(reply)
  }

  /** Answers the client in place of the upstream. */
  protected reply(reply: LocalReply): void {
    const counted = this.route.virtualHost.includeAttemptCountInResponse
    const attempts = String(Math.max(1, this.#attempt))
    this.stream.sendLocalReply(counted ? reply.with(['x-envoy-attempt-count', attempts]) : reply)
  }

  /** A try ended without a response: another, or the answer. */
  protected failed(request: UpstreamRequest, reason: ResetReason, transport: string, sent: boolean): void {
    this.drop(request)
    // One that was hedged has had its retry.
    if (!request.hedged && this.retryAfter(this.retry?.decideReset(reason, sent) ?? 'no')) return
    if (this.#othersMayAnswer) return
    this.settle(reason === 'overflow' ? 'overflow' : 'upstream_error')
    const reply = resetReply(reason, transport, this.#attempt > 1, this.settings.suppressEnvoyHeaders)
    this.charge(reply.status, request.host)
    this.reply(reply)
  }

  /** Whether there are tries under way that have no response yet, or one that will begin. */
  get #othersMayAnswer(): boolean {
    return this.#running.length > 0 || this.backsOff
  }

  /** Starts a retry when the decision allows it. */
  protected retryAfter(decision: RetryDecision): boolean {
    this.decision = decision
    if (decision === 'limit') this.info!.setFlag(Flag.URX)
    if (decision === 'overflow') this.info!.setFlag(Flag.UO)
    if (decision !== 'yes') return false
    if (this.bodyGivenUp) return false
    this.#backOffAt = this.nowMs() + this.retry!.backOffMs()
    this.arm()
    return true
  }

  /** This one is over. */
  protected drop(request: UpstreamRequest): void {
    const at = this.#running.indexOf(request)
    if (at >= 0) this.#running.splice(at, 1)
    request.detach(this.stream.requestEnded)
  }

  /** A response that is not the one to send on. */
  protected retryResponse(request: UpstreamRequest, headers: ResponseHeaders): boolean {
    const retry = this.retry!
    let bad: boolean
    if (request.hedged) {
      this.decision = 'no'
      bad = retry.wouldRetryResponse(headers)
    } else {
      const decision = retry.decideResponse(headers)
      if (this.retryAfter(decision)) {
        this.chargeRetried(headers.status)
        this.#timeoutRetry = false
        this.drop(request)
        return true
      }
      bad = decision !== 'no'
    }
    if (!bad) return false
    // Others are still at it: this one only drops out.
    const others = this.#running.length > 1 || this.backsOff
    if (others) this.drop(request)
    return others
  }

  onPerTryTimeout(request: UpstreamRequest, idle: boolean): void {
    const { stats } = this.cluster.info
    ;(idle ? stats.rqPerTryIdleTimeout : stats.rqPerTryTimeout).inc()
    if (!request.started) this.report(request, 0, 'timeout', -1)
    request.timedOut()
    if (request === this.final) {
      // Hedging gives up nothing that may still come.
      if (!this.hedges) this.#timedOut('upstream_per_try_idle_timeout')
      return
    }
    this.#timeoutRetry = true
    if (this.hedges) {
      request.overdue = true
      if (this.retry !== undefined) request.hedged = this.retryAfter(this.retry.decideHedge())
      return
    }
    this.info!.upstreamHost = request.host
    this.drop(request)
    if (!request.hedged && this.retryAfter(this.retry?.decideReset('timeout', true) ?? 'no')) return
    if (this.#othersMayAnswer) return
    this.#chargeTimeout(request)
    this.#timedOut(idle ? 'upstream_per_try_idle_timeout' : 'upstream_per_try_timeout')
  }

  onStreamTooLong(request: UpstreamRequest): void {
    this.cluster.info.stats.rqMaxDuration.inc()
    const last = request === this.final
    this.drop(request)
    if (!last && this.retryAfter(this.retry?.decideReset('local reset', true) ?? 'no')) return
    if (!last && this.#othersMayAnswer) return
    this.settle('timeout')
    this.reply(tooLong(this.stream.requestEnded))
  }

  /** The time for the whole request is over, whatever is under way. */
  protected timeOutAll(): void {
    for (const request of this.#running) {
      if (!request.started && !request.overdue) this.report(request, 0, 'timeout', -1)
      this.#chargeTimeout(request)
    }
    const last = this.latest()
    if (last !== undefined) this.info!.upstreamHost = last.host
    this.#timedOut('response_timeout')
  }

  #chargeTimeout(request: UpstreamRequest): void {
    if (this.final === undefined) this.charge(this.alternateReply ? 204 : 504, request.host)
  }

  #timedOut(details: string): void {
    if (this.endedMs >= 0) this.countBudget(this.nowMs() - this.endedMs, this.globalMs)
    if (this.decision === 'yes') this.decision = 'no'
    this.settle('timeout')
    this.reply(timeoutReply(details, Flag.UT, this.alternateReply))
  }

  /** This one has the response: the others are over, and the next one, if it is waited for, does not begin. */
  protected choose(request: UpstreamRequest): void {
    this.final = request
    this.#backOffAt = NEVER
    this.retry?.release()
    for (let i = this.#running.length - 1; i >= 0; i--) {
      const other = this.#running[i]!
      if (other !== request) this.drop(other)
    }
  }

  /** Gives up all that are under way, and the next one. */
  protected letGo(): void {
    this.#backOffAt = NEVER
    this.retry?.release()
    const ended = this.stream.requestEnded
    for (let i = 0; i < this.#running.length; i++) this.#running[i]!.detach(ended)
    this.#running = []
  }
}
