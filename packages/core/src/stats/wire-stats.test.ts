import { expect, test } from 'vitest'
import { StatsStore } from './stats.ts'
import { WireCount, WireStats } from './wire-stats.ts'

function world() {
  const store = new StatsStore()
  const stats = new WireStats(store.scope('t.'), 'upstream')
  return { store, stats, one: new WireCount(), two: new WireCount() }
}

test('counts what each connection moved since it was last asked', () => {
  const { store, stats, one, two } = world()
  one.count(stats, 10, 100)
  two.count(stats, 1, 2)
  one.count(stats, 15, 100)
  expect(store.counter('t.upstream_cx_rx_bytes_total').value).toBe(16)
  expect(store.counter('t.upstream_cx_tx_bytes_total').value).toBe(102)
})

test('shows what waits in the buffers of all connections together, and forgets those that are over', () => {
  const { store, stats, one, two } = world()
  const shown = () => [
    store.gauge('t.upstream_cx_rx_bytes_buffered').value,
    store.gauge('t.upstream_cx_tx_bytes_buffered').value,
  ]
  one.show(stats, 5, 1000)
  two.show(stats, 7, 0)
  expect(shown()).toEqual([12, 1000])
  one.show(stats, 0, 400)
  expect(shown()).toEqual([7, 400])
  two.show(stats, 0, 0)
  one.show(stats, 0, 0)
  expect(shown()).toEqual([0, 0])
})

test('a connection that never had to wait leaves its gauges unused', () => {
  const { store, stats, one } = world()
  one.show(stats, 0, 0)
  expect(store.gauge('t.upstream_cx_tx_bytes_buffered').used).toBe(false)
})
