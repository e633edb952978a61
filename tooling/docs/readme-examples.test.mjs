import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { execPath } from 'node:process'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'

const packages = path.resolve(import.meta.dirname, '../../packages')

/** Packages whose examples say `expression // value`; the others have a test of their own beside their README's code. */
const ROOMS = 'checks core filter-chain http-filters matching network-filters router server simulator testkit'.split(
  ' ',
)

const blocksOf = (room) =>
  [...readFileSync(path.join(packages, room, 'README.md'), 'utf8').matchAll(/```ts\n([\s\S]*?)```/g)].map(
    (match) => match[1],
  )

/** What a block prints when each `expression // value` prints both. */
async function pairsOf(room, block) {
  const script = block.replaceAll(/^(\S[^\n]*?) \/\/ (.+)$/gm, 'console.log(JSON.stringify([$1, $2]))')
  const flags = ['--conditions=@nuncio/source', '--input-type=module-typescript', '--eval', script]
  const { stdout } = await promisify(execFile)(execPath, flags, { cwd: path.join(packages, room, 'src') })
  return stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line))
}

describe.each(ROOMS)('the README of %s', (room) => {
  const blocks = blocksOf(room)
  test('has an example', () => expect(blocks.length).toBeGreaterThan(0))
  test.each(blocks)('gives what it says: %#', async (block) => {
    const pairs = await pairsOf(room, block)
    expect(pairs.map(([given]) => given)).toEqual(pairs.map(([, said]) => said))
    expect(pairs.length).toBeGreaterThan(1)
  })
})
