import { decode, type MessageName, schemaWith } from '@nuncio/config'
import { utf8Text } from '@nuncio/core'
import { expect, test } from 'vitest'
import { ProviderBench } from '../../testing/tracing.ts'

const TYPE = 'envoy.config.trace.v3.ZipkinConfig'
/** zipkin.proto3, as it is published: names, numbers and types of the fields that are read here. */
const SCHEMA = schemaWith([
  {
    type: 'test.zipkin.ListOfSpans',
    honours: {},
    messages: {
      'test.zipkin.ListOfSpans': { f: { spans: { t: 'test.zipkin.Span', n: 1, a: 1 } } },
      'test.zipkin.Span': {
        f: {
          trace_id: { t: 'bytes', n: 1 }, parent_id: { t: 'bytes', n: 2 }, id: { t: 'bytes', n: 3 }, kind: { t: 'uint32', n: 4 },
          name: { t: 'string', n: 5 }, timestamp: { t: 'fixed64', n: 6 }, duration: { t: 'uint64', n: 7 },
          local_endpoint: { t: 'test.zipkin.Endpoint', n: 8 }, annotations: { t: 'test.zipkin.Annotation', n: 10, a: 1 },
          tags: { t: 'string', n: 11, k: 'string' }, shared: { t: 'bool', n: 13 },
        },
      },
      'test.zipkin.Endpoint': { f: { service_name: { t: 'string', n: 1 }, ipv4: { t: 'bytes', n: 2 } } },
      'test.zipkin.Annotation': { f: { timestamp: { t: 'fixed64', n: 1 }, value: { t: 'string', n: 2 } } },
    },
  },
]) // prettier-ignore
const CONFIG = { collector_cluster: 'collector', collector_endpoint: '/api/v2/spans', collector_endpoint_version: 'HTTP_JSON' } // prettier-ignore

test('spans go to the collector as JSON', async () => {
  const bench = new ProviderBench(TYPE, { ...CONFIG, collector_hostname: 'zipkin.example' })
  bench.answer = 202
  bench.spans(5)
  await bench.provider!.close()
  const [request] = bench.received
  expect(request).toMatchObject({
    cluster: 'collector', method: 'POST', path: '/api/v2/spans', authority: 'zipkin.example', timeoutMs: 5000,
    headers: [['content-type', 'application/json']],
  }) // prettier-ignore
  const spans = JSON.parse(utf8Text(request!.body!)) as readonly Record<string, unknown>[]
  const timestamp = bench.time.wallMs() * 1000
  expect(spans).toHaveLength(5)
  expect(spans[1]).toEqual({
    traceId: expect.stringMatching(/^[\da-f]{16}$/) as string,
    id: spans[1]!['traceId'],
    kind: 'SERVER',
    name: 'shop.example',
    timestamp,
    duration: 0,
    localEndpoint: { serviceName: 'shop', ipv4: '192.0.2.7', port: 0 },
    annotations: [{ timestamp, value: 'ss' }],
    tags: { n: '1' },
    shared: true,
  })
  expect(bench.counters).toEqual({ spans_sent: 5, reports_sent: 1 })
})

test('or as protobuf, with the same fields', async () => {
  const bench = new ProviderBench(TYPE, { ...CONFIG, collector_endpoint_version: 'HTTP_PROTO' })
  bench.answer = 202
  bench.spans(5)
  await bench.provider!.close()
  const [request] = bench.received
  expect(request!.headers).toEqual([['content-type', 'application/x-protobuf']])
  const list = decode('test.zipkin.ListOfSpans' as MessageName, request!.body!, SCHEMA) as { spans: readonly object[] }
  const timestamp = bench.time.wallMs() * 1000
  expect(list.spans).toHaveLength(5)
  expect(list.spans[1]).toEqual({
    trace_id: expect.any(Uint8Array) as Uint8Array,
    id: expect.any(Uint8Array) as Uint8Array,
    kind: 2,
    name: 'shop.example',
    timestamp,
    local_endpoint: { service_name: 'shop', ipv4: Uint8Array.of(192, 0, 2, 7) },
    annotations: [{ timestamp, value: 'ss' }],
    tags: { n: '1' },
    duration: 0,
    shared: true,
  })
  expect(bench.counters).toEqual({ spans_sent: 5, reports_sent: 1 })
})

test.each([
  [202, 'reports_sent'],
  [200, 'reports_dropped'],
  [503, 'reports_dropped'],
  ['timeout', 'reports_failed'],
  ['no-cluster', 'reports_skipped_no_cluster'],
])('a collector that answers %s: %s', async (answer, counter) => {
  const bench = new ProviderBench(TYPE, CONFIG)
  bench.answer = answer
  bench.spans(5)
  await bench.provider!.close()
  expect(bench.counters).toEqual({ spans_sent: 5, [counter]: 1 })
})

test('the runtime says how long a report may take', () => {
  const bench = new ProviderBench(TYPE, CONFIG, { runtime: { 'tracing.zipkin.request_timeout': 70 } })
  bench.spans(5)
  expect([bench.received[0]!.timeoutMs, bench.received[0]!.authority]).toEqual([70, 'collector'])
})

test('a collector may be a service with headers', () => {
  const service = { http_uri: { uri: 'http://zipkin.example/api/spans', cluster: 'other', timeout: 90 }, request_headers_to_add: [{ header: { key: 'x-a', value: 'b' } }] } // prettier-ignore
  const bench = new ProviderBench(TYPE, { collector_service: service, collector_endpoint_version: 'HTTP_JSON' })
  bench.spans(5)
  expect(bench.received[0]).toMatchObject({
    cluster: 'other', path: '/api/spans', authority: 'zipkin.example', timeoutMs: 90,
    headers: [['content-type', 'application/json'], ['x-a', 'b']],
  }) // prettier-ignore
})

test.each<[object, string]>([
  [{ collector_endpoint_version: 'HTTP_JSON' }, 'missing-field provider.typed_config'],
  [{ ...CONFIG, collector_endpoint_version: undefined }, 'missing-field provider.typed_config.collector_endpoint_version'], // prettier-ignore
])('%j is a problem', (config, expected) => {
  const { problems } = new ProviderBench(TYPE, config)
  expect(problems.map(({ code, path }) => `${code} ${path}`)).toEqual([expected])
})
