import { expect, test } from 'vitest'
import { StatsStore } from '../stats/stats.ts'
import { ScriptedRandom } from '../testing/scripted-random.ts'
import { LoadShedPoint } from './load-shed-point.ts'
import { OverloadState } from './overload-state.ts'
import { ShrinkingTimeout } from './shrinking-timeout.ts'

test('a load shed point sheds nothing at 0 and everything at 1, without drawing', () => {
  const point = new LoadShedPoint(new ScriptedRandom([]))
  point.count = new StatsStore().counter('shed')
  expect(point.sheds()).toBe(false)
  point.share = 1
  expect([point.sheds(), point.sheds(), point.count.value]).toEqual([true, true, 2])
})

test('a load shed point sheds its share by chance', () => {
  const point = new LoadShedPoint(new ScriptedRandom([0, 2 ** 30 - 1, 2 ** 30, 2 ** 32 - 1]))
  point.share = 0.25
  expect([point.sheds(), point.sheds(), point.sheds(), point.sheds()]).toEqual([true, true, false, false])
})

test('a timeout of 600 s with a minimum of 2 s is 181.4 s at a state of 0.7', () => {
  const timeout = new ShrinkingTimeout()
  timeout.minimum = { ms: 2000 }
  expect(timeout.now(600_000)).toBe(600_000)
  timeout.state = 0.7
  expect(timeout.now(600_000)).toBeCloseTo(181_400)
  timeout.state = 1
  expect(timeout.now(600_000)).toBe(2000)
})

test('a minimum may be a share of the timeout; it never becomes longer, nor none at all', () => {
  const timeout = new ShrinkingTimeout()
  timeout.minimum = { share: 0.1 }
  timeout.state = 1
  expect([timeout.now(1000), timeout.now(0)]).toEqual([100, 0])
  timeout.minimum = { ms: 5000 }
  expect(timeout.now(1000)).toBe(1000)
  timeout.minimum = { ms: 0 }
  expect(timeout.now(1000)).toBe(1)
})

test('connections and requests are refused by whichever place sheds', () => {
  const state = new OverloadState(new ScriptedRandom([]))
  expect([state.refusesConnection(), state.refusesRequest({ path: '/' })]).toEqual([false, false])
  state.tcpListenerAccept.share = 1
  state.decodeHeaders.share = 1
  expect([state.refusesConnection(), state.refusesRequest({ path: '/' })]).toEqual([true, true])
})
