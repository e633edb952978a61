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
