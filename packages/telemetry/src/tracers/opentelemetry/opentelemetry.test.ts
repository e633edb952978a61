import { readOtlp } from '@nuncio/tracing/testing'
import { describe, expect, test } from 'vitest'
import { ProviderBench } from '../../testing/tracing.ts'

const TYPE = 'envoy.config.trace.v3.OpenTelemetryConfig'
const TRACERS = 'envoy.extensions.tracers.opentelemetry'
const HTTP = { http_service: { http_uri: { uri: 'https://otel.example:4318/v1/traces?a=b', cluster: 'collector', timeout: 250 } } } // prettier-ignore
const GRPC = { grpc_service: { envoy_grpc: { cluster_name: 'collector' }, timeout: 250, initial_metadata: [{ key: 'x-key', value: 'v' }] } } // prettier-ignore
const KEY = 'tracing.opentelemetry'

test('five spans go to the collector over HTTP at once, in one message', async () => {
  const bench = new ProviderBench(TYPE, { ...HTTP, service_name: 'shop' })
  bench.spans(4)
  expect(bench.received).toEqual([])
  bench.spans(1)
  const [request] = bench.received
  expect(request).toMatchObject({
    cluster: 'collector', method: 'POST', scheme: 'https', authority: 'otel.example:4318', path: '/v1/traces?a=b', timeoutMs: 250,
    headers: [['content-type', 'application/x-protobuf'], ['user-agent', 'OTel-OTLP-Exporter-nuncio/1.2.3']],
  }) // prettier-ignore
  const read = readOtlp(request!.body!)
  expect(read.spans.map(({ attributes }) => attributes['n'])).toEqual([0, 1, 2, 3, 0])
  expect(read.resource).toEqual({
    'telemetry.sdk.language': 'nodejs',
    'telemetry.sdk.name': 'nuncio',
    'telemetry.sdk.version': '1.2.3',
    'service.name': 'shop',
  })
  expect(read.scope).toEqual({ name: 'nuncio', version: '1.2.3' })
  await bench.provider!.close()
  expect(bench.counters).toEqual({ spans_sent: 5 })
})

test('fewer wait for the timer', async () => {
  const bench = new ProviderBench(TYPE, HTTP)
  bench.spans(2)
  bench.time.advance(4999)
  expect(bench.received.length).toBe(0)
  bench.time.advance(5001)
  expect([bench.received.length, bench.counters]).toEqual([1, { spans_sent: 2, timer_flushed: 2 }])
  await bench.provider!.close()
})

test('the runtime says how many, and how long', () => {
  const runtime = { [`${KEY}.min_flush_spans`]: 2, [`${KEY}.flush_interval_ms`]: 100 }
  const bench = new ProviderBench(TYPE, HTTP, { runtime })
  bench.spans(3)
  expect(bench.received.length).toBe(1)
  bench.time.advance(100)
  expect(bench.received.length).toBe(2)
})

test('over gRPC they are calls of the trace service', async () => {
  const bench = new ProviderBench(TYPE, GRPC)
  bench.spans(5)
  expect(bench.received).toMatchObject([
    {
      cluster: 'collector',
      path: '/opentelemetry.proto.collector.trace.v1.TraceService/Export',
      grpc: true,
      headers: [
        ['grpc-timeout', '250m'],
        ['x-key', 'v'],
      ],
    },
  ])
  expect(readOtlp(bench.received[0]!.body!).spans).toHaveLength(5)
  await bench.provider!.close()
})

describe('a collector', () => {
  test.each([
    [HTTP, 503],
    [HTTP, 'connect'],
    [HTTP, 'timeout'],
    [HTTP, 'no-cluster'],
    [GRPC, 503],
    [GRPC, 'reset'],
  ])('by %j that answers %s costs the spans, counted, and nothing else', async (config, answer) => {
    const bench = new ProviderBench(TYPE, config)
    bench.answer = answer
    bench.spans(5)
    await bench.provider!.close()
    expect(bench.counters).toEqual({ spans_sent: 5, spans_lost: 5 })
  })

  test('that never answers makes spans wait, and then drops them; closing does not wait for it', async () => {
    const bench = new ProviderBench(TYPE, { ...HTTP, max_cache_size: 10 })
    bench.answer = new Promise<never>(() => {})
    bench.spans(200)
    expect([bench.received.length, bench.counters]).toEqual([16, { spans_sent: 80, spans_dropped: 110 }])
    const closed = bench.provider!.close()
    await bench.time.advanceAsync(1000)
    await closed
    bench.spans(1)
    expect(bench.counters['spans_dropped']).toBe(111)
  })
})

