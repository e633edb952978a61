import { NO_SPAN, requestHeaders, SeededRandom } from '@nuncio/core'
import { FakeTime } from '@nuncio/core/testing'
import { strictPlace } from '@nuncio/matching'
import { describe, expect, test } from 'vitest'
import { OtelTracer } from './opentelemetry/otel-tracer.ts'
import { isFailed } from './opentelemetry/span-status.ts'
import { compileSampler } from './sampling/samplers.ts'
import type { TraceSpan } from './span/trace-span.ts'
import { ZipkinTracer, type ZipkinTracerParts } from './zipkin/zipkin-tracer.ts'

const TRACE = '0af7651916cd43dd8448eb211c80319c'
const SPAN = 'b7ad6b7169203331'
const SAMPLERS = 'envoy.extensions.tracers.opentelemetry.samplers.v3'
const ALWAYS = { typed_config: { '@type': `${SAMPLERS}.AlwaysOnSamplerConfig` } }

function ratio(numerator: number): { typed_config: { '@type': string } } {
  return { typed_config: { '@type': `${SAMPLERS}.TraceIdRatioBasedSamplerConfig`, sampling_percentage: { numerator } } } as never
} // prettier-ignore

function parentBased(wrapped: object): { typed_config: { '@type': string } } {
  return { typed_config: { '@type': `${SAMPLERS}.ParentBasedSamplerConfig`, wrapped_sampler: wrapped } } as never
}

interface Begin {
  readonly lines?: readonly [string, string][]
  readonly traced?: boolean
  readonly egress?: boolean
  readonly spawns?: boolean
}

function begin({ lines = [], traced = true, egress = false, spawns = false }: Begin) {
  const headers = requestHeaders([[':authority', 'host.example'], ...lines])
  return { headers, startMs: 0, operation: 'ingress', traced, egress, spawns }
}

function otel(sampler?: object): { tracer: OtelTracer; taken: TraceSpan[] } {
  const taken: TraceSpan[] = []
  const compiled = sampler && compileSampler(sampler, strictPlace(sampler))
  const parts = { time: new FakeTime(), random: new SeededRandom(7), sampler: compiled }
  return { tracer: new OtelTracer({ ...parts, sink: { take: (span) => void taken.push(span) } }), taken }
}

/** What the next hop hears. */
function sent(span: { inject(headers: ReturnType<typeof requestHeaders>): void }, ...lines: [string, string][]) {
  const headers = requestHeaders(lines)
  span.inject(headers)
  const out: Record<string, string> = {}
  headers.forEach((name, value) => (out[name] = value))
  return out
}

