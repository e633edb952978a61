import { StatsStore } from '@nuncio/core'
import { FakeTime } from '@nuncio/core/testing'
import { describe, expect, it } from 'vitest'
import { testHosts } from '../testing/index.ts'
import { MergeStats, MergeWindow } from './merge-window.ts'

function windowOf(windowMs: number) {
  const time = new FakeTime()
  const store = new StatsStore()
  const applied: number[][] = []
  const window = new MergeWindow({
    windowMs,
    time,
    stats: new MergeStats(store.scope('cluster_manager.')),
    apply: (hosts) => applied.push(hosts.map(({ port }) => port)),
  })
  const counted = (): Record<string, number> =>
    Object.fromEntries([...store.counters.values()].map(({ name, value }) => [name.split('.')[1], value]))
  return { time, window, applied, counted }
}

const hosts = testHosts(4)

describe('the merge window', () => {
  it('takes the first change over at once, and those that follow together a window later', () => {
    const { time, window, applied, counted } = windowOf(1000)
    window.moved([hosts[0]!])
    time.advance(400)
    window.moved([hosts[1]!])
    time.advance(400)
    window.moved([hosts[2]!, hosts[1]!])
    time.advance(599)
    expect(applied).toEqual([[80]])
    time.advance(1)
    expect(applied).toEqual([[80], [81, 82]])
    expect(counted()).toEqual({
      cluster_updated: 1,
      cluster_updated_via_merge: 1,
      update_merge_cancelled: 0,
      update_out_of_merge_window: 1,
    })
    expect(time.pending).toBe(0)
  })

  it('begins anew with each time something was taken over', () => {
    const { time, window, applied } = windowOf(1000)
    window.moved([hosts[0]!])
    time.advance(1000)
    window.moved([hosts[1]!])
    expect(applied).toHaveLength(1)
    time.advance(1000)
    time.advance(1001)
    window.moved([hosts[2]!])
    expect(applied).toEqual([[80], [81], [82]])
  })

  it('takes everything over at once when it is 0', () => {
    const { window, applied, counted } = windowOf(0)
    for (const host of hosts) window.moved([host])
    expect(applied).toEqual([[80], [81], [82], [83]])
    expect(counted()).toMatchObject({ cluster_updated: 4, update_out_of_merge_window: 0 })
  })

  it('gives what waits to a change of membership, which begins a window too', () => {
    const { time, window, applied, counted } = windowOf(1000)
    window.moved([hosts[0]!])
    window.moved([hosts[1]!])
    expect(window.flush([hosts[3]!])).toEqual([hosts[1]])
    expect([time.pending, counted()['update_merge_cancelled']]).toEqual([0, 1])
    window.moved([hosts[2]!])
    expect(applied).toEqual([[80]])
    time.advance(1000)
    expect(applied).toEqual([[80], [82]])
  })

  it('is one of its own for each priority', () => {
    const { window, applied } = windowOf(1000)
    const [other] = testHosts([{ priority: 1 }], 90)
    window.moved([hosts[0]!])
    window.moved([hosts[1]!, other!])
    expect(applied).toEqual([[80], [90]])
  })

  it('goes on in a priority when hosts come to another one', () => {
    const { time, window, applied, counted } = windowOf(1000)
    const [other] = testHosts([{ priority: 1 }], 90)
    window.moved([hosts[0]!])
    window.moved([hosts[1]!])
    time.advance(600)
    expect(window.flush([other!])).toEqual([])
    time.advance(400)
    expect([applied, counted()]).toEqual([
      [[80], [81]],
      { cluster_updated: 2, cluster_updated_via_merge: 1, update_merge_cancelled: 0, update_out_of_merge_window: 1 },
    ])
  })

  it('takes nothing over once it is closed', () => {
    const { time, window, applied } = windowOf(1000)
    window.moved([hosts[0]!])
    window.moved([hosts[1]!])
    window.close()
    time.advance(5000)
    expect([applied, time.pending]).toEqual([[[80]], 0])
  })
})
