import { expect, test } from 'vitest'
import { StatsStore } from '../stats/stats.ts'
import { LateRequests } from './late-requests.ts'

/** Requests are late after 2 ms of a turn, and turned away when they have been for 20 ms. */
class World {
  readonly late = new LateRequests()
  readonly count = new StatsStore().counter('shed')
  turn = 0
  now = 1000

  constructor(graceMs = 20) {
    this.late.policy = {
      maxWaitMs: 2,
      graceMs,
      alwaysAdmit: new Set(['/healthz']),
      turnMs: () => this.turn,
      nowMs: () => this.now,
      count: this.count,
    }
  }
  /** A request that has waited for so long, so many ms after the one before. */
  sheds(waitedMs: number, afterMs = 0, path = '/'): boolean {
    this.turn = waitedMs
    this.now += afterMs
    return this.late.sheds({ path })
  }
}

test('without a policy nothing is late', () => {
  expect(new LateRequests().sheds({ path: '/' })).toBe(false)
})

test('a burst is admitted, however long it waits', () => {
  const world = new World()
  expect([world.sheds(0), world.sheds(2), world.sheds(3), world.sheds(15, 12), world.sheds(19, 4)]).not.toContain(true)
  expect(world.count.value).toBe(0)
})

test('requests that are late all the time are turned away after the grace, others never', () => {
  const world = new World()
  const seen = [0, 1, 2, 3, 4, 5].map(() => [world.sheds(1, 5), world.sheds(3)])
  expect(seen.map(([, late]) => late)).toEqual([false, false, false, false, true, true])
  expect(seen.map(([early]) => early)).not.toContain(true)
  expect(world.count.value).toBe(2)
})

test('a pause as long as the grace ends it', () => {
  const world = new World()
  world.sheds(3)
  expect(world.sheds(3, 20)).toBe(true)
  expect([world.sheds(3, 21), world.sheds(3, 19), world.sheds(3, 1)]).toEqual([false, false, true])
})

test('a path that is always admitted is, with any query', () => {
  const world = new World(0)
  const paths = ['/healthz', '/healthz?deep=1', '/healthz/more', '/']
  expect(paths.map((path) => world.sheds(9, 0, path))).toEqual([false, false, true, true])
})

test('tells the longest wait once', () => {
  const world = new World()
  for (const wait of [1, 7, 3]) world.sheds(wait)
  expect([world.late.takeLongest(), world.late.takeLongest()]).toEqual([7, 0])
})