describe('OpenTelemetry', () => {
  test.each<[string, object | undefined, Begin, boolean]>([
    ['no parent', undefined, {}, true],
    ['the proxy says no', undefined, { traced: false }, false],
    ['a sampled parent', undefined, { lines: [['traceparent', `00-${TRACE}-${SPAN}-01`]] }, true],
    ['a parent that is not sampled', undefined, { lines: [['traceparent', `00-${TRACE}-${SPAN}-00`]] }, false],
    ['a sampled parent, but the proxy says no', undefined, { traced: false, lines: [['traceparent', `00-${TRACE}-${SPAN}-01`]] }, false],
    ['always_on', ALWAYS, { lines: [['traceparent', `00-${TRACE}-${SPAN}-00`]] }, true],
    ['always_on, but the proxy says no', ALWAYS, { traced: false }, false],
    ['parent_based with a sampled parent', parentBased(ratio(0)), { lines: [['traceparent', `00-${TRACE}-${SPAN}-01`]] }, true],
    ['parent_based with one that is not', parentBased(ALWAYS), { lines: [['traceparent', `00-${TRACE}-${SPAN}-00`]] }, false],
    ['parent_based without a parent', parentBased(ratio(0)), {}, false],
    // Little-endian: 0x70 is 112, 12 of 100; 0x80…00 is 9 223 372 036 854 775 808, 8 of 100.
    ['a share by the id, below', ratio(13), { lines: [['traceparent', `00-7000000000000000ffffffffffffffff-${SPAN}-00`]] }, true],
    ['a share by the id, at', ratio(12), { lines: [['traceparent', `00-7000000000000000ffffffffffffffff-${SPAN}-01`]] }, false],
    ['a share by the id, its top bit', ratio(9), { lines: [['traceparent', `00-0000000000000080ffffffffffffffff-${SPAN}-00`]] }, true],
    ['a share by the id, its top bit, at', ratio(8), { lines: [['traceparent', `00-0000000000000080ffffffffffffffff-${SPAN}-00`]] }, false],
  ])('%s', (_, sampler, given, sampled) => {
    const { tracer, taken } = otel(sampler)
    const span = tracer.start(begin(given)) as TraceSpan
    expect(sent(span)['traceparent']).toMatch(sampled ? /-01$/ : /-00$/)
    span.end()
    expect([span.recording, taken.length]).toEqual([false, sampled ? 1 : 0])
  }) // prettier-ignore

  test('a request that belongs to a trace goes on in it, with its state', () => {
    const { tracer } = otel()
    const span = tracer.start(begin({ lines: [['traceparent', `00-${TRACE}-${SPAN}-01`], ['tracestate', 'a=1']] })) as TraceSpan // prettier-ignore
    expect(span.id).toMatchObject({ traceId: TRACE, parentId: SPAN, remoteParent: true })
    expect(sent(span)).toEqual({ traceparent: `00-${TRACE}-${span.spanId}-01`, tracestate: 'a=1' })
    const child = span.child('below') as TraceSpan
    expect(child.id).toMatchObject({ traceId: TRACE, parentId: span.spanId, remoteParent: false })
    expect(child.kind).toBe('client')
  })

  test('a state that belongs to no trace does not go on', () => {
    const { tracer } = otel()
    const span = tracer.start(begin({ lines: [['tracestate', 'a=1']] }))
    expect(Object.keys(sent(span, ['tracestate', 'a=1']))).toEqual(['traceparent'])
  })

  test('what makes no sense goes on as it is', () => {
    const { tracer } = otel()
    expect(tracer.start(begin({ lines: [['traceparent', 'nonsense']] }))).toBe(NO_SPAN)
  })

  test.each([
    [{}, 'server'],
    [{ egress: true }, 'client'],
    [{ egress: true, spawns: true }, 'server'],
  ])('the kind of %j is %s', (given, kind) => {
    expect((otel().tracer.start(begin(given)) as TraceSpan).kind).toBe(kind)
  })

  test('a span that was discarded, and what begins below it, is not reported', () => {
    const { tracer, taken } = otel()
    const span = tracer.start(begin({}))
    const before = span.child('before')
    span.discard()
    span.child('after').end()
    before.end()
    span.end()
    expect(taken.map(({ operation }) => operation)).toEqual(['before'])
  })

  test('a span below another may be sampled though that is not, or not though that is', () => {
    const { tracer, taken } = otel()
    const span = tracer.start(begin({}))
    const unsampled = span.child('not kept', false)
    expect(sent(unsampled)).toEqual({ traceparent: `00-${span.traceId}-${unsampled.spanId}-00` })
    expect(unsampled.spanId).not.toBe(span.spanId)
    unsampled.end()
    unsampled.child('kept', true).end()
    expect(unsampled.child('as it is')).toBe(unsampled)
    expect(taken.map(({ operation }) => operation)).toEqual(['kept'])
  })

  test('a span takes nothing after its end, and ends once', () => {
    const { tracer, taken } = otel()
    const span = tracer.start(begin({})) as TraceSpan
    span.setAttribute('a', 1)
    span.end()
    span.end()
    span.setAttribute('b', 1)
    span.log('late')
    expect([taken.length, [...span.attributes!.keys()], span.events]).toEqual([1, ['a'], undefined])
  })

  test.each<['server' | 'client', Record<string, string>, boolean]>([
    ['server', { 'http.status_code': '500' }, true],
    ['server', { 'http.status_code': '404' }, false],
    ['client', { 'http.status_code': '404' }, true],
    ['client', { 'http.status_code': '0', error: 'true' }, false],
    ['server', { 'http.status_code': '200', 'grpc.status_code': '14' }, true],
    ['server', { 'http.status_code': '200', 'grpc.status_code': '8' }, false],
    ['server', { 'http.status_code': '200', 'grpc.status_code': '5' }, false],
    ['client', { 'http.status_code': '200', 'grpc.status_code': '5' }, true],
    ['client', { 'http.status_code': '200', 'grpc.status_code': '0' }, false],
  ])('a %s span with %j: failed is %s', (kind, attributes, failed) => {
    const span = otel().tracer.start(begin({ egress: kind === 'client' })) as TraceSpan
    for (const [name, value] of Object.entries(attributes)) span.setAttribute(name, value)
    expect(isFailed(span)).toBe(failed)
  })
})

