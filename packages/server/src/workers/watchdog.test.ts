import { ScriptedRandom } from '@nuncio/core/testing'
import { expect, test } from 'vitest'
import { decideWatchdog, look, toKill, Watched, type WatchdogInfo } from './watchdog.ts'

const NO_CHANCE = new ScriptedRandom([])
const watch = (info: WatchdogInfo): { watched: Watched } => ({ watched: new Watched(info, NO_CHANCE, 0) })

test('a worker is missed after 200 ms, very much after a second, and given up after five', () => {
  const info = decideWatchdog({})
  const one = watch(info)
  expect(look(one.watched, info, 200)).toEqual([])
  expect(look(one.watched, info, 201)).toEqual(['miss'])
  expect(look(one.watched, info, 400)).toEqual([])
  expect(look(one.watched, info, 1001)).toEqual(['mega-miss'])
  expect([toKill([one], info, 5000), toKill([one], info, 5001)]).toEqual([[], [one]])
})

test('a worker that answers again is missed anew', () => {
  const info = decideWatchdog({ watchdog: { miss_timeout: 100, megamiss_timeout: 300 } })
  const { watched } = watch(info)
  expect(look(watched, info, 400)).toEqual(['miss', 'mega-miss'])
  watched.answered(450)
  expect(look(watched, info, 500)).toEqual([])
  expect(look(watched, info, 600)).toEqual(['miss'])
})

test('kill_timeout is honoured with its jitter, and 0 switches it off', () => {
  const info = decideWatchdog({ watchdogs: { worker_watchdog: { kill_timeout: 1000, max_kill_timeout_jitter: 500 } } })
  const one = { watched: new Watched(info, new ScriptedRandom([2 ** 31]), 0) }
  expect([toKill([one], info, 1250).length, toKill([one], info, 1251).length]).toEqual([0, 1])
  const off = decideWatchdog({ watchdogs: { worker_watchdog: { kill_timeout: 0 } } })
  expect(toKill([watch(off)], off, 1e9)).toEqual([])
})

test('several that hang together are killed earlier, and at least two', () => {
  const info = decideWatchdog({
    watchdogs: { worker_watchdog: { kill_timeout: 0, multikill_timeout: 1000, multikill_threshold: { value: 50 } } },
  })
  const all = [watch(info), watch(info), watch(info), watch(info), watch(info)]
  all[0]!.watched.answered(1000)
  all[1]!.watched.answered(1000)
  expect(toKill(all, info, 1500)).toEqual(all.slice(2))
  all[2]!.watched.answered(1000)
  expect(toKill(all, info, 1500)).toEqual([])
  const lonely = decideWatchdog({ watchdogs: { worker_watchdog: { kill_timeout: 0, multikill_timeout: 1000 } } })
  expect(toKill([watch(lonely)], lonely, 9999)).toEqual([])
})
