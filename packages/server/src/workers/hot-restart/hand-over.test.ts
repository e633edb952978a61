import { StatsStore, dumpStats } from '@nuncio/core'
import { expect, test } from 'vitest'
import { Channel } from '../channel.ts'
import { ListeningSockets } from '../listening-sockets.ts'
import { settle } from '../testing/fake-worker.ts'
import { linkedPorts } from '../testing/linked-ports.ts'
import { HandOver } from './hand-over.ts'
import { Predecessor } from './predecessor.ts'
import type { PredecessorProcedures } from './protocol.ts'

const AT = { address: '127.0.0.1', port: 80, unix: false, mode: 0, ipv4Compat: false }

/** A process that hands over, and the pipe to the one that takes over. */
function world() {
  const log: string[] = []
  const stats = new StatsStore()
  stats.counter('requests').add(7)
  const sockets = new ListeningSockets({
    bind: () => ({ handle: { close: () => log.push('closed') }, port: 80, close: () => {} }),
    probe: () => {},
  })
  sockets.obtain(AT, { owner: 'main/0', reusePort: true }, 1, 1)
  const { left, right } = linkedPorts()
  let exit: (reason: string) => void = () => {}
  const handOver = new HandOver({
    spawn: (handlers) => {
      new Channel(left).serve<PredecessorProcedures>(handlers)
      return {
        pid: 1,
        exited: new Promise((resolve) => (exit = resolve)),
        letGo: () => void log.push('let go'),
      }
    },
    sockets,
    adminSocket: () => ({ admin: true }),
    inheritance: () => ({ epoch: 3, generation: 5, startedWallMs: 1000 }),
    totals: () => dumpStats(stats),
    retire: async () => {
      log.push('retires')
      await Promise.resolve()
      stats.counter('requests').inc()
    },
    end: () => void log.push('ends'),
  })
  return { handOver, log, right, fail: (reason: string) => exit(reason) }
}

test('a successor is told everything, and takes over when it serves', async () => {
  const { handOver, log, right } = world()
  const served = handOver.start()
  const predecessor = await Predecessor.connect(right)
  expect(predecessor.inheritance).toMatchObject({ epoch: 3, generation: 5, startedWallMs: 1000, admin: true })
  expect(predecessor.adminSocket).toEqual({ admin: true })
  expect(predecessor.sockets.map(({ key, sockets }) => [key, sockets.length])).toEqual([['127.0.0.1:80', 2]])
  expect((await predecessor.channel.ask('totals', undefined)).counters).toEqual([['requests', 7]])
  expect(log).toEqual([])
  const last = await predecessor.channel.ask('retire', undefined)
  await served
  await settle()
  expect(last.counters).toEqual([['requests', 8]])
  expect(log).toEqual(['retires', 'let go', 'ends'])
})

test('a successor that ends before it serves changes nothing, and another may try', async () => {
  const { handOver, log, fail } = world()
  const tried = handOver.start()
  fail('exit code 1')
  await expect(tried).rejects.toMatchObject({ message: 'the new process cannot take over: exit code 1' })
  expect(log).toEqual([])
  const again = handOver.start()
  fail('signal SIGKILL')
  await expect(again).rejects.toMatchObject({ message: 'the new process cannot take over: signal SIGKILL' })
})
