// npm run bench:balancing -- [--write]: what a pick, a change of hosts and a host cost; ends with 1 when a target is missed.
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { execPath } from 'node:process'
import { parseArgs } from 'node:util'
import {
  type BalancingResults,
  type LoadResult,
  missedTargets,
  page,
  type PickResult,
  type UpdateResult,
} from './results.ts'

const ROOT = path.resolve(import.meta.dirname, '../../..')
const PAGES = path.join(ROOT, 'docs/benchmarks')
const QUIET_HEAP = ['--expose-gc', '--max-semi-space-size=64', '--min-semi-space-size=64']

const { values } = parseArgs({ options: { write: { type: 'boolean', default: false } } })

/** The JSON lines that a script prints, run in a process of its own. */
function linesOf(script: string, ...args: string[]): readonly unknown[] {
  const command = ['--conditions=@nuncio/source', ...QUIET_HEAP, path.join(ROOT, script), ...args]
  const output = execFileSync(execPath, command, { encoding: 'utf8' })
  return output
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown)
}

const changes = linesOf('tooling/bench/balancing/updates.ts') as readonly (UpdateResult | LoadResult)[]
const results: BalancingResults = {
  picks: linesOf('packages/balancers/src/policy/allocation.bench.ts', '1000') as readonly PickResult[],
  updates: changes.filter((result) => result.kind === 'update'),
  loads: changes.filter((result) => result.kind === 'load'),
}
console.log(page(results))
if (values.write) {
  writeFileSync(path.join(PAGES, 'balancing.json'), `${JSON.stringify(results, null, 2)}\n`)
  writeFileSync(path.join(PAGES, 'balancing.md'), page(results))
}
process.exitCode = missedTargets(results).length === 0 ? 0 : 1
