import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { rmSync, writeFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { admin, alive, info, stat } from '../testing/admin.ts'
import { ClosedLoop } from '../testing/closed-loop.ts'
import { forwarding } from '../testing/forwarding.ts'
import { ServingBinary } from '../testing/run-binary.ts'
import { StrictOrigin } from '../testing/strict-origin.ts'
import { untilTrue } from '../testing/until.ts'

const mkfifo = spawnSync('mkfifo', ['--version']).status === 0

let origin: StrictOrigin
beforeAll(async () => {
  origin = await StrictOrigin.start()
})
afterAll(async () => {
  await origin[Symbol.asyncDispose]()
})

const text = (): string => forwarding(origin.port)
const start = (...args: string[]): Promise<ServingBinary> =>
  ServingBinary.start(text(), '--concurrency', '2', '--no-watch', '--component-log-level', 'workers:info', ...args)
/** For what is not about the trial. */
const TRUSTED = ['--hot-restart-trial-s', '0']

/** Asks a few times; every answer is the origin's. */
async function serves(proxy: ServingBinary): Promise<void> {
  const load = new ClosedLoop(proxy.ports.get('main')!, 4, 'ok')
  await load.more(40)
  await load.stop()
  expect(load.failures).toEqual([])
}

/** The next process that reads the configuration hangs as it does so. */
function hangNext(proxy: ServingBinary): void {
  rmSync(proxy.file)
  expect(spawnSync('mkfifo', [proxy.file]).status).toBe(0)
}
function mend(proxy: ServingBinary): void {
  rmSync(proxy.file)
  writeFileSync(proxy.file, text())
}

/** Has another process take over, and ends that one when the test is over. */
async function takeOver(proxy: ServingBinary, check: (pid: number) => Promise<void>): Promise<void> {
  const ended = once(proxy.child, 'exit')
  expect(await admin(proxy, '/hot_restart', 'POST')).toBe('OK\n')
  expect(await ended).toEqual([0, null])
  const { pid } = await info(proxy)
  try {
    await check(pid)
  } finally {
    process.kill(pid, 'SIGTERM')
  }
}

/** The process that is to take over from this one. */
async function successorOf(proxy: ServingBinary): Promise<number> {
  const [, pid] = await proxy.logs(/a hot restart begins pid=(\d+)\n/)
  return Number(pid)
}

describe('a hot restart', { timeout: 60_000 }, () => {
  test('hands everything over to a new process: none is refused or reset, and nothing counted is lost', async () => {
    await using proxy = await start(...TRUSTED)
    const load = new ClosedLoop(proxy.ports.get('main')!, 8, 'ok')
    await load.more(50)
    await takeOver(proxy, async (pid) => {
      await load.more(50)
      await load.stop()
      expect(load.failures).toEqual([])
      expect(await stat(proxy, 'http.test.downstream_rq_2xx')).toBe(load.completed)
      expect(await info(proxy)).toMatchObject({
        state: 'LIVE',
        restart_epoch: 1,
        command_line_options: { restart_epoch: 1 },
        configuration: { generation: 2 },
      })
      expect(await stat(proxy, 'server.hot_restart_epoch')).toBe(1)
      expect(pid).not.toBe(proxy.child.pid)
    })
  })

  test('changes nothing when the new process cannot take over', async () => {
    await using proxy = await start()
    writeFileSync(proxy.file, 'static_resources: [')
    const answer = await admin(proxy, '/hot_restart', 'POST')
    expect(answer).toContain('it failed, and all is as it was: the new process cannot take over: exit code 1')
    await serves(proxy)
    expect(await info(proxy)).toMatchObject({
      pid: proxy.child.pid,
      restart_epoch: 0,
      command_line_options: { restart_epoch: 0 },
    })
    expect(await stat(proxy, 'server.hot_restart.failed')).toBe(1)
  })

  test.runIf(mkfifo)('gives up a new process that hangs, says so, and goes on', async () => {
    await using proxy = await start('--hot-restart-timeout-s', '1')
    hangNext(proxy)
    const answered = admin(proxy, '/hot_restart', 'POST')
    const successor = await successorOf(proxy)
    await serves(proxy)
    expect(await answered).toContain('it failed, and all is as it was: the new process did not serve within 1 s')
    await untilTrue(() => !alive(successor))
    await serves(proxy)
    expect(await info(proxy)).toMatchObject({ pid: proxy.child.pid, state: 'LIVE', restart_epoch: 0 })
    expect(await stat(proxy, 'server.hot_restart.timed_out')).toBe(1)
    expect(proxy.log()).toContain('the new process did not serve within 1 s; this one goes on')
  })

  test.runIf(mkfifo)('goes on when the new process is killed as it starts, and the next one takes over', async () => {
    await using proxy = await start(...TRUSTED)
    hangNext(proxy)
    const answered = admin(proxy, '/hot_restart', 'POST')
    process.kill(await successorOf(proxy), 'SIGKILL')
    expect(await answered).toContain('the new process cannot take over: signal SIGKILL')
    await serves(proxy)
    expect(await stat(proxy, 'server.hot_restart.failed')).toBe(1)
    mend(proxy)
    await takeOver(proxy, () => serves(proxy))
  })

  test('goes on when the new process is killed right after it serves, and the next one takes over', async () => {
    await using proxy = await start('--hot-restart-trial-s', '2')
    const load = new ClosedLoop(proxy.ports.get('main')!, 4, 'ok')
    const answered = admin(proxy, '/hot_restart', 'POST')
    const successor = await successorOf(proxy)
    await proxy.logs(/the new process serves; this one goes on beside it for 2 s/)
    process.kill(successor, 'SIGKILL')
    expect(await answered).toContain(
      'it failed, and all is as it was: the new process cannot take over: signal SIGKILL',
    )
    await load.stop()
    await serves(proxy)
    expect(await info(proxy)).toMatchObject({ pid: proxy.child.pid, state: 'LIVE', restart_epoch: 0 })
    expect(await stat(proxy, 'server.hot_restart.failed')).toBe(1)
    expect(proxy.log()).toContain('the new process cannot take over: signal SIGKILL; this one goes on')
    await takeOver(proxy, () => serves(proxy))
  })

  test.runIf(mkfifo)('is refused by a word in the log while another is under way', async () => {
    await using proxy = await start()
    hangNext(proxy)
    proxy.child.kill('SIGUSR2')
    const successor = await successorOf(proxy)
    proxy.child.kill('SIGUSR2')
    const refused = `no hot restart: one is under way already, to process ${successor}`
    await proxy.logs(new RegExp(refused))
    expect(await stat(proxy, 'server.hot_restart.attempt')).toBe(1)
    expect(await admin(proxy, '/hot_restart', 'POST')).toContain(`one is under way already, to process ${successor}`)
    process.kill(successor, 'SIGKILL')
    await serves(proxy)
  })

  test('ends the old process when --parent-shutdown-time-s is over, whatever is under way', async () => {
    await using proxy = await start('--parent-shutdown-time-s', '1', ...TRUSTED)
    const held = new Promise<void>((resolve) => (origin.answer = () => resolve()))
    const answer = fetch(`http://127.0.0.1:${proxy.ports.get('main')!}/`).then(
      () => 'answered',
      () => 'closed',
    )
    await held
    origin.answer = (_request, socket) => void socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok')
    await takeOver(proxy, async () => {
      expect(await answer).toBe('closed')
      await serves(proxy)
    })
  })
})
