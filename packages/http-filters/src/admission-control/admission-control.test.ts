import { type RandomGenerator } from '@nuncio/core'
import { FakeRuntime } from '@nuncio/core/testing'
import { FilterBench, type Pairs, type RunOptions, type UpstreamAnswer } from '@nuncio/filter-chain/testing'
import { describe, expect, test } from 'vitest'
import { SuccessCriteria } from './criteria.ts'
import { admissionControl } from './index.ts'
import { rejectionProbability } from './probability.ts'
import { SuccessWindow } from './window.ts'

describe('the probability of a refusal', () => {
  const rule = { threshold: 0.95, aggression: 1, max: 0.8 }
  test.each([
    [0, 0, rule, 0],
    [100, 100, rule, 0],
    [100, 95, rule, 0],
    [100, 94, rule, (100 - 94 / 0.95) / 101],
    [100, 50, rule, (100 - 50 / 0.95) / 101],
    [100, 0, rule, 0.8],
    [1, 0, rule, 0.5],
    [100, 0, { ...rule, max: 1 }, 100 / 101],
    [100, 50, { threshold: 1, aggression: 1, max: 1 }, 50 / 101],
    [100, 50, { threshold: 1, aggression: 2, max: 1 }, Math.sqrt(50 / 101)],
    [100, 50, { threshold: 0.5, aggression: 2, max: 1 }, 0],
  ])('after %i requests and %i successes with %j is %d', (requests, successes, given, expected) => {
    expect(rejectionProbability(requests, successes, given)).toBeCloseTo(expected, 10)
  })
})

describe('the window', () => {
  test('forgets a second once that has left it', () => {
    const window = new SuccessWindow(3000)
    window.record(false, 0)
    window.record(true, 999)
    window.record(true, 1500)
    expect([window.requests, window.successes]).toEqual([3, 2])
    window.advance(2999)
    expect(window.requests).toBe(3)
    window.advance(3000)
    expect([window.requests, window.successes]).toEqual([1, 1])
    window.advance(4500)
    expect(window.requests).toBe(0)
  })
  test('knows the requests a second over the time that it covers', () => {
    const window = new SuccessWindow(30_000)
    expect(window.averageRps(0)).toBe(0)
    for (let i = 0; i < 10; i++) window.record(true, 0)
    expect(window.averageRps(500)).toBe(10)
    expect(window.averageRps(2500)).toBe(5)
    expect(window.averageRps(30_000)).toBe(0)
  })
})

describe('a success', () => {
  const place = { at: () => place, item: () => place, error: () => {} } as never
  const plain = new SuccessCriteria({}, place)
  test.each([
    [200, true],
    [404, true],
    [499, true],
    [500, false],
    [503, false],
  ])('with status %i: %s', (status, expected) => {
    expect(plain.http(status)).toBe(expected)
  })
  test.each([
    ['0', true], ['1', true], ['2', true], ['3', true], ['4', false], ['5', true], ['6', true], ['7', true], ['8', false], ['9', true],
    ['10', false], ['11', true], ['12', true], ['13', false], ['14', false], ['15', false], ['16', true], ['', false], ['x', false], ['17', false],
  ])('with gRPC status %s: %s', (status, expected) => {
    expect(plain.grpc(status)).toBe(expected)
  }) // prettier-ignore
  test('can be said otherwise', () => {
    const own = new SuccessCriteria({ http_criteria: { http_success_status: [{ start: 200, end: 300 }] }, grpc_criteria: { grpc_success_status: [0, 14] } }, place) // prettier-ignore
    expect([own.http(299), own.http(300), own.grpc('14'), own.grpc('1'), own.grpc(undefined)]).toEqual([
      true,
      false,
      true,
      false,
      false,
    ])
  })
})

/** Draws the numbers that it is given, for the decisions only: each stream draws one for itself first. */
class Dice implements RandomGenerator {
  next = 0
  uint32(): number {
    return this.next
  }
}

const FAILS: UpstreamAnswer = { status: 503 }
const CONFIG = 'success_criteria: {}\n'
const bench = (
  more = '',
  upstream: UpstreamAnswer = FAILS,
  options: RunOptions = {},
): { b: FilterBench; dice: Dice } => {
  const dice = new Dice()
  dice.next = 9999
  return { b: new FilterBench(admissionControl, { config: CONFIG + more, upstream, random: dice, ...options }), dice }
}
const counts = (b: FilterBench): number[] =>
  ['rejected', 'success', 'failure'].map((name) => b.stats.counter(`http.test.admission_control.rq_${name}`).value)

