import { dumpStats, type StatsDump, StatsStore } from '@nuncio/core'
import { expect, test } from 'vitest'
import { MergedStats } from './merged-stats.ts'

function dump(requests: number, active: number, live = 1): StatsDump {
  const store = new StatsStore()
  store.counter('requests').add(requests)
  store.gauge('active').set(active)
  store.gauge('server.live').set(live)
  store.histogram('time').record(requests)
  return dumpStats(store)
}
const values = (merged: MergedStats): number[] => {
  merged.update()
  const { store } = merged
  return [store.counter('requests').value, store.gauge('active').value, store.gauge('server.live').value]
}

test('workers are summed, and so is what the primary counts', () => {
  const merged = new MergedStats()
  merged.told(1, dump(3, 2))
  merged.told(2, dump(4, 5))
  merged.own.counter('requests').inc()
  expect(values(merged)).toEqual([8, 7, 1])
  expect(values(merged)).toEqual([8, 7, 1])
  expect(merged.store.histogram('time').count).toBe(2)
})

test('a worker that is killed leaves what it last told, and none of its gauges', () => {
  const merged = new MergedStats()
  merged.told(1, dump(3, 2))
  merged.told(2, dump(4, 5))
  merged.ended(1, undefined)
  expect(values(merged)).toEqual([7, 5, 1])
})

test('a worker that left tells its last', () => {
  const merged = new MergedStats()
  merged.told(1, dump(3, 2))
  merged.ended(1, dump(9, 0))
  expect(values(merged)).toEqual([9, 0, 0])
  merged.ended(1, undefined)
  expect(values(merged)).toEqual([9, 0, 0])
})

test('a process that takes over inherits the counters', () => {
  const before = new MergedStats()
  before.told(1, dump(3, 2))
  before.told(2, dump(4, 2))
  before.ended(2, undefined)
  const after = new MergedStats()
  after.told(0, structuredClone(before.totals()))
  expect(after.knows(0)).toBe(true)
  after.ended(0, undefined)
  after.told(1, dump(1, 1))
  expect(values(after)).toEqual([8, 1, 1])
})

test('after a reset everything begins anew', () => {
  const merged = new MergedStats()
  merged.told(1, dump(3, 2))
  merged.ended(1, undefined)
  merged.reset()
  expect(values(merged)).toEqual([0, 0, 0])
})

test('what no worker tells any more goes, but for what counts on when a worker ends', () => {
  const merged = new MergedStats()
  const store = new StatsStore()
  store.counter('cluster.gone.requests').inc()
  store.gauge('cluster.gone.active').set(1)
  store.histogram('cluster.gone.time').record(1)
  merged.told(1, dumpStats(store))
  merged.update()
  expect(merged.store.counters.has('cluster.gone.requests')).toBe(true)
  merged.told(1, dump(3, 2))
  expect(values(merged)).toEqual([3, 2, 1])
  const { counters, gauges, histograms } = merged.store
  expect([...counters.keys(), ...gauges.keys(), ...histograms.keys()].filter((name) => name.includes('gone'))).toEqual(
    [],
  )
  merged.reset()
  merged.update()
  expect(merged.store.counters.get('requests')?.value).toBe(0)
  merged.told(1, dump(3, 2))
  merged.ended(1, undefined)
  merged.told(2, dump(1, 1))
  expect(values(merged)).toEqual([4, 1, 1])
})
