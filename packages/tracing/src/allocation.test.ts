import { emptyRuntime, type Fraction, requestHeaders, SeededRandom } from '@nuncio/core'
import { FakeTime } from '@nuncio/core/testing'
import { strictPlace } from '@nuncio/matching'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, test } from 'vitest'
import { HttpTracing } from './http/http-tracing.ts'
import { OtelTracer } from './opentelemetry/otel-tracer.ts'
import { decideReason } from './sampling/decide-reason.ts'

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

const HEADERS = requestHeaders([
  [':method', 'GET'],
  [':path', '/'],
  [':authority', 'shop.example'],
  ['x-request-id', '2ccecde7-0b8d-4162-a617-ec71d3bf07e3'],
])
const NEVER: Fraction = { numerator: 0, denominator: 100 }
const ALWAYS: Fraction = { numerator: 100, denominator: 100 }
const ROUNDS = 50_000

/** Bytes that stay behind each call; of several rounds the least counts, as others work on the same heap. */
function left(call: () => void): number {
  const run = (): void => {
    for (let i = 0; i < ROUNDS; i++) call()
  }
  run()
  let least = Number.POSITIVE_INFINITY
  for (let round = 0; round < 4; round++) {
    collect()
    const before = process.memoryUsage().heapUsed
    run()
    collect()
    least = Math.min(least, process.memoryUsage().heapUsed - before)
  }
  return least / ROUNDS
}

test('the decision not to trace cuts eight digits out of the id, and makes nothing else', () => {
  const shares = { client: ALWAYS, random: NEVER, overall: ALWAYS }
  const ids = { packsReason: true, samplesById: true }
  const world = { runtime: emptyRuntime, random: new SeededRandom(1) }
  let traced = 0
  const run = (times: number): number => {
    const before = process.memoryUsage().heapUsed
    for (let i = 0; i < times; i++) if (decideReason(HEADERS, shares, ids, world) !== 'not-traceable') traced++
    return process.memoryUsage().heapUsed - before
  }
  run(ROUNDS)
  collect()
  // Eight digits are cut out of the id: nothing else.
  const bytes = Math.min(...[1, 2, 3].map(() => run(10_000))) / 10_000
  expect([traced, bytes < 100]).toEqual([0, true])
})

test('a request that is not sampled leaves nothing behind', () => {
  const config = { random_sampling: { value: 0 }, spawn_upstream_span: true, custom_tags: [{ tag: 'a', value: '%REQ(:PATH)%' }] } // prettier-ignore
  const random = new SeededRandom(1)
  const tracing = new HttpTracing(config, strictPlace(config), {
    tracer: new OtelTracer({ time: new FakeTime(), random, sampler: undefined, sink: { take: () => {} } }),
    egress: false,
    requestIds: { packsReason: true, samplesById: true },
    runtime: emptyRuntime,
    random,
    environment: undefined,
    node: { id: 'node', zone: 'zone' },
  })
  const bytes = left(() => {
    const { span } = tracing.begin(HEADERS, 0, undefined)
    span.setAttribute('a', 1)
    span.child('below').end()
  })
  expect(bytes).toBeLessThan(1)
})