describe('envoy.filters.http.admission_control', () => {
  test('refuses with the probability that the failures give', async () => {
    const { b, dice } = bench()
    await b.run()
    // One request, no success: a probability of 0.5.
    dice.next = 5000
    expect((await b.run()).status).toBe(503)
    expect(counts(b)).toEqual([0, 0, 2])
    // Two requests, no success: 0.667.
    dice.next = 6666
    const refused = await b.run()
    expect([refused.status, refused.info.details, refused.upstream]).toEqual([
      503,
      'denied_by_admission_control',
      undefined,
    ])
    expect(counts(b)).toEqual([1, 0, 2])
    dice.next = 6667
    expect((await b.run()).upstream).toBeDefined()
  })

  test('never refuses more than max_rejection_probability says', async () => {
    const { b, dice } = bench('max_rejection_probability: { default_value: { value: 10 }, runtime_key: m }')
    for (let i = 0; i < 5; i++) await b.run()
    dice.next = 1000
    expect((await b.run()).upstream).toBeDefined()
    dice.next = 999
    expect((await b.run()).upstream).toBeUndefined()
  })

  test('refuses nothing while requests are few', async () => {
    const { b, dice } = bench('rps_threshold: { default_value: 3, runtime_key: r }')
    await b.run()
    await b.run()
    dice.next = 0
    expect((await b.run()).upstream).toBeDefined()
    expect((await b.run()).upstream).toBeUndefined()
  })

  test('forgets failures when the window has passed', async () => {
    const { b, dice } = bench('sampling_window: 2s')
    await b.run()
    dice.next = 0
    expect((await b.run()).upstream).toBeUndefined()
    await b.time.advanceAsync(2000)
    expect((await b.run()).upstream).toBeDefined()
  })

  test.each<[string, UpstreamAnswer, number[]]>([
    ['200', {}, [0, 1, 0]],
    ['500', { status: 500 }, [0, 0, 1]],
    ['gRPC status 0 in trailers', grpc([['grpc-status', '0']]), [0, 1, 0]],
    ['gRPC status 14 in trailers', grpc([['grpc-status', '14']]), [0, 0, 1]],
    [
      'gRPC status 5 alone',
      {
        headers: [
          ['content-type', 'application/grpc'],
          ['grpc-status', '5'],
        ],
      },
      [0, 1, 0],
    ],
    ['gRPC without a status', { headers: [['content-type', 'application/grpc']], body: 'x' }, [0, 0, 1]],
  ])('remembers %s', async (_, upstream, expected) => {
    const { b } = bench('', upstream)
    await b.run()
    expect(counts(b)).toEqual(expected)
  })

  test('remembers a stream without an answer as a failure', async () => {
    const { b } = bench('', { silent: true })
    const open = b.open()
    open.stream.downstreamReset(0, 'gone')
    expect(counts(b)).toEqual([0, 0, 1])
  })

  test('can be switched off', async () => {
    const { b, dice } = bench('enabled: { default_value: false, runtime_key: enabled }')
    await b.run()
    dice.next = 0
    expect([(await b.run()).upstream === undefined, counts(b)]).toEqual([false, [0, 0, 0]])
  })

  test('takes its numbers from the runtime', async () => {
    const runtime = new FakeRuntime({ m: 0 })
    const { b, dice } = bench('max_rejection_probability: { default_value: { value: 80 }, runtime_key: m }', FAILS, {
      runtime,
    })
    await b.run()
    dice.next = 0
    expect((await b.run()).upstream).toBeDefined()
  })

  test.each([
    ['sampling_window: 0.1s', 'the window is at least one second long'],
    ['sr_threshold: { default_value: { value: 0.5 }, runtime_key: s }', 'the threshold is at least 1 %'],
    [
      'success_criteria: { http_criteria: { http_success_status: [{ start: 0, end: 700 }] } }',
      'statuses are from 100 on and below 600',
    ],
    ['success_criteria: { grpc_criteria: { grpc_success_status: [17] } }', 'gRPC statuses go up to 16'],
  ])('refuses %s', (more, message) => {
    const config = more.startsWith('success') ? more : CONFIG + more
    expect(new FilterBench(admissionControl, { config }).problems).toEqual([message])
  })
})

function grpc(trailers: Pairs): UpstreamAnswer {
  return { headers: [['content-type', 'application/grpc']], body: 'x', trailers }
}
