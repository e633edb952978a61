import { execFileSync } from 'node:child_process'
import path from 'node:path'
import { execPath } from 'node:process'
import { expect, test } from 'vitest'

// In a process of its own: a heap is only quiet where nothing else runs, and garbage can be collected on demand.
test('a request on an idle connection allocates nothing in the pool', () => {
  const script = path.join(import.meta.dirname, 'allocation.bench.ts')
  const flags = ['--conditions=@nuncio/source', '--expose-gc', '--max-semi-space-size=64', '--min-semi-space-size=64']
  const { bytes } = JSON.parse(execFileSync(execPath, [...flags, script], { encoding: 'utf8' })) as { bytes: number }
  // What is left is the runtime's own; one small object a request would be 16 bytes.
  expect(bytes).toBeLessThan(8)
}, 60_000)
