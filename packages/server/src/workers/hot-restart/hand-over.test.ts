import { silentLogger, StatsStore, dumpStats } from '@nuncio/core'
import { FakeTime } from '@nuncio/core/testing'
import { expect, test } from 'vitest'
import { BoundSocket } from '../bound-socket.ts'
import { Channel } from '../channel.ts'
import { ListeningSockets } from '../listening-sockets.ts'
import { settle } from '../testing/fake-worker.ts'
import { linkedPorts } from '../testing/linked-ports.ts'
import { HandOver } from './hand-over.ts'
import { HotRestartStats } from './hot-restart-stats.ts'
import { Predecessor } from './predecessor.ts'
import type { PredecessorProcedures } from './protocol.ts'

const AT = { address: '127.0.0.1', port: 80, unix: false, mode: 0, ipv4Compat: false }
const ADMIN = { ...AT, port: 81 }

/** A process that hands over, and the pipe to the one that takes over. */
class World {
  readonly log: string[] = []
  readonly time = new FakeTime()
  readonly own = new StatsStore()
  readonly handOver: HandOver
  stopping = false
  /** To the successor that was started last. */
  right = linkedPorts().right
  fail: (reason: string) => void = () => {}

  constructor() {
    const stats = new StatsStore()
    stats.counter('requests').add(7)
    const sockets = new ListeningSockets({
      bind: (at) => new BoundSocket(at, { close: () => {} }, at.port),
      probe: () => {},
    })
    sockets.obtain(AT, { owner: 'main/0', reusePort: true }, 1, 1)
    let pids = 100
    this.handOver = new HandOver({
      spawn: (handlers) => {
        const { left, right } = linkedPorts()
        new Channel(left).serve<PredecessorProcedures>(handlers)
        this.right = right
        const pid = ++pids
        return {
          pid,
          exited: new Promise((resolve) => (this.fail = resolve)),
          letGo: () => void this.log.push(`let ${pid} go`),
          kill: () => void this.log.push(`kill ${pid}`),
        }
      },
      patienceMs: 60_000,
      trialMs: 3000,
      stopping: () => this.stopping,
      sockets,
      adminSocket: () => new BoundSocket(ADMIN, { admin: true }, 81),
      inheritance: () => ({ epoch: 3, generation: 5, startedWallMs: 1000 }),
      totals: () => dumpStats(stats),
      retire: async () => {
        this.log.push('retires')
        await Promise.resolve()
        stats.counter('requests').inc()
      },
      end: () => void this.log.push('ends'),
      time: this.time,
      logger: silentLogger,
      stats: new HotRestartStats(this.own.scope('hot_restart.')),
    })
  }
  /** Attempts, those that failed, those among them that took too long. */
  get counted(): readonly number[] {
    return ['attempt', 'failed', 'timed_out'].map((name) => this.own.counter(`hot_restart.${name}`).value)
  }
  /** The successor that was started last comes to serve, and stands its trial. */
  async serves(): Promise<void> {
    const { channel } = await Predecessor.connect(this.right)
    const proven = channel.ask('serves', undefined)
    await settle()
    this.time.advance(3000)
    await proven
    await channel.ask('retire', undefined)
  }
}

test('a successor is told everything, and takes over when it serves', async () => {
  const world = new World()
  const served = world.handOver.start()
  const predecessor = await Predecessor.connect(world.right)
  expect(predecessor.inheritance).toMatchObject({ epoch: 3, generation: 5, startedWallMs: 1000, admin: ADMIN })
  expect(predecessor.adminSocket).toMatchObject({ at: ADMIN, port: 81, handle: { admin: true } })
  expect(predecessor.sockets.map(({ key, sockets }) => [key, sockets.length])).toEqual([['127.0.0.1:80', 2]])
  expect((await predecessor.channel.ask('totals', undefined)).counters).toEqual([['requests', 7]])
  const proven = predecessor.channel.ask('serves', undefined)
  await settle()
  world.time.advance(2999)
  await settle()
  expect(world.log).toEqual([])
  world.time.advance(1)
  await proven
  const last = await predecessor.channel.ask('retire', undefined)
  await served
  await settle()
  expect(last.counters).toEqual([['requests', 8]])
  expect(world.log).toEqual(['retires', 'let 101 go', 'ends'])
  expect([world.counted, world.time.pending]).toEqual([[1, 0, 0], 0])
})

