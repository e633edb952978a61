import { envoyMessage, type Message } from '@nuncio/config'
import { utf8Bytes } from '@nuncio/core'
import type { SideResponse } from '@nuncio/filter-chain'
import type { ConfigPlace } from '@nuncio/matching'
import {
  encodeZipkinJson,
  encodeZipkinProto,
  WallClock,
  type ZipkinEndpoint,
  ZipkinTracer,
  type TraceSpan,
} from '@nuncio/tracing'
import type { TracingProvider, TracingProviderContext, TracingProviderDefinition } from '../../tracing/contracts.ts'
import { HttpServiceClient } from '../../tracing/http-service.ts'
import { SpanBatch } from '../../tracing/span-batch.ts'
import { ReportStats } from './report-stats.ts'

type Config = Message<'envoy.config.trace.v3.ZipkinConfig'>

const KEY = 'tracing.zipkin'
const MAX_SPANS = 1024
const REQUEST_TIMEOUT_MS = 5000
type Encode = (spans: readonly TraceSpan[], endpoint: ZipkinEndpoint, clock: WallClock) => Uint8Array

/** By `collector_endpoint_version`. */
const FORMATS: Readonly<Record<string, { readonly type: string; readonly encode: Encode }>> = {
  HTTP_JSON: { type: 'application/json', encode: (...args) => utf8Bytes(encodeZipkinJson(...args)) },
  HTTP_PROTO: { type: 'application/x-protobuf', encode: encodeZipkinProto },
}

/** `envoy.tracers.zipkin`: Zipkin's API v2 in JSON or protobuf, propagated by B3. */
export const zipkin: TracingProviderDefinition<Config> = {
  name: 'envoy.tracers.zipkin',
  config: envoyMessage('envoy.config.trace.v3.ZipkinConfig', {
    'envoy.config.trace.v3.ZipkinConfig': '*',
    'envoy.config.core.v3.HttpService': '*',
    'envoy.config.core.v3.HttpUri': '*',
  }),
  stability: 'stable',
  create,
}

function create(config: Config, place: ConfigPlace, context: TracingProviderContext): TracingProvider | undefined {
  const { time, random, runtime, proxy } = context
  const format = FORMATS[config.collector_endpoint_version ?? '']
  if (format === undefined) {
    const at = place.at('collector_endpoint_version')
    at.error('missing-field', 'Zipkin needs a collector_endpoint_version', 'set it to HTTP_JSON or HTTP_PROTO')
    return undefined
  }
  const post = collectorOf(config, place, format.type, context)
  if (post === undefined) return undefined
  const clock = new WallClock(time)
  const endpoint = { serviceName: proxy.cluster, address: proxy.address }
  const stats = context.stats.scope(`${KEY}.`)
  const reports = new ReportStats(stats)
  const batch = new SpanBatch({
    time,
    runtime,
    stats,
    key: KEY,
    maxSpans: MAX_SPANS,
    send: async (spans) => {
      clock.adjust()
      await reports.count(post(format.encode(spans, endpoint, clock)))
    },
  })
  const tracer = new ZipkinTracer({
    time,
    random,
    sink: batch,
    longIds: config.trace_id_128bit ?? false,
    timedIds: config.timestamp_trace_ids ?? false,
    shares: config.shared_span_context ?? true,
    splits: config.split_spans_for_request ?? false,
    w3c: config.trace_context_option === 'USE_B3_WITH_W3C_PROPAGATION',
  })
  return { tracer, close: () => batch.close() }
}

/** `collector_service`, or the older fields that say the same. */
function collectorOf(
  config: Config,
  place: ConfigPlace,
  contentType: string,
  context: TracingProviderContext,
): ((body: Uint8Array) => Promise<SideResponse>) | undefined {
  const headers = [['content-type', contentType]] as const
  const { collector_service: service, collector_cluster: cluster = '', collector_endpoint: path = '' } = config
  if (service !== undefined) {
    const client = new HttpServiceClient(service, place.at('collector_service', service), headers, context)
    return (body) => client.post(body)
  }
  if (cluster === '' || path === '') {
    place.error('missing-field', 'Zipkin needs a collector_service, or a collector_cluster and a collector_endpoint')
    return undefined
  }
  const authority = config.collector_hostname || cluster
  return (body) => {
    const timeoutMs = context.runtime.number(`${KEY}.request_timeout`, REQUEST_TIMEOUT_MS)
    return context.clusters.fetch(cluster, { method: 'POST', path, authority, headers, timeoutMs, body })
  }
}
