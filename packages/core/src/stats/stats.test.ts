import { describe, expect, it } from 'vitest'
import { Histogram } from './histogram.ts'
import { StatsStore } from './stats.ts'
import { forgetBelow } from './forget-below.ts'

describe('StatsStore', () => {
  it('gives the same handle for the same name, through any scope', () => {
    const store = new StatsStore()
    const counter = store.scope('cluster.a.').counter('rq')
    counter.inc()
    expect(store.counter('cluster.a.rq')).toBe(counter)
    store.resetCounters()
    expect(counter.value).toBe(0)
  })

  it('forgets what is gone, and begins anew when it comes again', () => {
    const store = new StatsStore()
    const scope = store.scope('cluster.a.')
    scope.counter('rq').inc()
    scope.gauge('cx')
    scope.histogram('ms')
    scope.text('version')
    store.counter('cluster.b.rq')
    store.forget((name) => name.startsWith('cluster.a.'))
    expect([...store.counters.keys()]).toEqual(['cluster.b.rq'])
    expect(store.gauges.size + store.histograms.size + store.texts.size).toBe(0)
    expect(scope.counter('rq').value).toBe(0)
  })

  it('forgets what is below prefixes that are gone, the longest of which counts', () => {
    const store = new StatsStore()
    for (const name of ['a.x', 'a.b.x', 'a.b.c.x', 'ab.x', 'a']) store.counter(name)
    forgetBelow(store, ['a.', 'a.b.c.'], ['a.b.'])
    expect([...store.counters.keys()]).toEqual(['a.b.x', 'ab.x', 'a'])
    expect(store.forgotten).toBe(1)
  })
})

describe('Histogram', () => {
  it('keeps quantiles within 5 % over six orders of magnitude', () => {
    for (const scale of [0.01, 1, 1000]) {
      const h = new Histogram('h')
      for (let i = 1; i <= 10_000; i++) h.record((i * scale) / 10)
      for (const q of [0.5, 0.9, 0.99]) expect(h.quantile(q) / (q * 1000 * scale)).toBeCloseTo(1, 1)
    }
  })

  it('counts whole milliseconds exactly in the default buckets', () => {
    const h = new Histogram('h')
    for (const v of [0, 1, 1, 5, 6, 10, 11, 3_600_001]) h.record(v)
    expect(h.cumulative([0.5, 1, 5, 10, 25])).toEqual([1, 3, 4, 6, 7])
    expect(h.count).toBe(8)
  })

  it('merges and resets', () => {
    const a = new Histogram('a')
    const b = new Histogram('b')
    a.record(1)
    b.record(3)
    a.add(b.dump())
    expect([a.count, a.sum, a.max]).toEqual([2, 4, 3])
    a.reset()
    expect(a.quantile(0.5)).toBeNaN()
  })
})
