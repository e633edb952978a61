import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import type { ScenarioResult } from '../results.ts'
import { SCENARIOS } from '../scenarios.ts'
import { chart } from './chart.ts'
import { page } from './markdown.ts'

const order = (result: ScenarioResult): number => SCENARIOS.findIndex((each) => each.name === result.scenario)

/** All results that a folder holds, in the order of the scenarios. */
export function readResults(folder: string): ScenarioResult[] {
  if (!existsSync(folder)) return []
  const files = readdirSync(folder).filter((file) => file.endsWith('.json'))
  const results = files.map((file) => JSON.parse(readFileSync(path.join(folder, file), 'utf8')) as ScenarioResult)
  // Others keep results of their own kind there.
  return results.filter((result) => order(result) >= 0).toSorted((a, b) => order(a) - order(b))
}

/** Writes one scenario as JSON and SVG, and the page anew from all that the folder holds. */
export function writeResult(folder: string, result: ScenarioResult): void {
  mkdirSync(folder, { recursive: true })
  writeFileSync(path.join(folder, `${result.scenario}.json`), `${JSON.stringify(result, null, 1)}\n`)
  writeFileSync(path.join(folder, `${result.scenario}.svg`), chart(result))
  writeFileSync(path.join(folder, 'README.md'), page(readResults(folder)))
}
