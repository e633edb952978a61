import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { execPath } from 'node:process'
import { expect, test } from 'vitest'

const root = path.resolve(import.meta.dirname, '../..')

interface Report {
  readonly numTotalTests: number
  readonly testResults: readonly {
    readonly name: string
    readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[]
  }[]
}

test('where there is no Chromium, the tests that need one are skipped by name, and nothing fails', () => {
  const vitest = path.join(path.dirname(createRequire(import.meta.url).resolve('vitest/package.json')), 'vitest.mjs')
  const { VITEST: _, VITEST_POOL_ID: __, VITEST_WORKER_ID: ___, ...env } = process.env
  const report = path.join(mkdtempSync(path.join(tmpdir(), 'nuncio-no-browser-')), 'report.json')
  const config = 'apps/playground/e2e/vitest.config.ts'
  // Throws when the command fails.
  execFileSync(execPath, [vitest, 'run', '--config', config, '--reporter=json', `--outputFile=${report}`], {
    cwd: root,
    env: { ...env, NUNCIO_CHROMIUM: path.join(root, 'no/such/browser') },
    stdio: 'pipe',
  })
  const { numTotalTests, testResults } = JSON.parse(readFileSync(report, 'utf8')) as Report
  const all = testResults.flatMap(({ assertionResults }) => assertionResults)
  expect(all.length).toBe(numTotalTests)
  expect(all.filter(({ status }) => status !== 'skipped' && status !== 'pending')).toEqual([])
  expect(testResults.map(({ name }) => path.basename(name)).toSorted()).toEqual(
    ['edit', 'first-load', 'look', 'parts', 'served', 'share'].map((name) => `${name}.e2e.ts`),
  )
  expect(all.filter(({ fullName }) => !fullName.includes('(in Chromium)'))).toEqual([])
}, 60_000)
