import { envoyMessage } from '@nuncio/config'
import type { HeaderMap, RequestHeaders } from '@nuncio/core'
import type { DataVerdict, FilterContext, FilterStream, HttpFilter, HttpFilterDefinition } from '@nuncio/filter-chain'
import { configPlace } from '@nuncio/matching'
import { BodyLimit } from './body-limit.ts'
import { bandwidthLimitHonours } from './honours.ts'
import { type BandwidthConfig, type BandwidthSettings, compileBandwidth } from './settings.ts'

const TYPE = 'envoy.extensions.filters.http.bandwidth_limit.v3.BandwidthLimit'
type Context = FilterContext<BandwidthSettings>

class BandwidthLimitFilter implements HttpFilter {
  readonly #own: BandwidthSettings
  readonly #context: Context
  #settings: BandwidthSettings
  #request: BodyLimit | undefined = undefined
  #response: BodyLimit | undefined = undefined

  constructor(own: BandwidthSettings, context: Context) {
    this.#own = this.#settings = own
    this.#context = context
  }

  onRequestHeaders(_headers: RequestHeaders, stream: FilterStream): void {
    const settings = (this.#settings = this.#context.routeConfig(stream) ?? this.#own)
    if (!settings.isEnabled()) return
    const { wheel } = this.#context
    if (settings.request !== undefined) this.#request = new BodyLimit(settings.request, wheel)
    if (settings.response !== undefined) this.#response = new BodyLimit(settings.response, wheel)
  }

  onRequestData(chunk: Uint8Array): DataVerdict {
    return this.#request?.pass(chunk.length, this.#context.time.monotonicMs())
  }

  onResponseData(chunk: Uint8Array, stream: FilterStream, endStream: boolean): DataVerdict {
    const waits = this.#response?.pass(chunk.length, this.#context.time.monotonicMs())
    if (!endStream || this.#settings.trailerPrefix === undefined || !this.#hasWaited) return waits
    if (waits === undefined) return this.#tell(stream.addResponseTrailers())
    return waits.then(() => this.#tell(stream.addResponseTrailers()))
  }

  onResponseTrailers(trailers: HeaderMap): void {
    if (this.#settings.trailerPrefix !== undefined) this.#tell(trailers)
  }

  onComplete(): void {
    this.#request?.close()
    this.#response?.close()
  }

  get #hasWaited(): boolean {
    return (this.#request?.waitedMs ?? 0) + (this.#response?.waitedMs ?? 0) > 0
  }

  #tell(trailers: HeaderMap): void {
    tell(trailers, `${this.#settings.trailerPrefix}bandwidth-request`, this.#request)
    tell(trailers, `${this.#settings.trailerPrefix}bandwidth-response`, this.#response)
  }
}

/** How long a body took, and how long it waited here; nothing of one that did not wait. */
function tell(trailers: HeaderMap, name: string, body: BodyLimit | undefined): void {
  if (body === undefined || body.waitedMs === 0) return
  trailers.set(`${name}-delay-ms`, String(Math.round(body.durationMs)))
  trailers.set(`${name}-filter-delay-ms`, String(Math.round(body.waitedMs)))
}

/** `envoy.filters.http.bandwidth_limit`: lets bodies through at a rate that all streams share. */
export const bandwidthLimit: HttpFilterDefinition<BandwidthConfig, BandwidthSettings> = {
  name: 'envoy.filters.http.bandwidth_limit',
  config: envoyMessage(TYPE, bandwidthLimitHonours),
  routeConfig: envoyMessage(TYPE, bandwidthLimitHonours),
  stability: 'stable',
  create: (config, context) => {
    const own = compileBandwidth(config, configPlace(config, context), context)
    return () => new BandwidthLimitFilter(own, context)
  },
  createRoute: (config, context) =>
    compileBandwidth(config as BandwidthConfig, configPlace(config as object, context), context),
}
