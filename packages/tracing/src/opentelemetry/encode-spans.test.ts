import { SeededRandom } from '@nuncio/core'
import { FakeTime } from '@nuncio/core/testing'
import { expect, test } from 'vitest'
import { TraceSpan } from '../span/trace-span.ts'
import { WallClock } from '../span/wall-clock.ts'
import { readOtlp } from '../testing/read-otlp.ts'
import { encodeOtlp } from './encode-spans.ts'
import { OtelTracer } from './otel-tracer.ts'

function span(time: FakeTime, kind: 'server' | 'client', parentId: string): TraceSpan {
  const owner = new OtelTracer({ time, random: new SeededRandom(1), sampler: undefined, sink: { take: () => {} } })
  const id = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', parentId, baggage: 'a=1', remoteParent: parentId !== '' } // prettier-ignore
  return new TraceSpan(owner, id, { kind, operation: 'größe', sampled: true, startMs: time.monotonicMs() })
}

test('a collector reads what was said on a span', () => {
  const time = new FakeTime()
  const clock = new WallClock(time)
  const startMs = time.wallMs()
  const server = span(time, 'server', '00f067aa0ba902b7')
  server.setAttribute('text', 'größe')
  server.setAttribute('empty', '')
  server.setAttribute('whole', -7)
  server.setAttribute('part', 0.5)
  server.setAttribute('yes', true)
  server.setAttribute('no', false)
  server.setAttribute('http.status_code', '503')
  time.advance(12.5)
  server.log('half')
  time.advance(12.5)
  server.end()
  const origin = { resource: new Map([['service.name', 'shop']]), scope: { name: 'nuncio', version: '1' } }
  const read = readOtlp(encodeOtlp([server, span(time, 'client', '')], origin, clock))
  expect(read.resource).toEqual({ 'service.name': 'shop' })
  expect(read.scope).toEqual({ name: 'nuncio', version: '1' })
  expect(read.spans[0]).toEqual({
    traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', parentId: '00f067aa0ba902b7', state: 'a=1',
    name: 'größe', kind: 2, startMs: expect.closeTo(startMs, 2), endMs: expect.closeTo(startMs + 25, 2),
    attributes: { text: 'größe', empty: '', whole: -7, part: 0.5, yes: true, no: false, 'http.status_code': '503' },
    events: ['half'], status: 2, flags: 0x301,
  }) // prettier-ignore
  expect(read.spans[1]).toMatchObject({ parentId: '', kind: 3, status: 0, flags: 0x101, attributes: {} })
})

test('dates follow the wall clock when it is set, and only then', () => {
  const time = new FakeTime()
  let set = 0
  const clock = new WallClock({ monotonicMs: () => time.monotonicMs(), wallMs: () => time.wallMs() + set, setTimer: (ms, fire) => time.setTimer(ms, fire) }) // prettier-ignore
  const before = clock.micros(0)
  set = 1
  clock.adjust()
  expect(clock.micros(0)).toBe(before)
  set = 60_000
  clock.adjust()
  expect(clock.micros(0)).toBe(before + 60_000_000)
})
