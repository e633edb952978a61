import type { SimulationReport } from '../record/report.ts'
import { countText, hostText, msText, shareText } from './format.ts'

const SPARKS = '▁▂▃▄▅▆▇█'
const COLUMNS = 60
const MOST_EVENTS = 24
const MOST_HOSTS = 40

/** A report for readers. */
export function printReport(report: SimulationReport): string {
  return (
    [head(report), numbers(report), hosts(report), course(report), events(report)].filter(Boolean).join('\n\n') + '\n'
  )
}

function head({ policy, cluster, hosts: members, rps, seconds, seed, route }: SimulationReport): string {
  const size = `${members.length} ${members.length === 1 ? 'host' : 'hosts'}`
  const first = `${policy} over ${size} of cluster "${cluster}": ${rps} requests/s for ${seconds} s, seed ${seed}`
  return `${first}\nas ${route === '' ? 'a plain route would send them' : route}`
}

function numbers(report: SimulationReport): string {
  const { latency, overflows, requests } = report
  const rows: [string, string][] = [
    [
      'requests',
      `${countText(requests)}, ${shareText(report.succeeded / Math.max(1, requests))} succeeded, ${countText(report.failed)} failed`,
    ],
    [
      'latency',
      `mean ${msText(latency.mean)}, p50 ${msText(latency.p50)}, p90 ${msText(latency.p90)}, p99 ${msText(latency.p99)}, p99.9 ${msText(latency.p999)}, max ${msText(latency.max)}`,
    ],
    ['statuses', list(report.statuses)],
    ['retries', `${countText(report.retries)}, ${report.amplification.toFixed(2)} tries a request`],
  ]
  if (report.unfinished > 0) rows.push(['unfinished', countText(report.unfinished)])
  if (Object.keys(report.flags).length > 0) rows.push(['flags', list(report.flags)])
  if (report.ejections > 0) rows.push(['ejections', countText(report.ejections)])
  if (report.panicShare > 0) rows.push(['panic', `${shareText(report.panicShare)} of the picks`])
  const over = Object.fromEntries(Object.entries(overflows).filter(([, count]) => count > 0))
  if (Object.keys(over).length > 0) rows.push(['refused by', `circuit breakers: ${list(over)}`])
  return rows.map(([name, text]) => `${name.padEnd(12)}${text}`).join('\n')
}

function list(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .map(([name, count]) => `${name}: ${countText(count)}`)
    .join(', ')
}

function hosts(report: SimulationReport): string {
  const shown = report.hosts.slice(0, MOST_HOSTS)
  const largest = Math.max(...shown.map(({ share }) => share), 1e-9)
  const width = Math.max(4, ...shown.map((host) => hostText(host).length))
  const rows = shown.map((host) => {
    const bar = '█'.repeat(Math.round((host.share / largest) * 16)).padEnd(16)
    const cells = [host.attempts, host.errors, host.maxActive, host.maxQueued, host.ejections]
    return `${hostText(host).padEnd(width)}  ${bar} ${shareText(host.share).padStart(6)}${cells.map((cell) => countText(cell).padStart(10)).join('')}`
  })
  const titles = ['requests', 'errors', 'active', 'queued', 'ejected'].map((title) => title.padStart(10)).join('')
  const more = report.hosts.length - shown.length
  if (more > 0) rows.push(`and ${more} more`)
  return [`${'host'.padEnd(width)}  ${'share'.padStart(23)}${titles}`, ...rows].join('\n')
}

function course({ series, seconds }: SimulationReport): string {
  const perSecond = 1000 / series.stepMs
  const rows: [string, readonly number[], (value: number) => string][] = [
    ['requests/s', series.requests.map((count) => count * perSecond), countText],
    ['p99', series.p99, msText],
    ['active', series.active, countText],
  ]
  if (series.failed.some((count) => count > 0))
    rows.push(['failed/s', series.failed.map((count) => count * perSecond), countText])
  const lines = rows.map(([name, values, text]) => {
    const columns = squeeze(values)
    return `${name.padEnd(12)}${spark(columns)}  up to ${text(Math.max(...columns))}`
  })
  return [...lines, `${' '.repeat(12)}0 s${`${seconds} s`.padStart(COLUMNS - 3)}`].join('\n')
}

/** The largest value of each of `COLUMNS` spans. */
function squeeze(values: readonly number[]): number[] {
  if (values.length <= COLUMNS) return [...values]
  return Array.from({ length: COLUMNS }, (_, i) => {
    const from = Math.floor((i * values.length) / COLUMNS)
    return Math.max(...values.slice(from, Math.max(from + 1, Math.floor(((i + 1) * values.length) / COLUMNS))))
  })
}

function spark(values: readonly number[]): string {
  const largest = Math.max(...values)
  if (largest <= 0) return SPARKS[0]!.repeat(values.length)
  return values.map((value) => SPARKS[Math.min(7, Math.floor((value / largest) * 7.999))]).join('')
}

function events({ events: all, eventsDropped }: SimulationReport): string {
  if (all.length === 0) return ''
  const lines = all.slice(0, MOST_EVENTS).map(({ atMs, text }) => `${(atMs / 1000).toFixed(2).padStart(9)} s  ${text}`)
  const more = all.length - lines.length + eventsDropped
  if (more > 0) lines.push(`${' '.repeat(13)}and ${countText(more)} more`)
  return lines.join('\n')
}
