import fc from 'fast-check'
import { describe, test } from 'vitest'
import { play } from './test-support/whole-proxy/script.ts'
import { scripts } from './test-support/whole-proxy/scripts.ts'

const numRuns = Number(process.env['NUNCIO_RUNS'] ?? 100)

describe('requests through the whole proxy', () => {
  test('succeed, whatever happens in whatever order, as long as nothing goes wrong', async () => {
    await fc.assert(fc.asyncProperty(scripts(true), play), { numRuns })
  })

  test('end once each, and leave nothing behind, whatever goes wrong', async () => {
    await fc.assert(fc.asyncProperty(scripts(false), play), { numRuns })
  })
})
