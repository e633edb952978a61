import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { capture, captureAsync, commandPath } from '../command.ts'
import { REQUEST_HEADERS, type LoadGenerator, type LoadPlan, type LoadResult } from './load.ts'

/** Lua for wrk: requests are built once and sent in turn; the result is one line of JSON. */
function script(paths: readonly string[], close: boolean): string {
  const headers = [...REQUEST_HEADERS, ...(close ? [['Connection', 'close']] : [])]
  return `
local requests, turn = {}, 0
function init()
  local headers = {${headers.map(([name, value]) => `[${JSON.stringify(name)}] = ${JSON.stringify(value)}`).join(', ')}}
  for i, path in ipairs({${paths.map((each) => JSON.stringify(each)).join(', ')}}) do
    requests[i] = wrk.format('GET', path, headers)
  end
end
function request()
  turn = turn % #requests + 1
  return requests[turn]
end
function done(summary, latency)
  local errors = summary.errors
  io.write(string.format('RESULT {"requests":%d,"micros":%d,"errors":%d,"p50":%f,"p99":%f}\\n', summary.requests,
    summary.duration, errors.connect + errors.read + errors.write + errors.status + errors.timeout,
    latency:percentile(50), latency:percentile(99)))
end
`
}

/** The `wrk` on PATH, or undefined. */
export function findWrk(): LoadGenerator | undefined {
  if (!commandPath('wrk')) return undefined
  const version = /wrk \S+/.exec(capture('wrk', ['-v']))?.[0] ?? 'wrk'
  return { name: version, run }
}

async function run(plan: LoadPlan, prefix: readonly string[]): Promise<LoadResult> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'nuncio-wrk-'))
  try {
    const file = path.join(folder, 'load.lua')
    writeFileSync(file, script(plan.paths, plan.newConnections))
    const url = `${plan.tls ? 'https' : 'http'}://127.0.0.1:${plan.port}/`
    const args = ['-t1', `-c${plan.connections}`, `-d${plan.seconds}s`, '--timeout', '20s', '-s', file, url]
    return parse(await captureAsync([...prefix, 'wrk', ...args]))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function parse(output: string): LoadResult {
  const json = /RESULT (\{.*\})/.exec(output)?.[1]
  if (!json) throw new Error(`wrk said nothing usable: ${output.slice(0, 400)}`)
  const raw = JSON.parse(json) as { requests: number; micros: number; errors: number; p50: number; p99: number }
  return {
    requests: raw.requests,
    seconds: raw.micros / 1e6,
    errors: raw.errors,
    p50Ms: raw.p50 / 1000,
    p99Ms: raw.p99 / 1000,
  }
}
