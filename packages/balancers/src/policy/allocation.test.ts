import { execFileSync } from 'node:child_process'
import path from 'node:path'
import { execPath } from 'node:process'
import { expect, test } from 'vitest'

// In a process of its own: a heap is only quiet where nothing else runs, and garbage can be collected on demand.
test('choosing a host allocates nothing, whatever the policy', () => {
  const script = path.join(import.meta.dirname, 'allocation.bench.ts')
  const flags = ['--conditions=@nuncio/source', '--expose-gc', '--max-semi-space-size=64', '--min-semi-space-size=64']
  const output = execFileSync(execPath, [...flags, script, '50'], { encoding: 'utf8' })
  const results = output
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { name: string; bytes: number })
  expect(results.length).toBeGreaterThan(15)
  // What is left is the runtime's own; one small object a pick would be 16 bytes.
  expect(results.filter((result) => result.bytes > 4)).toEqual([])
}, 60_000)
