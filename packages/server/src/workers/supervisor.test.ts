import { NuncioError, SeededRandom, silentLogger, StatsStore, type TimeSource } from '@nuncio/core'
import { FakeTime } from '@nuncio/core/testing'
import { describe, expect, test } from 'vitest'
import { Guard } from './guard.ts'
import { Supervisor } from './supervisor.ts'
import { FakeWorker, settle } from './testing/fake-worker.ts'
import { decideWatchdog, type WatchdogInfo } from './watchdog.ts'

/** A supervisor over workers that do as they are told. */
class World {
  readonly time = new FakeTime()
  readonly stats = new StatsStore()
  readonly spawned: FakeWorker[] = []
  readonly events: string[] = []
  readonly logged: string[] = []
  /** How the next workers start; well when there is nothing left. */
  readonly starts: ('well' | Error)[] = []
  readonly supervisor: Supervisor
  readonly guard: Guard

  /** The clock went on by this much while nothing ran. */
  stalledMs = 0

  constructor(slots: number, watchdog: WatchdogInfo = decideWatchdog({})) {
    const { stats } = this
    const time: TimeSource = {
      monotonicMs: () => this.time.monotonicMs() + this.stalledMs,
      wallMs: () => this.time.wallMs(),
      setTimer: (delayMs, onFire) => this.time.setTimer(delayMs, onFire),
    }
    this.supervisor = new Supervisor({
      slots,
      spawn: () => {
        const worker = new FakeWorker(this.spawned.length + 1, this.starts.shift())
        this.spawned.push(worker)
        return worker
      },
      request: ({ slot }) => ({ source: '', generation: 1, values: {}, slot, workers: slots }),
      time,
      random: new SeededRandom(1),
      logger: { ...silentLogger, log: (_level, message) => void this.logged.push(message) },
      stats: stats.scope('workers.'),
      watchdog,
      onServing: ({ id }) => void this.events.push(`${id} serves`),
      onLeaving: () => {},
      onDeath: ({ id }) => void this.events.push(`${id} died`),
      onEnd: ({ id }, last) => void this.events.push(`${id} ended${last === undefined ? '' : ' and told'}`),
    })
    this.guard = new Guard({ supervisor: this.supervisor, info: watchdog, time, stats })
  }

  static async of(slots: number, watchdog?: WatchdogInfo): Promise<World> {
    const world = new World(slots, watchdog)
    await world.supervisor.start()
    world.events.length = 0
    return world
  }
  counter(name: string): number {
    return this.stats.counter(name).value
  }
  /** Slots with the pids that serve in them. */
  get serving(): readonly string[] {
    return this.supervisor.serving.map(({ slot, process }) => `${slot}: ${process.pid}`)
  }
  async pass(ms: number, step = 50): Promise<void> {
    for (let at = 0; at < ms; at += step) {
      this.time.advance(Math.min(step, ms - at))
      await settle()
    }
  }
}

