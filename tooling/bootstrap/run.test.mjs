import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { isSetUp, root } from './set-up.mjs'

const RUN = path.join(root, 'tooling/bootstrap/run.mjs')

/** Starts the bootstrap and answers the child, with what it printed and how it ended. */
function start(args, options = {}) {
  const child = spawn(process.execPath, [RUN, ...args], { stdio: ['ignore', 'pipe', 'inherit'], ...options })
  let printed = ''
  child.stdout.setEncoding('utf8').on('data', (text) => (printed += text))
  const ended = once(child, 'close').then(([code, signal]) => ({ code, signal, printed }))
  return { child, ended }
}

// It would set the clone up otherwise, which is no business of a test.
describe.skipIf(!isSetUp())('the bootstrap', () => {
  let folder = ''
  beforeEach(() => {
    folder = realpathSync(mkdtempSync(path.join(os.tmpdir(), 'nuncio-bootstrap-')))
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  test('keeps the exit code of the command', async () => {
    expect(await start(['node', '-e', 'process.exit(7)']).ended).toMatchObject({ code: 7 })
  })

  test('runs in the root of the workspace, wherever it is started, with HOME elsewhere', async () => {
    const script = 'process.stdout.write(process.cwd())'
    const env = { ...process.env, HOME: folder }
    expect(await start(['node', '-e', script], { cwd: folder, env }).ended).toMatchObject({ code: 0, printed: root })
  })

  test('with --here runs a program of the workspace where the user stands', async () => {
    writeFileSync(path.join(folder, 'file.txt'), 'found')
    const args = ['--here', 'node', 'tooling/bootstrap/testing/show-file.mjs', 'file.txt']
    const env = { ...process.env, INIT_CWD: folder }
    expect(await start(args, { env }).ended).toMatchObject({ code: 0, printed: 'found' })
  })

  test.skipIf(process.platform === 'win32').each(['SIGTERM', 'SIGHUP', 'SIGINT'])('hands %s on', async (signal) => {
    const script = `process.on('${signal}', () => process.exit(3)); setInterval(() => {}, 1000); process.stdout.write('up')`
    const { child, ended } = start(['node', '-e', script])
    await once(child.stdout, 'data')
    child.kill(signal)
    expect(await ended).toMatchObject({ code: 3 })
  })

  test.skipIf(process.platform === 'win32')('tells the command when npm was told to end', async () => {
    const script =
      "process.on('SIGTERM', () => process.exit(3)); setInterval(() => {}, 1000); process.stdout.write('up')"
    const file = path.join(folder, 'wait.mjs')
    writeFileSync(file, `${script};process.on('exit', () => process.stdout.write(' gone'))`)
    // What npm puts between itself and a script: a shell that does not hand signals on.
    const line = `"${process.execPath}" "${RUN}" node "${file}"; true`
    const env = { ...process.env, npm_lifecycle_event: 'start' }
    const shell = spawn('sh', ['-c', line], { stdio: ['ignore', 'pipe', 'inherit'], env })
    let printed = ''
    shell.stdout.setEncoding('utf8').on('data', (text) => (printed += text))
    await once(shell.stdout, 'data')
    shell.kill('SIGTERM')
    await once(shell.stdout, 'end')
    expect(printed).toBe('up gone')
  })

  test.skipIf(process.platform === 'win32')('ends as its command did when a signal ended that', async () => {
    const script = "process.kill(process.pid, 'SIGTERM'); setInterval(() => {}, 1000)"
    expect(await start(['node', '-e', script]).ended).toMatchObject({ code: null, signal: 'SIGTERM' })
  })
})
