import type { Problem } from '@nuncio/config'
import { SeededRandom, silentLogger, StatsStore } from '@nuncio/core'
import { FakeTime } from '@nuncio/core/testing'
import { expect, test } from 'vitest'
import type { ReloadOutcome } from '../reload/contracts.ts'
import { ReloadTogether } from './reload-together.ts'
import type { Worker } from './supervisor.ts'
import { FakeWorker, settle } from './testing/fake-worker.ts'
import { decideWatchdog, Watched } from './watchdog.ts'

type Fake = Worker & { readonly process: FakeWorker }

/** Workers that do as they are told, and reloads of all of them. */
class World {
  readonly stats = new StatsStore()
  readonly told: ReloadOutcome[] = []
  readonly logged: string[] = []
  readonly reloads: ReloadTogether
  serving: Fake[]
  stopping = false
  file: string | Error = 'from the file'

  constructor(workers: number) {
    this.serving = Array.from({ length: workers }, (_, slot) => this.worker(slot))
    this.reloads = new ReloadTogether({
      source: 'first',
      generation: 1,
      file: 'envoy.yaml',
      read: () => {
        if (this.file instanceof Error) throw this.file
        return this.file
      },
      serving: () => this.serving,
      stopping: () => this.stopping,
      onOutcome: (outcome) => void this.told.push(outcome),
      stats: this.stats,
      time: new FakeTime(),
      logger: { ...silentLogger, log: (_level, message) => void this.logged.push(message) },
    })
    for (const worker of this.serving) this.reloads.given(worker)
  }
  worker(slot: number): Fake {
    const watched = new Watched(decideWatchdog({}), new SeededRandom(1), 0)
    return { id: slot, slot, process: new FakeWorker(slot), watched, startedMs: 0, state: 'serving' }
  }
  /** What each worker was asked. */
  get asked(): readonly (readonly string[])[] {
    return this.serving.map(({ process }) => process.asked)
  }
  count(name: string): number {
    return this.stats.counter(`server.reload_${name}`).value
  }
}

const PROBLEM: Problem = {
  code: 'address-in-use',
  severity: 'error',
  path: 'static_resources.listeners[0].address',
  file: 'envoy.yaml',
  line: 3,
  column: 5,
  message: 'cannot listen there',
  hint: '',
}

test('all workers prepare, and when all can they apply it', async () => {
  const world = new World(2)
  expect(await world.reloads.reload('second')).toMatchObject({ outcome: 'applied', generation: 2 })
  expect(world.asked).toEqual([
    ['prepare second', 'commit'],
    ['prepare second', 'commit'],
  ])
  expect([world.reloads.source, world.count('success'), world.told.length]).toEqual(['second', 1, 1])
})

test('none applies what one cannot, and why is told', async () => {
  const world = new World(2)
  Object.assign(world.serving[1]!.process, { outcome: 'rejected', problems: [PROBLEM] })
  expect(await world.reloads.reload('second')).toMatchObject({
    outcome: 'rejected',
    generation: 1,
    problems: [{ code: 'address-in-use', line: 3 }],
  })
  expect(world.asked.map((each) => each.at(-1))).toEqual(['discard', 'discard'])
  expect([world.reloads.source, world.count('rejected'), world.count('bind_failed')]).toEqual(['first', 1, 1])
})

test('a worker that dies meanwhile holds nobody up', async () => {
  const world = new World(2)
  const reloaded = world.reloads.reload('second')
  world.serving[0]!.process.die('signal SIGKILL')
  expect(await reloaded).toMatchObject({ outcome: 'applied', generation: 2 })
})

test('without a worker that serves nothing is applied', async () => {
  const world = new World(0)
  expect(await world.reloads.reload('second')).toMatchObject({ outcome: 'rejected', problems: [{ code: 'no-worker' }] })
})

test('reloads come one after the other', async () => {
  const world = new World(1)
  const both = [world.reloads.reload('second'), world.reloads.reload('third')]
  expect((await Promise.all(both)).map(({ generation }) => generation)).toEqual([2, 3])
  expect(world.asked).toEqual([['prepare second', 'commit', 'prepare third', 'commit']])
})

test('a worker that began before a reload catches up when it serves, others need not', async () => {
  const world = new World(1)
  const late = world.worker(1)
  world.reloads.given(late)
  await world.reloads.reload('second')
  const timely = world.worker(2)
  world.reloads.given(timely)
  for (const worker of [late, timely]) world.reloads.serves(worker)
  await settle()
  expect([late.process.asked, timely.process.asked]).toEqual([['prepare second', 'commit'], []])
})

test('a file that cannot be read changes nothing and is counted', async () => {
  const world = new World(1)
  world.file = new Error('gone')
  expect(await world.reloads.reread()).toMatchObject({ outcome: 'rejected', problems: [{ code: 'unreadable' }] })
  world.file = 'back'
  expect(await world.reloads.reread()).toMatchObject({ outcome: 'applied' })
  expect([world.count('file_error'), world.count('attempt')]).toEqual([1, 2])
})

test('a file that changes under a process that stops is nothing to speak of', async () => {
  const world = new World(1)
  world.stopping = true
  expect(await world.reloads.reread()).toMatchObject({ outcome: 'rejected', problems: [] })
  expect([world.asked, world.told, world.count('attempt')]).toEqual([[[]], [], 0])
})

test('says which worker could not prepare, and leaves the others as they were', async () => {
  const world = new World(2)
  world.serving[0]!.process.failsWith = new Error('out of memory')
  const message = 'worker 0 failed at a reload: out of memory'
  expect(await world.reloads.reload('second')).toMatchObject({
    outcome: 'rejected',
    generation: 1,
    problems: [{ message }],
  })
  expect(world.logged).toContain(message)
  expect(world.asked[1]).toEqual(['prepare second', 'discard'])
})
