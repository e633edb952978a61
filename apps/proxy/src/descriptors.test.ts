import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { expect, test } from 'vitest'
import { ClosedLoop } from './testing/closed-loop.ts'
import { forwarding } from './testing/forwarding.ts'
import { ServingBinary } from './testing/run-binary.ts'
import { StrictOrigin } from './testing/strict-origin.ts'

const prlimit = spawnSync('prlimit', ['--version']).status === 0

/** Lets a process that runs open no more than so many files. */
function limitFiles(pid: number, files: number): void {
  expect(spawnSync('prlimit', ['--pid', String(pid), `--nofile=${files}:`]).status).toBe(0)
}

test.runIf(prlimit)(
  'a proxy that runs out of file descriptors goes on when there are some again',
  { timeout: 60_000 },
  async () => {
    await using origin = await StrictOrigin.start()
    await using proxy = await ServingBinary.start(forwarding(origin.port))
    const port = proxy.ports.get('main')!
    const pid = proxy.child.pid!
    limitFiles(pid, readdirSync(`/proc/${pid}/fd`).length + 20)
    const idle: Socket[] = []
    for (let i = 0; i < 60; i++) {
      const socket = connect(port, '127.0.0.1')
      socket.on('error', () => {})
      idle.push(socket)
      await once(socket, 'connect')
    }
    const closed = (): number => idle.filter((socket) => socket.resume().destroyed).length
    while (closed() < 30) {
      await new Promise((resolve) => setImmediate(resolve))
    }
    expect(proxy.child.exitCode).toBeNull()
    for (const socket of idle) socket.destroy()
    let answered = false
    while (!answered) {
      answered = (await fetch(`http://127.0.0.1:${port}/`).then((response) => response.ok, () => false)) // prettier-ignore
    }
    const load = new ClosedLoop(port, 2, 'ok')
    await load.more(20)
    await load.stop()
    expect(load.failures).toEqual([])
    expect(proxy.child.exitCode).toBeNull()
  },
)
