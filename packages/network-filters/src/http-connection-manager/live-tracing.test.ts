import { formatContext } from '@nuncio/access-log'
import { connectionInfo, emptyRuntime, requestHeaders, SeededRandom, StatsStore, StreamInfo } from '@nuncio/core'
import { FakeTime } from '@nuncio/core/testing'
import { strictPlace } from '@nuncio/matching'
import { HttpTracing, OtelTracer, type TraceSpan } from '@nuncio/tracing'
import { expect, test } from 'vitest'
import { HcmStats } from './hcm-stats.ts'
import { LiveTracing } from './live-tracing.ts'

test('a request that a filter finds to be a health check is counted as that, and its span is not reported', () => {
  const spans: TraceSpan[] = []
  const [time, random, stats] = [new FakeTime(), new SeededRandom(1), new StatsStore()]
  const config = {}
  const http = new HttpTracing(config, strictPlace(config), {
    tracer: new OtelTracer({ time, random, sampler: undefined, sink: { take: (span) => void spans.push(span) } }),
    egress: false,
    requestIds: { packsReason: true, samplesById: false },
    runtime: emptyRuntime,
    random,
    environment: undefined,
    node: { id: '', zone: '' },
  })
  let released = 0
  const provider = { tracer: undefined as never, release: () => void released++ }
  const tracing = new LiveTracing(
    http,
    new HcmStats(stats.scope('http.test.'), stats.scope('listener.test.http.test.')).tracing,
    provider,
  )
  for (const healthCheck of [true, false]) {
    const headers = requestHeaders([[':authority', 'a']])
    const info = new StreamInfo(connectionInfo(), 0, 0)
    const trace = tracing.begin(headers, 0, undefined)
    info.healthCheck = healthCheck
    tracing.finish(trace, formatContext(info, headers), undefined, false)
  }
  const count = (name: string): number => stats.counter(`http.test.tracing.${name}`).value
  expect([spans.length, count('health_check'), count('random_sampling')]).toEqual([1, 1, 1])
  tracing.release()
  expect(released).toBe(1)
})