test('closing brings what is left to the collector, and ends the timer', async () => {
  const bench = new ProviderBench(TYPE, HTTP)
  bench.spans(1)
  await bench.provider!.close()
  await bench.provider!.close()
  bench.time.advance(60_000)
  expect([bench.received.length, bench.counters]).toEqual([1, { spans_sent: 1 }])
})

test('detectors add to the resource in their order, over the name of the service too', () => {
  const environment = { OTEL_RESOURCE_ATTRIBUTES: 'a=env,service.name=env, b = v%202,junk' }
  const detectors = [
    { typed_config: { '@type': `${TRACERS}.resource_detectors.v3.EnvironmentResourceDetectorConfig` } },
    { typed_config: { '@type': `${TRACERS}.resource_detectors.v3.StaticConfigResourceDetectorConfig`, attributes: { a: 'static' } } },
  ] // prettier-ignore
  const bench = new ProviderBench(TYPE, { ...HTTP, service_name: 'shop', resource_detectors: detectors, set_telemetry_sdk_resource_attributes: false }, { environment }) // prettier-ignore
  bench.spans(5)
  expect(readOtlp(bench.received[0]!.body!).resource).toEqual({ 'service.name': 'env', a: 'static', b: 'v%202' })
  expect(bench.problems.map(({ severity, path }) => [severity, path])).toEqual([
    ['warning', 'provider.typed_config.resource_detectors[0].typed_config'],
  ])
})

test('resource and scope can be left out', () => {
  const off = { set_telemetry_sdk_resource_attributes: false, set_service_name_resource_attribute: false, set_instrumentation_scope: false } // prettier-ignore
  const bench = new ProviderBench(TYPE, { ...HTTP, ...off })
  bench.spans(5)
  const { resource, scope } = readOtlp(bench.received[0]!.body!)
  expect([resource, scope]).toEqual([{}, undefined])
})

test('headers are added, formatted', () => {
  const add = [{ header: { key: 'x-from', value: '%HOSTNAME%' } }]
  const bench = new ProviderBench(TYPE, { http_service: { ...HTTP.http_service, request_headers_to_add: add } })
  bench.spans(5)
  expect(bench.received[0]!.headers).toContainEqual(['x-from', 'machine'])
})

test('a sampler is honoured', () => {
  const sampler = { typed_config: { '@type': `${TRACERS}.samplers.v3.TraceIdRatioBasedSamplerConfig`, sampling_percentage: { numerator: 0 } } } // prettier-ignore
  const bench = new ProviderBench(TYPE, { ...HTTP, sampler }, { runtime: { [`${KEY}.min_flush_spans`]: 1 } })
  bench.spans(5)
  expect(bench.received).toEqual([])
})

test.each<[object, string]>([
  [{}, 'missing-field provider.typed_config'],
  [{ ...HTTP, ...GRPC }, 'missing-field provider.typed_config'],
  [{ http_service: { http_uri: { uri: 'nonsense', cluster: 'c' } } }, 'rule provider.typed_config.http_service.http_uri.uri'], // prettier-ignore
  [{ http_service: { http_uri: { uri: 'http://a' } } }, 'missing-field provider.typed_config.http_service.http_uri.cluster'], // prettier-ignore
  [{ ...HTTP, sampler: { name: 'x' } }, 'unsupported provider.typed_config.sampler.typed_config'],
  [{ ...HTTP, resource_detectors: [{ name: 'x' }] }, 'unsupported provider.typed_config.resource_detectors[0].typed_config'], // prettier-ignore
])('%j is a problem', (config, expected) => {
  const { problems } = new ProviderBench(TYPE, config)
  expect(problems.map(({ code, path }) => `${code} ${path}`)).toEqual([expected])
})

test('a provider that there is not is a problem', () => {
  const bench = new ProviderBench('envoy.config.trace.v3.XRayConfig', {})
  expect(bench.provider).toBeUndefined()
  expect(bench.problems[0]).toMatchObject({ code: 'unsupported', path: 'provider.typed_config' })
})
