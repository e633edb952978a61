import type { HeaderMap, RequestHeaders, ResponseHeaders } from '@nuncio/core'
import { type FilterContext, type FilterStream, type HttpFilter, isGrpcContentType, localReply, type Verdict } from '@nuncio/filter-chain' // prettier-ignore
import { rejectionProbability } from './probability.ts'
import type { AdmissionSettings } from './settings.ts'

/** Four digits of a probability count. */
const ACCURACY = 10_000

/** One stream: let through or refused, and its end remembered. */
export class AdmissionControlFilter implements HttpFilter {
  readonly #settings: AdmissionSettings
  readonly #context: FilterContext
  /** Its end is still to be remembered. */
  #pending = false
  #grpc = false

  constructor(settings: AdmissionSettings, context: FilterContext) {
    this.#settings = settings
    this.#context = context
  }

  onRequestHeaders(_headers: RequestHeaders, stream: FilterStream): Verdict {
    const settings = this.#settings
    if (!settings.isEnabled() || stream.info.healthCheck) return
    this.#pending = true
    const now = this.#context.time.monotonicMs()
    if (settings.window.averageRps(now) < settings.minRps || !this.#refuses()) return
    // What is refused says nothing about the upstream.
    this.#pending = false
    settings.rejected.inc()
    return localReply(503, 'denied_by_admission_control')
  }

  onResponseHeaders(headers: ResponseHeaders, _stream: FilterStream, endStream: boolean): void {
    if (!this.#pending) return
    this.#grpc = isGrpcContentType(headers.get('content-type'))
    if (!this.#grpc) this.#record(this.#settings.criteria.http(headers.status))
    else if (endStream) this.#record(this.#settings.criteria.grpc(headers.get('grpc-status')))
  }

  onResponseTrailers(trailers: HeaderMap): void {
    if (this.#pending && this.#grpc) this.#record(this.#settings.criteria.grpc(trailers.get('grpc-status')))
  }

  /** What never got an answer is a failure. */
  onComplete(): void {
    if (this.#pending) this.#record(false)
  }

  #refuses(): boolean {
    const { window } = this.#settings
    const probability = rejectionProbability(window.requests, window.successes, this.#settings)
    return probability > 0 && probability * ACCURACY > this.#context.random.uint32() % ACCURACY
  }

  #record(success: boolean): void {
    const { succeeded, failed, window } = this.#settings
    this.#pending = false
    ;(success ? succeeded : failed).inc()
    window.record(success, this.#context.time.monotonicMs())
  }
}
