import { envoyMessage, type Message } from '@nuncio/config'
import { sideCallHonours } from '@nuncio/guards'
import type { ConfigPlace } from '@nuncio/matching'
import { compileSampler, encodeOtlp, OtelTracer, type TraceSpan, WallClock } from '@nuncio/tracing'
import type { TracingProvider, TracingProviderContext, TracingProviderDefinition } from '../../tracing/contracts.ts'
import { SpanBatch } from '../../tracing/span-batch.ts'
import { exporterOf } from './exporter.ts'
import { otelHonours } from './honours.ts'
import { resourceOf } from './resource.ts'

type Config = Message<'envoy.config.trace.v3.OpenTelemetryConfig'>

const KEY = 'tracing.opentelemetry'
const MAX_CACHE_SIZE = 1024

/** `envoy.tracers.opentelemetry`: OTLP over HTTP or gRPC, propagated by W3C Trace Context. */
export const opentelemetry: TracingProviderDefinition<Config> = {
  name: 'envoy.tracers.opentelemetry',
  config: envoyMessage('envoy.config.trace.v3.OpenTelemetryConfig', { ...sideCallHonours, ...otelHonours }),
  stability: 'wip',
  create,
}

function create(config: Config, place: ConfigPlace, context: TracingProviderContext): TracingProvider | undefined {
  const { time, random, runtime, proxy } = context
  const send = exporterOf(config, place, context)
  const { sampler: wanted } = config
  const sampler = wanted && compileSampler(wanted, place.at('sampler', wanted))
  const origin = {
    resource: resourceOf(config, place, context),
    scope: (config.set_instrumentation_scope ?? true) ? { name: 'nuncio', version: proxy.version } : undefined,
  }
  if (send === undefined) return undefined
  const clock = new WallClock(time)
  const stats = context.stats.scope(`${KEY}.`)
  const lost = stats.counter('spans_lost')
  const batch = new SpanBatch({
    time,
    runtime,
    stats,
    key: KEY,
    maxSpans: config.max_cache_size || MAX_CACHE_SIZE,
    send: async (spans: readonly TraceSpan[]) => {
      clock.adjust()
      if (!(await send(encodeOtlp(spans, origin, clock)))) lost.add(spans.length)
    },
  })
  return { tracer: new OtelTracer({ time, random, sampler, sink: batch }), close: () => batch.close() }
}
