import { envoyMessage, type Message } from '@nuncio/config'
import type { HeaderMap, RequestHeaders, ResponseHeaders } from '@nuncio/core'
import { type FilterContext, type FilterStream, type HttpFilter, type HttpFilterDefinition, localReply, type Verdict } from '@nuncio/filter-chain' // prettier-ignore
import { configPlace, runtimeFlag } from '@nuncio/matching'
import { errorStatusOf } from '@nuncio/router'
import { GradientController } from './gradient-controller.ts'
import { adaptiveConcurrencyHonours } from './honours.ts'
import { GradientSettings } from './settings.ts'

const TYPE = 'envoy.extensions.filters.http.adaptive_concurrency.v3.AdaptiveConcurrency'
type Config = Message<typeof TYPE>

/** What all streams of one configuration share. */
interface Shared {
  readonly controller: GradientController
  readonly isEnabled: () => boolean
  readonly status: number
  readonly context: FilterContext
}

class AdaptiveConcurrencyFilter implements HttpFilter {
  readonly #shared: Shared
  /** -1: this stream is not counted, or not any more. */
  #startMs = -1

  constructor(shared: Shared) {
    this.#shared = shared
  }

  onRequestHeaders(_headers: RequestHeaders, { info }: FilterStream): Verdict {
    const { controller, isEnabled, status, context } = this.#shared
    if (!isEnabled() || info.healthCheck) return
    if (!controller.admit())
      return localReply(status, 'reached_concurrency_limit', { body: 'reached concurrency limit' })
    this.#startMs = context.time.monotonicMs()
  }

  onResponseHeaders(_headers: ResponseHeaders, _stream: FilterStream, endStream: boolean): void {
    if (endStream) this.#done()
  }
  onResponseData(_chunk: Uint8Array, _stream: FilterStream, endStream: boolean): void {
    if (endStream) this.#done()
  }
  onResponseTrailers(_trailers: HeaderMap): void {
    this.#done()
  }

  onComplete(): void {
    if (this.#startMs < 0) return
    this.#startMs = -1
    this.#shared.controller.cancelled()
  }

  #done(): void {
    if (this.#startMs < 0) return
    const startMs = this.#startMs
    this.#startMs = -1
    this.#shared.controller.done(startMs)
  }
}

function createShared(config: Config, context: FilterContext): Shared {
  const { gradient_controller_config: gradient = {} } = config
  const place = configPlace(config, context).at('gradient_controller_config', gradient)
  const { time, wheel, random, stats } = context
  const controller = new GradientController({
    settings: new GradientSettings(gradient, place),
    time,
    wheel,
    random,
    scope: stats.scope('adaptive_concurrency.gradient_controller.'),
  })
  context.onDispose(() => controller.dispose())
  return {
    controller,
    isEnabled: runtimeFlag(config.enabled, context.runtime),
    status: errorStatusOf(config.concurrency_limit_exceeded_status?.code, 503),
    context,
  }
}

/** `envoy.filters.http.adaptive_concurrency`: lets in as many requests at once as latencies say that upstreams can take. */
export const adaptiveConcurrency: HttpFilterDefinition<Config> = {
  name: 'envoy.filters.http.adaptive_concurrency',
  config: envoyMessage(TYPE, adaptiveConcurrencyHonours),
  stability: 'stable',
  create: (config, context) => {
    const shared = createShared(config, context)
    return () => new AdaptiveConcurrencyFilter(shared)
  },
}
