import { SeededRandom, StatsStore, TimerWheel } from '@nuncio/core'
import { FakeTime } from '@nuncio/core/testing'
import { FilterBench, type RunOptions } from '@nuncio/filter-chain/testing'
import { configPlace } from '@nuncio/matching'
import { describe, expect, test } from 'vitest'
import { GradientController } from './gradient-controller.ts'
import { adaptiveConcurrency } from './index.ts'
import { newLimit } from './limit.ts'
import { GradientSettings } from './settings.ts'

describe('a new limit', () => {
  const base = { limit: 100, minRtt: 100, sampleRtt: 100, buffer: 0, min: 3, max: 1000 }
  test.each([
    ['the same latency', {}, 110, 1, 10],
    ['twice the latency', { sampleRtt: 200 }, 57, 0.5, Math.sqrt(50)],
    ['ten times the latency counts as twice', { sampleRtt: 1000 }, 57, 0.5, Math.sqrt(50)],
    ['half the latency', { sampleRtt: 50 }, 214, 2, Math.sqrt(200)],
    ['noise within the buffer', { sampleRtt: 125, buffer: 0.25 }, 110, 1, 10],
    ['the highest limit', { max: 105 }, 105, 1, 10],
    ['the lowest limit', { limit: 2, sampleRtt: 200, min: 3 }, 3, 0.5, 1],
  ])('with %s', (_, more, limit, gradient, headroom) => {
    const next = newLimit({ ...base, ...more })
    expect([next.limit, next.gradient]).toEqual([limit, gradient])
    expect(next.headroom).toBeCloseTo(headroom, 10)
  })
})

interface Setup {
  readonly time: FakeTime
  readonly controller: GradientController
  readonly gauge: (name: string) => number
}

type Params = ConstructorParameters<typeof GradientSettings>[0]

function setup(config: Params = {}): Setup {
  const time = new FakeTime()
  const stats = new StatsStore()
  const merged = {
    concurrency_limit_params: { concurrency_update_interval: 100 },
    min_rtt_calc_params: { interval: 30_000, request_count: 5, jitter: { value: 0 }, buffer: { value: 0 } },
    ...config,
  }
  const controller = new GradientController({
    settings: new GradientSettings(merged, configPlace(merged, { report: () => {} })),
    time,
    wheel: new TimerWheel(time),
    random: new SeededRandom(1),
    scope: stats.scope('g.'),
  })
  return { time, controller, gauge: (name) => stats.gauge(`g.${name}`).value }
}

/** Lets as many requests as are allowed go through at once, all with one latency; answers how many there were. */
function wave({ time, controller }: Setup, latencyMs: number, wanted = 5): number {
  const startMs = time.monotonicMs()
  let admitted = 0
  while (admitted < wanted && controller.admit()) admitted++
  time.advance(latencyMs)
  for (let i = 0; i < admitted; i++) controller.done(startMs)
  return admitted
}

