import type { FormatContext } from '@nuncio/access-log'
import type { RequestHeaders } from '@nuncio/core'
import type { NetworkFilterContext } from '@nuncio/listener'
import type { ConfigPlace } from '@nuncio/matching'
import { HttpTracing, type RequestIdRules, type RouteTracing, type StreamTrace } from '@nuncio/tracing'
import type { HttpServices, LiveTracer } from '../http-services/http-services.ts'
import type { HcmConfig } from './hcm-info.ts'
import type { TraceCounters } from './hcm-stats.ts'

/** The tracing of a connection manager with what it holds: its share of a provider, and its counters. */
export class LiveTracing {
  readonly #tracing: HttpTracing
  readonly #counters: TraceCounters
  readonly #provider: LiveTracer | undefined

  constructor(tracing: HttpTracing, counters: TraceCounters, provider: LiveTracer | undefined) {
    this.#tracing = tracing
    this.#counters = counters
    this.#provider = provider
  }

  begin(headers: RequestHeaders, startMs: number, route: RouteTracing | undefined): StreamTrace {
    return this.#tracing.begin(headers, startMs, route)
  }

  /** The stream is over. Each is counted once, whatever it turned out to be. */
  finish(trace: StreamTrace, context: FormatContext, route: RouteTracing | undefined, grpc: boolean): void {
    this.#counters[context.info.healthCheck ? 'health-check' : trace.reason].inc()
    trace.finish(context, route, grpc)
  }

  release(): void {
    this.#provider?.release()
  }
}

/** Makes the tracing of a connection manager; undefined when it has none. */
export function liveTracing(
  config: HcmConfig['tracing'],
  place: ConfigPlace,
  requestIds: RequestIdRules,
  context: NetworkFilterContext<HttpServices>,
  counters: TraceCounters,
): LiveTracing | undefined {
  if (config === undefined) return undefined
  const { services } = context
  const provider = services.tracer(config.provider, {
    sources: context.sources,
    path: place.at('provider').path,
    report: (problem) => context.report(problem),
  })
  const tracing = new HttpTracing(config, place, {
    tracer: provider?.tracer,
    egress: context.listener.trafficDirection === 'OUTBOUND',
    requestIds,
    runtime: context.runtime,
    random: context.random,
    ...services.tracing,
  })
  return new LiveTracing(tracing, counters, provider)
}