test('a successor that ends before it serves changes nothing, and another may try', async () => {
  const world = new World()
  const tried = world.handOver.start()
  world.fail('exit code 1')
  await expect(tried).rejects.toMatchObject({ message: 'the new process cannot take over: exit code 1' })
  expect([world.log, world.time.pending]).toEqual([[], 0])
  const again = world.handOver.start()
  await world.serves()
  await again
  expect(world.counted).toEqual([2, 1, 0])
})

test('a successor that ends on its trial changes nothing, and another may try', async () => {
  const world = new World()
  const tried = world.handOver.start()
  const { channel } = await Predecessor.connect(world.right)
  const proven = channel.ask('serves', undefined)
  proven.catch(() => {})
  await settle()
  world.time.advance(2999)
  world.fail('signal SIGKILL')
  const message = 'the new process cannot take over: signal SIGKILL'
  await expect(tried).rejects.toMatchObject({ message })
  await expect(proven).rejects.toMatchObject({ message })
  await expect(channel.ask('retire', undefined)).rejects.toMatchObject({ message: 'it is too late' })
  expect([world.log, world.counted, world.time.pending]).toEqual([[], [1, 1, 0], 0])
  const again = world.handOver.start()
  await world.serves()
  await again
})

test('a successor that ends after its trial, before it takes over, changes nothing', async () => {
  const world = new World()
  const tried = world.handOver.start()
  const { channel } = await Predecessor.connect(world.right)
  const proven = channel.ask('serves', undefined)
  await settle()
  world.time.advance(3000)
  await proven
  world.fail('exit code 1')
  await expect(tried).rejects.toMatchObject({ message: 'the new process cannot take over: exit code 1' })
  expect([world.log, world.counted]).toEqual([[], [1, 1, 0]])
})

test('a successor of an earlier release, which only asks to retire, has its trial, too', async () => {
  const world = new World()
  const served = world.handOver.start()
  const { channel } = await Predecessor.connect(world.right)
  const retired = channel.ask('retire', undefined)
  await settle()
  expect(world.log).toEqual([])
  world.time.advance(3000)
  await retired
  await served
  expect(world.log[0]).toBe('retires')
})

test('a successor that does not serve in time is ended, and cannot take over any more', async () => {
  const world = new World()
  const tried = world.handOver.start()
  const late = await Predecessor.connect(world.right)
  world.time.advance(60_000)
  await expect(tried).rejects.toMatchObject({ message: 'the new process did not serve within 60 s' })
  expect([world.log, world.counted]).toEqual([['kill 101'], [1, 1, 1]])
  await expect(late.channel.ask('retire', undefined)).rejects.toMatchObject({ message: 'it is too late' })
  const again = world.handOver.start()
  await expect(late.channel.ask('retire', undefined)).rejects.toMatchObject({ message: 'it is too late' })
  await world.serves()
  await again
})

test('there is one hot restart at a time, none behind the one that succeeded, and none from a process that stops', async () => {
  const world = new World()
  const first = world.handOver.start()
  await expect(world.handOver.start()).rejects.toMatchObject({ message: 'one is under way already, to process 101' })
  await world.serves()
  await first
  await expect(world.handOver.start()).rejects.toMatchObject({ message: 'another process has taken over already' })
  expect(world.counted).toEqual([1, 0, 0])
  const other = new World()
  other.stopping = true
  await expect(other.handOver.start()).rejects.toMatchObject({ message: 'this process is stopping' })
})
