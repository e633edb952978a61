import { FakeTime } from '@nuncio/core/testing'
import { SeededRandom } from '@nuncio/core'
import { expect, test } from 'vitest'
import { BoundSocket } from './bound-socket.ts'
import { ListeningSockets } from './listening-sockets.ts'
import { Loans } from './loans.ts'
import type { Worker } from './supervisor.ts'
import { FakeWorker, settle } from './testing/fake-worker.ts'
import { decideWatchdog, Watched } from './watchdog.ts'

let ids = 0
function worker(slot: number): Worker & { readonly process: FakeWorker } {
  const watched = new Watched(decideWatchdog({}), new SeededRandom(1), 0)
  const id = ++ids
  return { id, slot, process: new FakeWorker(id), watched, startedMs: new FakeTime().monotonicMs(), state: 'serving' }
}
const AT = { address: '127.0.0.1', port: 80, unix: false, mode: 0, ipv4Compat: false }

function world(workers: readonly Worker[], reusePort = true) {
  const closed: number[] = []
  let made = 0
  const sockets = new ListeningSockets({
    bind: (at) => {
      const n = made++
      return new BoundSocket(at, { n, close: () => closed.push(n) }, 80)
    },
    probe: () => {},
  })
  for (const { id, slot } of workers) sockets.obtain(AT, { owner: 'main/0', reusePort }, slot, id)
  return { sockets, loans: new Loans(sockets), closed }
}

test('a sibling stands in for a worker that died, until its successor serves', async () => {
  const [a, b] = [worker(0), worker(1)]
  const { sockets, loans, closed } = world([a, b])
  loans.standIn(a, [b])
  await settle()
  expect(b.process.asked).toEqual(['lend 127.0.0.1:80 1'])
  const successor = worker(0)
  sockets.obtain(AT, { owner: 'main/0', reusePort: true }, 0, successor.id)
  loans.takeBack(successor)
  await settle()
  expect(b.process.asked).toEqual(['lend 127.0.0.1:80 1', 'return 1'])
  expect(closed).toEqual([])
})

test('another stands in when the one that did dies too', async () => {
  const [a, b, c] = [worker(0), worker(1), worker(2)]
  const { loans } = world([a, b, c])
  loans.standIn(a, [b])
  loans.standIn(b, [c])
  await settle()
  expect(c.process.asked.toSorted()).toEqual(['lend 127.0.0.1:80 2', 'lend 127.0.0.1:80 3'])
})

test('nobody needs to when all listen on one socket, or when none is left', async () => {
  const [a, b] = [worker(0), worker(1)]
  const { loans } = world([a, b], false)
  loans.standIn(a, [b])
  loans.standIn(b, [])
  await settle()
  expect(b.process.asked).toEqual([])
})

test('sockets of slots that nobody has are covered, also when the one that covers them leaves', async () => {
  const [a, b] = [worker(0), worker(1)]
  const { loans } = world([a, b, worker(2)])
  loans.cover(2, 3, [a, b])
  await settle()
  expect(a.process.asked).toHaveLength(1)
  loans.leaves(a, [b])
  loans.leaves(b, [])
  await settle()
  expect(b.process.asked).toHaveLength(1)
})
