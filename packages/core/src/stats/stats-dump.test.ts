import { expect, test } from 'vitest'
import { StatsStore } from './stats.ts'
import { addStats, clearStats, dumpStats } from './stats-dump.ts'

function storeWith(requests: number, active: number, version: number, ...times: number[]): StatsStore {
  const store = new StatsStore()
  store.counter('requests').add(requests)
  store.counter('reloads').add(2)
  store.gauge('active').set(active)
  store.gauge('version').set(version)
  store.text('name').value = 'nuncio'
  for (const time of times) store.histogram('time').record(time)
  return store
}
const rule = (name: string): 'sum' | 'max' => (name === 'version' || name === 'reloads' ? 'max' : 'sum')

test('counters and gauges go by their rule, and histograms are merged', () => {
  const merged = new StatsStore()
  for (const store of [storeWith(3, 2, 7, 0, 1, 15), storeWith(4, 5, 6, 1000)]) {
    addStats(merged, structuredClone(dumpStats(store)), rule)
  }
  expect([merged.counter('requests').value, merged.counter('reloads').value]).toEqual([7, 2])
  expect([merged.gauge('active').value, merged.gauge('version').value]).toEqual([7, 7])
  expect(merged.text('name').value).toBe('nuncio')
  const whole = storeWith(0, 0, 0, 0, 1, 15, 1000).histogram('time')
  expect(merged.histogram('time').dump()).toEqual(whole.dump())
})

test('a gauge that nobody touched stays untouched, and a negative one counts', () => {
  const store = new StatsStore()
  store.gauge('idle')
  store.gauge('low').set(-4)
  const merged = new StatsStore()
  addStats(merged, dumpStats(store), () => 'max')
  expect([merged.gauge('idle').used, merged.gauge('low').value]).toEqual([false, -4])
})

test('clearing keeps the handles', () => {
  const store = storeWith(3, 2, 7, 4)
  const counter = store.counter('requests')
  clearStats(store)
  expect([counter.value, store.gauge('active').used, store.histogram('time').count]).toEqual([0, false, 0])
  expect(store.counter('requests')).toBe(counter)
})