function zipkin(parts: Partial<ZipkinTracerParts> = {}): ZipkinTracer {
  const given = { time: new FakeTime(), random: new SeededRandom(7), sink: { take: () => {} } }
  return new ZipkinTracer({ ...given, longIds: false, timedIds: false, shares: true, splits: false, w3c: false, ...parts }) // prettier-ignore
}

describe('Zipkin', () => {
  const B3: [string, string][] = [
    ['x-b3-traceid', '463ac35c9f6413ad'],
    ['x-b3-spanid', SPAN],
    ['x-b3-sampled', '1'],
  ]

  test('a new trace has one id for itself and its first span, called by the host', () => {
    const span = zipkin().start(begin({})) as TraceSpan
    expect([span.traceId, span.id.parentId, span.operation, span.id.shared]).toEqual([span.spanId, '', 'host.example', true]) // prettier-ignore
    expect(sent(span)).toEqual({ 'x-b3-traceid': span.traceId, 'x-b3-spanid': span.spanId, 'x-b3-sampled': '1' })
  })

  test('long ids end with that of the first span, and may begin with the time', () => {
    const time = new FakeTime()
    const span = zipkin({ longIds: true, timedIds: true, time }).start(begin({})) as TraceSpan
    expect(span.traceId).toHaveLength(32)
    expect(span.traceId.slice(16)).toBe(span.spanId)
    expect(Number.parseInt(span.traceId.slice(0, 8), 16)).toBe(Math.floor(time.wallMs() / 1000))
  })

  test.each<[string, Partial<ZipkinTracerParts>, Begin, object]>([
    ['on ingress shares the client’s span', {}, {}, { spanId: SPAN, parentId: '', shared: true }],
    ['on ingress does not share it', { shares: false }, {}, { parentId: SPAN }],
    ['on egress has one of its own', {}, { egress: true }, { parentId: SPAN }],
    ['on egress with tries of their own shares it', {}, { egress: true, spawns: true }, { spanId: SPAN, shared: true }],
    ['on egress with split spans shares it', { splits: true }, { egress: true }, { spanId: SPAN, shared: true }],
  ])('a request of a trace %s', (_, parts, given, expected) => {
    const span = zipkin(parts).start(begin({ ...given, lines: B3 })) as TraceSpan
    expect(span.id).toMatchObject({ traceId: '463ac35c9f6413ad', ...expected })
  })

  test.each<[Begin, boolean]>([
    [{ traced: false, lines: B3 }, true],
    [{ traced: true, lines: [['b3', '0']] }, false],
    [{ traced: false, lines: [['b3', 'd']] }, true],
    [{ traced: false, lines: B3.slice(0, 2) }, false],
    [{ traced: true, lines: B3.slice(0, 2) }, true],
  ])('the sender’s decision counts before the proxy’s: %j', (given, sampled) => {
    expect((zipkin().start(begin(given)) as TraceSpan).sampled).toBe(sampled)
  })

  test('W3C Trace Context is understood where B3 is missing, and both are sent', () => {
    const tracer = zipkin({ w3c: true })
    const span = tracer.start(
      begin({
        lines: [
          ['traceparent', `00-${TRACE}-${SPAN}-01`],
          ['tracestate', 'a=1'],
        ],
      }),
    )
    expect(sent(span)).toEqual({
      'x-b3-traceid': TRACE,
      'x-b3-spanid': SPAN,
      'x-b3-sampled': '1',
      traceparent: `00-${TRACE}-${SPAN}-01`,
    })
    expect(zipkin().start(begin({ lines: [['traceparent', `00-${TRACE}-${SPAN}-01`]] })).traceId).not.toBe(TRACE)
  })

  test('what makes no sense goes on as it is', () => {
    expect(zipkin().start(begin({ lines: [['b3', 'junk']] }))).toBe(NO_SPAN)
  })
})

test('a sampler that there is not is a problem, and so is one around nothing', () => {
  const cel = { typed_config: { '@type': `${SAMPLERS}.CELSamplerConfig` } }
  expect(() => compileSampler(cel, strictPlace(cel))).toThrow('nuncio does not have the sampler')
  const hollow = parentBased(undefined as never)
  expect(() => compileSampler(hollow, strictPlace(hollow))).toThrow('needs one that decides')
})
