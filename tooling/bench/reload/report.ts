import { writeFileSync } from 'node:fs'
import path from 'node:path'
import type { describeMachine } from '../machine.ts'
import { FAILURES } from './clients.ts'
import type { Disturbed } from './disturb.ts'

const HOME = path.resolve(import.meta.dirname, '../../../docs/benchmarks')

/** What came of one contender. */
export interface ReloadResult {
  readonly name: string
  readonly version: string
  readonly reloads: number
  readonly requests: number
  readonly connections: number
  readonly failures: Readonly<Record<string, number>>
  readonly failed: number
  readonly perMillion: number
  readonly examples: readonly string[]
  readonly p50Ms: number
  readonly p99Ms: number
  readonly maxMs: number
  /** Until the new configuration was in use; undefined for those that do not tell. */
  readonly reloadMs: number | undefined
  /** Of the first process, before and after. */
  readonly rssMiB: readonly [number, number]
}

export interface ReloadReport {
  readonly date: string
  readonly machine: ReturnType<typeof describeMachine>
  readonly settings: string
  readonly results: readonly ReloadResult[]
  readonly disturbed: readonly {
    readonly name: string
    readonly version: string
    readonly list: readonly Disturbed[]
  }[]
  readonly skipped: readonly string[]
}

/** Writes `docs/benchmarks/reload.json` and `reload.md`. */
export function writeReloadResults(report: ReloadReport): void {
  writeFileSync(path.join(HOME, 'reload.json'), `${JSON.stringify(report, undefined, 2)}\n`)
  writeFileSync(path.join(HOME, 'reload.md'), page(report))
}

function cell(list: readonly Disturbed[], what: string): string {
  const found = list.find((each) => each.what === what)
  return found?.requests === undefined ? (found?.why ?? '–') : `${found.requests}, **${found.failed}** failed`
}

/** A line for each thing that happened, a column for each proxy. */
function table(disturbed: ReloadReport['disturbed']): string {
  const whats = disturbed[0]?.list.map(({ what }) => what) ?? []
  const header = ['', ...disturbed.map(({ name, version }) => `${name} ${version}`)]
  const rows = whats.map((what) => row([what, ...disturbed.map(({ list }) => cell(list, what))]))
  return [row(header), row(header.map(() => '---')), ...rows].join('\n')
}

function row(cells: readonly (string | number)[]): string {
  return `| ${cells.join(' | ')} |`
}

function page({ date, settings, results, disturbed, skipped }: ReloadReport): string {
  const kinds = FAILURES.filter((kind) => results.some(({ failures }) => failures[kind] !== undefined))
  const header = ['proxy', 'requests', 'failed', 'per million', ...kinds, 'p50 ms', 'p99 ms', 'longest ms']
  return `# Reloads under load

Written by \`npm run bench:reload\` on ${date}: ${settings}. Clients in a closed loop check every answer to its last byte. A
request fails when its connection is refused or reset, when it closes under a request that was sent, or when the answer is
not the right one; a connection that the proxy said it would close is simply replaced.

${row(header)}
${row(header.map(() => '---'))}
${results
  .map((each) =>
    row([
      `${each.name} ${each.version}`,
      each.requests,
      `**${each.failed}**`,
      each.perMillion,
      ...kinds.map((kind) => each.failures[kind] ?? 0),
      each.p50Ms,
      each.p99Ms,
      each.maxMs,
    ]),
  )
  .join('\n')}

nuncio is told with \`POST /reload\` (a new configuration was in use after ${results.find(({ name }) => name === 'nuncio')?.reloadMs ?? '–'} ms, in the
median), nginx with SIGHUP, HAProxy with SIGUSR2 to its master, which hands the listening sockets on.

## When processes come and go

Sixteen such clients, a quarter of which connect for each request, and two workers (HAProxy: one, and a master). Requests, and
those of them that failed:

${table(disturbed)}

A worker that is killed takes with it what it holds: up to sixteen requests. The stop is what each calls graceful (nuncio: SIGTERM,
nginx: SIGQUIT, HAProxy: SIGUSR1); the slow requests, each on a connection of its own, are answered by the origin 1.5 s after
they came.
${skipped.length > 0 ? `\nNot measured: ${skipped.join('; ')}.\n` : ''}`
}
