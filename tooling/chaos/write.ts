import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { barChart } from '../bench/report/bars.ts'
import type { SlowHostResult } from './slow-host.ts'

const PAGES = path.join(import.meta.dirname, '../../docs/benchmarks')
const TITLE = 'One slow host among eight: p99 by policy'

/** Writes the numbers, a drawing and the page of the experiment. */
export function writeSlowHost(results: readonly SlowHostResult[]): void {
  const bars = results.map(({ policy, p99Ms }) => ({ label: policy, value: p99Ms, min: p99Ms, max: p99Ms }))
  writeFileSync(path.join(PAGES, 'slow-host.svg'), barChart(TITLE, 'milliseconds; shorter is better', bars))
  writeFileSync(path.join(PAGES, 'slow-host.json'), `${JSON.stringify(results, null, 2)}\n`)
  writeFileSync(path.join(PAGES, 'slow-host.md'), page(results))
}

function page(results: readonly SlowHostResult[]): string {
  const rows = results.map(
    ({ policy, requests, p50Ms, p99Ms, slowShare }) =>
      `| ${policy} | ${requests} | ${p50Ms.toFixed(1)} | ${p99Ms.toFixed(1)} | ${slowShare.toFixed(1)} % |`,
  )
  return `# ${TITLE.split(':')[0]!}

Written by \`npm run chaos -- slow-host --write\`: eight origins on real sockets, of which seven take 4 ms and one 80 ms, get
400 requests a second that arrive at random moments, whether earlier ones are answered or not. Clients, proxy and origins
share one process, so that a millisecond here or there says nothing; that a policy meets the slow host or not says all.

![p99 by policy](slow-host.svg)

| policy | requests | p50 ms | p99 ms | share of the slow host |
|---|---|---|---|---|
${rows.join('\n')}

Two hosts are drawn with replacement unless it says three; with two, the slow host is drawn twice in one of 64 picks, and no
policy can avoid it then. The score is \`active_requests + 0.2 × latency_ewma\`.
`
}