describe('the controller', () => {
  test('measures the least latency with few requests first', () => {
    const s = setup()
    expect([s.gauge('min_rtt_calculation_active'), s.controller.limit]).toEqual([1, 3])
    expect(wave(s, 20)).toBe(3)
    expect(s.gauge('min_rtt_calculation_active')).toBe(1)
    wave(s, 20)
    expect([s.gauge('min_rtt_calculation_active'), s.gauge('min_rtt_msecs')]).toEqual([0, 20])
  })
  test('lets more requests in while latencies stay', () => {
    const s = setup()
    wave(s, 20)
    wave(s, 20)
    expect(s.controller.limit).toBe(3)
    wave(s, 20)
    s.time.advance(120)
    // 3 and the root of 3.
    expect([s.controller.limit, s.gauge('gradient'), s.gauge('sample_rtt_msecs')]).toEqual([4, 1000, 20])
    wave(s, 20)
    s.time.advance(120)
    expect(s.controller.limit).toBe(6)
  })
  test('lets fewer in when they grow', () => {
    const s = setup({ min_rtt_calc_params: { fixed_value: 10, min_concurrency: 100, buffer: { value: 0 } } })
    expect(s.controller.limit).toBe(100)
    wave(s, 10)
    s.time.advance(120)
    expect(s.controller.limit).toBe(110)
    wave(s, 20)
    s.time.advance(120)
    expect([s.controller.limit, s.gauge('gradient')]).toEqual([100, 500])
  })
  test('refuses what is above the limit, until others are done or gone', () => {
    const s = setup()
    expect([1, 2, 3, 4].map(() => s.controller.admit())).toEqual([true, true, true, false])
    s.controller.cancelled()
    expect([s.controller.admit(), s.controller.admit()]).toEqual([true, false])
  })
  test('measures again after the interval, and leaves out requests from before', () => {
    const s = setup()
    wave(s, 20)
    wave(s, 20)
    s.controller.admit()
    const before = s.time.monotonicMs()
    s.time.advance(30_020)
    expect([s.gauge('min_rtt_calculation_active'), s.controller.limit]).toEqual([1, 3])
    s.controller.done(before)
    for (let i = 0; i < 2; i++) wave(s, 40)
    expect([s.gauge('min_rtt_calculation_active'), s.gauge('min_rtt_msecs')]).toEqual([0, 40])
  })
  test('goes on with the limit from before the measurement', () => {
    const s = setup({
      min_rtt_calc_params: { interval: 1000, request_count: 5, jitter: { value: 0 }, buffer: { value: 0 } },
    })
    wave(s, 1)
    wave(s, 1)
    for (let i = 0; i < 5; i++) {
      wave(s, 1)
      s.time.advance(120)
    }
    const { limit } = s.controller
    expect(limit).toBeGreaterThan(5)
    s.time.advance(1000)
    expect(s.controller.limit).toBe(3)
    wave(s, 1)
    wave(s, 1)
    expect(s.controller.limit).toBe(limit)
  })
  test('measures again when the limit stays at the bottom: the least latency was wrong', () => {
    const s = setup()
    wave(s, 1)
    wave(s, 1)
    for (let i = 0; i < 5; i++) {
      expect(s.gauge('min_rtt_calculation_active')).toBe(0)
      wave(s, 50)
      s.time.advance(120)
    }
    s.time.advance(20)
    expect(s.gauge('min_rtt_calculation_active')).toBe(1)
  })
  test('never leaves its bounds', () => {
    const s = setup({
      concurrency_limit_params: { concurrency_update_interval: 100, max_concurrency_limit: 5 },
      min_rtt_calc_params: { fixed_value: 10, min_concurrency: 4 },
    })
    for (let i = 0; i < 5; i++) {
      wave(s, 1)
      s.time.advance(120)
      expect([4, 5]).toContain(s.controller.limit)
    }
    expect(s.controller.limit).toBe(5)
  })
})

const CONFIG = `
gradient_controller_config:
  concurrency_limit_params: { concurrency_update_interval: 0.1s }
  min_rtt_calc_params: { interval: 30s, min_concurrency: 1 }
`
const bench = (more = '', options: RunOptions = {}): FilterBench =>
  new FilterBench(adaptiveConcurrency, { config: CONFIG + more, upstream: { silent: true }, ...options })

describe('envoy.filters.http.adaptive_concurrency', () => {
  test('refuses what is above the limit', async () => {
    const b = bench()
    const first = b.open()
    const t = await b.run()
    expect([t.status, t.body, t.info.details]).toEqual([503, 'reached concurrency limit', 'reached_concurrency_limit'])
    expect(b.stats.counter('http.test.adaptive_concurrency.gradient_controller.rq_blocked').value).toBe(1)
    first.stream.downstreamReset(0, 'gone')
    expect(b.open().encoder.status).toBe(0)
  })
  test('answers with the status of its configuration', async () => {
    const b = bench('concurrency_limit_exceeded_status: { code: TooManyRequests }')
    b.open()
    expect((await b.run()).status).toBe(429)
  })
  test('can be switched off', async () => {
    const b = bench('enabled: { default_value: false, runtime_key: k }')
    b.open()
    expect(b.open().encoder.status).toBe(0)
  })
  test.each([[{ body: 'x' }], [{}], [{ body: 'x', trailers: [['a', 'b']] as const }]])(
    'lets go of a request with its answer %j',
    async (upstream) => {
      const b = bench('', { upstream })
      expect([(await b.run()).status, (await b.run()).status]).toEqual([200, 200])
    },
  )
  test.each([
    [
      'needs to know or to measure the least latency',
      '',
      'the least latency is either measured (interval) or known (fixed_value)',
    ],
    [
      'says that it measures nothing that it knows',
      'interval: 30s, fixed_value: 1s,',
      'nothing is measured where fixed_value says the least latency',
    ],
  ])('%s', (_, fields, problem) => {
    const config = CONFIG.replace('interval: 30s,', fields)
    expect(new FilterBench(adaptiveConcurrency, { config }).problems).toEqual([problem])
  })
  test('goes by the least latency that it knows, measured or not', () => {
    const s = setup({ min_rtt_calc_params: { interval: 1000, fixed_value: 10, min_concurrency: 100 } })
    expect([s.controller.limit, s.gauge('min_rtt_msecs')]).toEqual([100, 10])
  })
})
