import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { capture, captureAsync, commandPath } from '../command.ts'
import { REQUEST_HEADERS, type LoadGenerator, type LoadPlan, type LoadResult } from './load.ts'

/** Streams that are open at once on each connection. */
const STREAMS = 8

/** The `h2load` on PATH, for HTTP/2 without TLS; undefined without it. */
export function findH2load(): LoadGenerator | undefined {
  if (!commandPath('h2load')) return undefined
  return { name: capture('h2load', ['--version']).trim(), run }
}

async function run(plan: LoadPlan, prefix: readonly string[]): Promise<LoadResult> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'nuncio-h2load-'))
  try {
    const log = path.join(folder, 'requests.tsv')
    const urls = path.join(folder, 'urls')
    writeFileSync(urls, plan.paths.map((each) => `http://127.0.0.1:${plan.port}${each}\n`).join(''))
    const headers = REQUEST_HEADERS.filter(([name]) => name !== 'Host').flatMap(([name, value]) => [
      '-H',
      `${name.toLowerCase()}: ${value}`,
    ])
    const args = [
      ['-t1', '-c', String(plan.connections), '-m', String(STREAMS), '-D', String(plan.seconds)],
      ['--log-file', log, '-i', urls, ...headers],
    ].flat()
    return parse(await captureAsync([...prefix, 'h2load', ...args]), readFileSync(log, 'utf8'), plan.seconds)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** The summary counts; the log has a line for each request: start, status, microseconds. */
function parse(summary: string, log: string, seconds: number): LoadResult {
  const found = /(\d+) succeeded, (\d+) failed, (\d+) errored/.exec(summary)
  if (!found) throw new Error(`h2load said nothing usable: ${summary.slice(0, 400)}`)
  const rows = log.trim().split('\n')
  const micros = Float64Array.from(rows, (row) => Number(row.split('\t')[2])).toSorted()
  const percentile = (share: number): number => (micros[Math.floor(micros.length * share)] ?? 0) / 1000
  const refused = rows.filter((row) => row.split('\t')[1] !== '200').length
  return {
    requests: Number(found[1]),
    seconds,
    errors: refused + Number(found[3]),
    p50Ms: percentile(0.5),
    p99Ms: percentile(0.99),
  }
}
