import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { execPath } from 'node:process'
import { expect, test } from 'vitest'

const packages = path.join(import.meta.dirname, '../../..')

/** Runs the first TypeScript block of a README and prints what its last comments tell of. */
function run(name: string): string {
  const text = readFileSync(path.join(packages, name, 'README.md'), 'utf8')
  const block = /```ts\n([\s\S]*?)```/.exec(text)![1]!
  const script = block.replaceAll(/^(\S[^\n]*?) \/\/ .+$/gm, 'console.log(JSON.stringify($1))')
  const flags = ['--conditions=@nuncio/source', '--input-type=module-typescript', '--eval', script]
  return execFileSync(execPath, flags, { encoding: 'utf8', cwd: packages })
}

test('the example in the README of cluster runs', () => {
  expect(run('cluster')).toBe('0\n1\n')
})

test('the example in the README of balancers runs', () => {
  expect(run('balancers')).toMatch(/^"127\.0\.0\.1:900[12]"\n\[.+\]\n$/)
})