describe('the supervisor', () => {
  test('starts one worker for each slot', async () => {
    const world = await World.of(3)
    expect(world.serving).toEqual(['0: 1', '1: 2', '2: 3'])
    expect(world.spawned.map(({ asked }) => asked)).toEqual([['start 0'], ['start 1'], ['start 2']])
    expect(world.stats.gauge('workers.serving').value).toBe(3)
  })

  test('says why when one cannot start at first, and leaves none', async () => {
    const world = new World(2)
    world.starts.push('well', new NuncioError('ERR_NUNCIO_TEST', 'the address is in use'))
    await expect(world.supervisor.start()).rejects.toMatchObject({ code: 'ERR_NUNCIO_TEST' })
    await settle()
    expect(world.supervisor.workers).toEqual([])
    expect(world.spawned).toHaveLength(2)
  })

  test('replaces a worker that dies at once; the others know nothing of it', async () => {
    const world = await World.of(2)
    world.spawned[0]!.die('signal SIGKILL')
    await settle()
    expect(world.serving).toEqual(['1: 2', '0: 3'])
    expect(world.events).toEqual(['1 ended', '1 died', '3 serves'])
    expect([world.counter('workers.died'), world.spawned[1]!.asked]).toEqual([1, ['start 1']])
  })

  test('waits longer and longer for one that dies again and again', async () => {
    const world = await World.of(1)
    world.spawned[0]!.die('exit code 1')
    await settle()
    for (const delay of [100, 200, 400]) {
      const before = world.spawned.length
      world.spawned.at(-1)!.die('exit code 1')
      await settle()
      await world.pass(delay - 1)
      expect(world.spawned).toHaveLength(before)
      await world.pass(1)
      expect(world.spawned).toHaveLength(before + 1)
    }
    expect(world.serving).toEqual(['0: 5'])
  })

  test('tries again when a replacement cannot start', async () => {
    const world = await World.of(1)
    world.starts.push(new NuncioError('ERR_NUNCIO_TEST', 'no'), new NuncioError('ERR_NUNCIO_TEST', 'no'))
    world.spawned[0]!.die('signal SIGKILL')
    await world.pass(400)
    expect([world.serving, world.counter('workers.died')]).toEqual([['0: 4'], 3])
  })

  test('restarts one after the other: the old one leaves when the new one serves', async () => {
    const world = await World.of(2)
    await world.supervisor.restart(5000)
    expect(world.serving).toEqual(['0: 3', '1: 4'])
    expect(world.events).toEqual(['3 serves', '4 serves'])
    expect(world.spawned.slice(0, 2).map(({ asked }) => asked.at(-1))).toEqual(['drain 5000', 'drain 5000'])
    for (const old of world.spawned.slice(0, 2)) old.finish()
    await settle()
    expect(world.events.slice(2)).toEqual(['1 ended and told', '2 ended and told'])
    expect([world.counter('workers.restarted'), world.counter('workers.died')]).toEqual([2, 0])
  })

  test('goes on with the old workers when a new one cannot start', async () => {
    const world = await World.of(2)
    world.starts.push(new NuncioError('ERR_NUNCIO_TEST', 'no'))
    await expect(world.supervisor.restart(5000)).rejects.toMatchObject({ message: 'no' })
    await settle()
    expect([world.serving, world.counter('workers.died')]).toEqual([['0: 1', '1: 2'], 0])
  })

  test('kills a worker that does not leave in time', async () => {
    const world = await World.of(1)
    await world.supervisor.restart(1000)
    await world.pass(5999, 1000)
    expect(world.supervisor.workers).toHaveLength(2)
    await world.pass(1)
    expect(world.supervisor.workers.map(({ process }) => process.pid)).toEqual([2])
  })

  test('has all leave when it drains, and replaces none', async () => {
    const world = await World.of(2)
    const drained = world.supervisor.drain(1000)
    await settle()
    for (const worker of world.spawned) worker.finish()
    await drained
    await world.pass(1000)
    expect([world.supervisor.workers, world.spawned.length]).toEqual([[], 2])
  })
})

describe('the watchdog', () => {
  test('says nothing about workers that answer', async () => {
    const world = await World.of(2)
    world.guard.start()
    await world.pass(10_000)
    expect([world.counter('workers.watchdog_miss'), world.spawned.length]).toEqual([0, 2])
  })

  test('counts one that does not, and replaces it after five seconds', async () => {
    const world = await World.of(2)
    world.guard.start()
    await world.pass(200)
    world.spawned[1]!.hangs = true
    await world.pass(2000)
    expect([world.counter('workers.watchdog_miss'), world.counter('workers.watchdog_mega_miss')]).toEqual([1, 1])
    expect(world.counter('server.worker_1.watchdog_mega_miss')).toBe(1)
    await world.pass(4000)
    expect(world.serving).toEqual(['0: 1', '1: 3'])
    expect(world.counter('workers.killed_by_watchdog')).toBe(1)
  })

  test('blames nobody when it came late itself', async () => {
    const world = await World.of(2)
    world.guard.start()
    await world.pass(1000)
    world.stalledMs = 20_000
    await world.pass(1000)
    expect([world.counter('workers.watchdog_mega_miss'), world.spawned.length]).toEqual([0, 2])
  })
})

test('says which worker could not do what all were told, and nothing of those that ended', async () => {
  const world = await World.of(3)
  const [, failing, gone] = world.spawned
  failing!.failsWith = new Error('the disk is full')
  gone!.channel.ask = () => Promise.reject(new NuncioError('ERR_NUNCIO_WORKER_GONE', 'the other process has ended'))
  world.logged.length = 0
  world.supervisor.tell({ do: 'reopen-logs' })
  await settle()
  expect(world.logged).toEqual(['worker 1 failed at reopen-logs: the disk is full'])
})
