import { loadBootstrap } from '@nuncio/config'
import { definitions, honours } from '@nuncio/server'
import { globSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'

const root = path.resolve(import.meta.dirname, '../../..')
const files = globSync('packages/*/src/**/example.yaml', { cwd: root }).toSorted()

describe('the example of each filter, policy and logger', () => {
  test('there are some', () => {
    expect(files.length).toBeGreaterThan(20)
  })

  test.each(files)('%s is honoured to the last field', (file) => {
    const { problems } = loadBootstrap(readFileSync(path.join(root, file)), { file, honours, definitions })
    expect(problems.filter((problem) => problem.severity === 'error')).toEqual([])
  })
})
