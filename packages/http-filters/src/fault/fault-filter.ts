import { Flag, type RequestHeaders } from '@nuncio/core'
import {
  type DataVerdict,
  type FilterContext,
  type FilterStream,
  type HttpFilter,
  type LocalReply,
  localReply,
  type Verdict,
} from '@nuncio/filter-chain'
import { matchesHeaders } from '@nuncio/matching'
import { abortFor, delayFor, rateFor } from './decide.ts'
import { Pause } from '../pause/pause.ts'
import type { FaultSettings } from './settings.ts'
import type { FaultStats } from './stats.ts'

/** What all streams of one configuration share. */
export interface FaultShared {
  readonly settings: FaultSettings
  readonly context: FilterContext<FaultSettings>
  readonly stats: FaultStats
}

/** One stream's faults: a delay, then perhaps an abort, or a response that is let out slowly. */
export class FaultFilter implements HttpFilter {
  readonly #shared: FaultShared
  #settings: FaultSettings
  #cluster = ''
  #active = false
  #pause: Pause | undefined = undefined
  /** Bytes a millisecond; 0 = no limit. */
  #rate = 0
  /** When the bytes let out so far are paid for. */
  #paidMs = 0

  constructor(shared: FaultShared) {
    this.#shared = shared
    this.#settings = shared.settings
  }

  onRequestHeaders(headers: RequestHeaders, stream: FilterStream): Verdict {
    const { context, stats } = this.#shared
    const settings = (this.#settings = context.routeConfig(stream) ?? this.#shared.settings)
    if (!concerns(settings, headers, stream)) return
    this.#cluster = headers.get('x-envoy-downstream-service-cluster') ?? ''
    this.#slowDown(headers)
    const ms = settings.delay === undefined ? 0 : delayFor(settings.delay, this.#cluster, headers, context)
    if (ms <= 0 || !this.#enter()) return this.#abort(headers, stream)
    stats.delays.inc()
    if (this.#countsCluster) stats.countFor(this.#cluster, 'delays_injected')
    stream.info.setFlag(Flag.DI)
    this.#note(stream)
    return this.#later(ms, headers, stream)
  }

  onResponseData(chunk: Uint8Array): DataVerdict {
    if (this.#rate === 0) return
    const now = this.#shared.context.time.monotonicMs()
    this.#paidMs = Math.max(now, this.#paidMs) + chunk.length / this.#rate
    return this.#wait(this.#paidMs)
  }

  onComplete(): void {
    this.#pause?.cancel()
    if (this.#active) this.#shared.stats.active.dec()
  }

  get #countsCluster(): boolean {
    return this.#cluster !== '' && this.#settings.clusterStats
  }

  #wait(atMs: number): Promise<void> {
    this.#pause ??= new Pause(this.#shared.context.wheel)
    return this.#pause.until(atMs)
  }

  async #later(ms: number, headers: RequestHeaders, stream: FilterStream): Promise<void | LocalReply> {
    await this.#wait(this.#shared.context.time.monotonicMs() + ms)
    return this.#abort(headers, stream)
  }

  #slowDown(headers: RequestHeaders): void {
    const source = this.#settings.rate
    const rate = source === undefined ? 0 : rateFor(source, headers, this.#shared.context)
    if (rate === 0 || !this.#enter()) return
    this.#rate = rate
    this.#shared.stats.slowed.inc()
  }

  #abort(headers: RequestHeaders, stream: FilterStream): void | LocalReply {
    const { context, stats } = this.#shared
    const source = this.#settings.abort
    const abort = source === undefined ? undefined : abortFor(source, this.#cluster, headers, context)
    if (abort === undefined || !this.#enter()) return
    stats.aborts.inc()
    if (this.#countsCluster) stats.countFor(this.#cluster, 'aborts_injected')
    this.#note(stream)
    // What the proxy says itself is not slowed down.
    this.#rate = 0
    return localReply(abort.status, 'fault_filter_abort', {
      body: 'fault filter abort',
      flags: Flag.FI,
      grpcStatus: abort.grpcStatus,
    })
  }

  /** Counts this stream among those with a fault, once; false when there are too many. */
  #enter(): boolean {
    if (this.#active) return true
    const { context, stats } = this.#shared
    if (stats.active.value >= context.runtime.number(this.#settings.maxActiveKey, this.#settings.maxActive)) {
      stats.overflow.inc()
      return false
    }
    stats.active.inc()
    return (this.#active = true)
  }

  #note(stream: FilterStream): void {
    const { metadata } = this.#settings
    if (metadata !== undefined) stream.info.setMetadata('envoy.filters.http.fault', metadata)
  }
}

function concerns(settings: FaultSettings, headers: RequestHeaders, stream: FilterStream): boolean {
  if (settings.upstreamCluster !== '' && stream.clusterName !== settings.upstreamCluster) return false
  if (settings.downstreamNodes.size > 0) {
    const node = headers.get('x-envoy-downstream-service-node')
    if (node === undefined || !settings.downstreamNodes.has(node)) return false
  }
  return matchesHeaders(settings.headers, headers)
}
