import { describe, expect, it } from 'vitest'
import { HistogramIntervals, silentLogger, StatsStore } from '@nuncio/core'
import { FakeTime } from '@nuncio/core/testing'
import { flusherOf, sinkContext } from '../testing/statsd.ts'
import type { StatsSink, StatsSnapshot } from './contracts.ts'
import { builtinStatsSinks, createStatsSink } from './create-stats-sink.ts'
import { StatsFlusher } from './stats-flusher.ts'
import { datagrams } from './statsd-lines.ts'

class Keeper implements StatsSink {
  readonly snapshots: StatsSnapshot[] = []
  closed = false
  flush(snapshot: StatsSnapshot): void {
    this.snapshots.push(snapshot)
  }
  close(): void {
    this.closed = true
  }
}

const throwing: StatsSink = {
  flush() {
    throw new Error('no')
  },
  close() {},
}

describe('StatsFlusher', () => {
  it('gives what was touched, counters as their growth, at the interval', () => {
    const sink = new Keeper()
    const { flusher, time, store } = flusherOf([sink])
    flusher.start()
    time.advance(4999)
    expect(sink.snapshots).toEqual([])
    time.advance(1)
    expect(sink.snapshots[0]).toMatchObject({
      counters: [{ name: 'cluster.a.rq', value: 3 }],
      gauges: [{ name: 'cluster.a.cx', value: 2 }],
      histograms: [{ name: 'cluster.a.time', bins: [{ low: 0, count: 1 }, { low: 5, count: 3 }, { low: 120, count: 1 }] }],
    }) // prettier-ignore
    store.counter('cluster.a.rq').inc()
    time.advance(5000)
    expect(sink.snapshots[1]).toMatchObject({ counters: [{ value: 1 }], histograms: [] })
    store.resetCounters()
    store.counter('cluster.a.rq').add(2)
    flusher.close()
    expect(sink.snapshots[2]).toMatchObject({ counters: [{ value: 2 }] })
    expect([sink.closed, time.pending]).toEqual([true, 0])
  })

  it('counts anew what was gone for a while', () => {
    const sink = new Keeper()
    const { flusher, store } = flusherOf([sink])
    flusher.flush()
    store.forget(() => true)
    flusher.flush()
    expect(sink.snapshots[1]).toMatchObject({ counters: [], gauges: [], histograms: [] })
    store.counter('cluster.a.rq').add(5)
    flusher.flush()
    expect(sink.snapshots[2]).toMatchObject({ counters: [{ name: 'cluster.a.rq', value: 5 }] })
  })

  it('goes on with the other sinks when one throws, and keeps to the stats matcher', () => {
    const sink = new Keeper()
    const store = new StatsStore()
    for (const name of ['open', 'secret']) store.counter(name).inc()
    const refreshed: string[] = []
    new StatsFlusher({
      store,
      intervals: new HistogramIntervals(),
      sinks: [throwing, sink],
      time: new FakeTime(),
      logger: silentLogger,
      accepts: (name) => name !== 'secret',
      beforeFlush: () => refreshed.push('refreshed'),
    }).flush()
    expect(sink.snapshots[0]?.counters).toEqual([{ name: 'open', value: 1 }])
    expect(refreshed).toEqual(['refreshed'])
  })
})

describe('createStatsSink', () => {
  it('has the sinks of Envoy for statsd', () => {
    expect(builtinStatsSinks.map(({ name }) => name).toSorted()).toEqual([
      'envoy.stat_sinks.dog_statsd',
      'envoy.stat_sinks.graphite_statsd',
      'envoy.stat_sinks.statsd',
    ])
  })

  it('reports unknown sinks and useless addresses', () => {
    const context = sinkContext()
    expect(createStatsSink({ typed_config: { '@type': 'x.Y' } }, context)).toBeUndefined()
    const config = { '@type': 'envoy.config.metrics.v3.StatsdSink', address: { pipe: { path: '/x' } } }
    expect(createStatsSink({ typed_config: config }, context)).toBeUndefined()
    expect(context.findings).toMatchObject([
      { code: 'unsupported', path: 'typed_config' },
      { code: 'invalid-address', path: 'typed_config.address' },
    ])
  })
})

describe('datagrams', () => {
  it('fills up to the limit and lets a longer line go alone', () => {
    expect(datagrams(['aa', 'bb', 'cccccc', 'd'], 5)).toEqual(['aa\nbb', 'cccccc', 'd'])
    expect(datagrams(['a', 'b'], 0)).toEqual(['a', 'b'])
  })
})
