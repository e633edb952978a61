import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { execPath } from 'node:process'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

const README = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
const BLOCKS = [...README.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, block]) => block!)

test.each(BLOCKS)('an example of the README gives what it says: %#', async (block) => {
  // `expression // value` prints both.
  const script = block.replaceAll(/^(\S[^\n]*?) \/\/ (.+)$/gm, 'console.log(JSON.stringify([$1, $2]))')
  const flags = ['--conditions=@nuncio/source', '--input-type=module-typescript', '--eval', script]
  const { stdout } = await promisify(execFile)(execPath, flags, { cwd: import.meta.dirname })
  const pairs = stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as [unknown, unknown])
  expect(pairs.map(([given]) => given)).toEqual(pairs.map(([, said]) => said))
  expect(pairs.length).toBeGreaterThan(1)
})

test('the README has an example for each door', () => {
  expect(BLOCKS.map((block) => /from '([^']+)'/.exec(block)?.[1])).toEqual(['@nuncio/testkit/proxy', '@nuncio/testkit'])
})
