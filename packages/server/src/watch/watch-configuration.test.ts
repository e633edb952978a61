import { FakeTime } from '@nuncio/core/testing'
import { mkdtempSync, readFileSync, rmSync, unlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createServer } from '../create-server.ts'
import type { Server } from '../server.ts'
import { bootstrap } from '../test-support/bootstrap.ts'
import { exchange, get, until } from '../test-support/raw-origin.ts'
import { watchConfiguration } from './watch-configuration.ts'

const saying = (text: string): string =>
  bootstrap({ routes: `- match: { prefix: / }\n  direct_response: { status: 200, body: { inline_string: ${text} } }` })

let folder: string
let file: string
const time = new FakeTime()
let server: Server
let problems: string[]
beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'nuncio-watch-'))
  file = path.join(folder, 'envoy.yaml')
  writeFileSync(file, saying('one'))
  problems = []
  server = await createServer(readFileSync(file), {
    file,
    read: () => readFileSync(file),
    onProblems: (list) => problems.push(...list.map(({ line, message }) => `${line}: ${message}`)),
  })
  watchConfiguration(server, file, { time })
})
afterEach(async () => {
  await server.close()
  rmSync(folder, { recursive: true, force: true })
})

const count = (name: string): number => server.stats.counter(`server.${name}`).value

/** Writes the file and waits for what comes of it. */
async function write(text: string): Promise<void> {
  const before = count('reload_attempt')
  writeFileSync(file, text)
  time.advance(2200)
  await until(() => count('reload_attempt') > before)
}

const answer = async (): Promise<string> => (await exchange(server.listeners[0]!.port, get())).split('\r\n\r\n')[1]!

test('a file that changes is in use; one that is broken, cut short or empty is not, and the next good one is', async () => {
  await write(saying('two'))
  expect(await answer()).toBe('two')
  const whole = saying('three')
  for (const bad of [
    `${whole}\n  nonsense: [`,
    whole.slice(0, whole.indexOf('direct_response') + 'direct'.length),
    whole.slice(0, whole.indexOf('clusters:')).replace('direct_response', 'route: { cluster: app } #'),
    '',
    '\n',
  ]) {
    await write(bad)
  }
  expect(await answer()).toBe('two')
  expect(count('reload_rejected')).toBe(5)
  expect(server.generation).toBe(2)
  expect(problems).toHaveLength(5)
  expect(problems.at(-1)).toBe('1: the file is empty')
  await write(whole)
  expect(await answer()).toBe('three')
  expect(server.generation).toBe(3)
})

test('a file that vanishes leaves the configuration in use, is counted, and taken again when it returns', async () => {
  unlinkSync(file)
  time.advance(2200)
  expect(count('reload_file_error')).toBe(1)
  expect(await answer()).toBe('one')
  expect(await server.reread()).toMatchObject({ outcome: 'rejected', problems: [{ code: 'unreadable', file }] })
  expect(count('reload_file_error')).toBe(2)
  await write(saying('back'))
  expect(await answer()).toBe('back')
})

test('what the admin says of it', async () => {
  await write(saying('two'))
  writeFileSync(file, 'nonsense: [')
  const admin = `http://127.0.0.1:${server.admin!.port}`
  const refused = await fetch(`${admin}/reload`, { method: 'POST' })
  expect([refused.status, await refused.json()]).toMatchObject([
    400,
    { outcome: 'rejected', generation: 2, errors: [expect.stringContaining(`${file}:1:`)] },
  ])
  const info = await (await fetch(`${admin}/server_info`)).json()
  expect(info).toMatchObject({ configuration: { generation: 2, last_reload: { outcome: 'rejected' } } })
  expect((await fetch(`${admin}/ready`)).headers.get('x-config-generation')).toBe('2')
  writeFileSync(file, saying('three'))
  const taken = await fetch(`${admin}/reload`, { method: 'POST' })
  expect([taken.status, await taken.json()]).toMatchObject([
    200,
    { outcome: 'applied', generation: 3, changes: ['changed: route 0 of virtual host "all"'], closes: [] },
  ])
})
