import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { env, execPath } from 'node:process'
import { promisify } from 'node:util'
import { afterAll, describe, expect, test } from 'vitest'

const packages = path.resolve(import.meta.dirname, '../../packages')

/** Where examples leave their files. */
const scratch = mkdtempSync(path.join(tmpdir(), 'nuncio-readmes-'))
afterAll(() => rmSync(scratch, { recursive: true }))

// The packages that are not named here have a test of their own beside their README's code.

/** Packages whose examples say `expression // value`. */
const VALUES =
  'access-log checks cluster core filter-chain guards http-filters matching network-filters router server simulator testkit tracing'

/** Packages whose examples print what their comments say, or nothing. */
const PRINTED = 'admin fetch-filter telemetry xds'

const blocksOf = (room) =>
  [...readFileSync(path.join(packages, room, 'README.md'), 'utf8').matchAll(/```ts\n([\s\S]*?)```/g)].map(
    (match) => match[1],
  )

/** The lines that a script prints. */
async function linesOf(room, script) {
  const flags = ['--conditions=@nuncio/source', '--input-type=module-typescript', '--eval', script]
  const cwd = path.join(packages, room, 'src')
  const { stdout } = await promisify(execFile)(execPath, flags, { cwd, env: { ...env, TMPDIR: scratch } })
  return stdout.split('\n').filter(Boolean)
}

/** What a block prints when each `expression // value` prints both. */
async function pairsOf(room, block) {
  const script = block.replaceAll(/^(\S[^\n]*?) \/\/ (.+)$/gm, 'console.log(JSON.stringify([$1, $2]))')
  const lines = await linesOf(room, script)
  return lines.map((line) => JSON.parse(line))
}

describe.each(VALUES.split(' '))('the README of %s', (room) => {
  const blocks = blocksOf(room)
  test('has an example', () => expect(blocks.length).toBeGreaterThan(0))
  test.each(blocks)('gives what it says: %#', async (block) => {
    const pairs = await pairsOf(room, block)
    expect(pairs.map(([given]) => given)).toEqual(pairs.map(([, said]) => said))
    expect(pairs.length).toBeGreaterThan(0)
  })
})

describe.each(PRINTED.split(' '))('the README of %s', (room) => {
  const blocks = blocksOf(room)
  test('has an example', () => expect(blocks.length).toBeGreaterThan(0))
  test.each(blocks)('prints what it says: %#', async (block) => {
    const said = [...block.matchAll(/\/\/ (.+)$/gm)].map((match) => match[1])
    expect(await linesOf(room, block)).toEqual(said)
  })
})
