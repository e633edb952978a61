import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { execPath } from 'node:process'
import { expect, test } from 'vitest'

const README = readFileSync(new URL('../README.md', import.meta.url), 'utf8')

test('the example of the README gives what it says', () => {
  const block = /```ts\n([\s\S]*?)```/.exec(README)![1]!
  // `expression // value` prints both.
  const script = block.replaceAll(/^(\S[^\n]*?) \/\/ (.+)$/gm, 'console.log(JSON.stringify([$1, $2]))')
  const flags = ['--conditions=@nuncio/source', '--input-type=module-typescript', '--eval', script]
  const printed = execFileSync(execPath, flags, { encoding: 'utf8', cwd: import.meta.dirname })
  const pairs = printed
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as [unknown, unknown])
  expect(pairs.map(([given]) => given)).toEqual(pairs.map(([, said]) => said))
  expect(pairs.length).toBeGreaterThan(1)
})
