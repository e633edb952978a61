import { fromBase64, type HeaderMap } from '@nuncio/core'
import { decodeLoadReport } from './decode-load-report.ts'

/** What a host says of its own load in a response: ORCA. What it does not say is 0 or absent. */
export interface LoadReport {
  /** Requests and errors a second. */
  readonly rps: number
  readonly eps: number
  readonly cpuUtilization: number
  readonly memUtilization: number
  readonly applicationUtilization: number
  readonly utilization: Readonly<Record<string, number>>
  readonly requestCost: Readonly<Record<string, number>>
  readonly namedMetrics: Readonly<Record<string, number>>
}

/** A report while it is being read. */
export interface LoadReportDraft {
  rps: number
  eps: number
  cpuUtilization: number
  memUtilization: number
  applicationUtilization: number
  readonly utilization: Record<string, number>
  readonly requestCost: Record<string, number>
  readonly namedMetrics: Record<string, number>
}

/** Without a prototype: its keys come from the network. */
function metricMap(): Record<string, number> {
  return Object.create(null) as Record<string, number>
}

/** An empty report. */
export function draftLoadReport(): LoadReportDraft {
  return {
    rps: 0,
    eps: 0,
    cpuUtilization: 0,
    memUtilization: 0,
    applicationUtilization: 0,
    utilization: metricMap(),
    requestCost: metricMap(),
    namedMetrics: metricMap(),
  }
}

/**
 * Reads the load report in response headers or trailers: `endpoint-load-metrics-bin`, or `endpoint-load-metrics` as
 * `TEXT …`, `JSON …` or `BIN …`. Undefined when there is none or it makes no sense.
 */
export function parseLoadReport(headers: HeaderMap): LoadReport | undefined {
  const binary = headers.get('endpoint-load-metrics-bin')
  if (binary !== undefined) return decode(binary)
  const value = headers.get('endpoint-load-metrics')
  if (value === undefined) return undefined
  const rest = value.slice(value.indexOf(' ') + 1)
  if (value.startsWith('TEXT ')) return parseText(rest)
  if (value.startsWith('JSON ')) return parseJson(rest)
  return value.startsWith('BIN ') ? decode(rest) : undefined
}

/**
 * The largest of the metrics that are named: `cpu_utilization`, `named_metrics.x`, `utilization.x`, …; `x` may be `*`.
 * 0 when none of them was reported.
 */
export function largestMetric(report: LoadReport, names: readonly string[]): number {
  let largest = 0
  for (const name of names) {
    const dot = name.indexOf('.')
    const metric = dot < 0 ? scalar(report, name) : mapped(report, name.slice(0, dot), name.slice(dot + 1))
    if (metric > largest) largest = metric
  }
  return largest
}

function scalar(report: LoadReport, name: string): number {
  const field = SCALARS[name]
  return field === undefined ? 0 : report[field]
}

function mapped(report: LoadReport, group: string, key: string): number {
  const field = MAPS[group]
  if (field === undefined) return 0
  const map = report[field]
  return key === '*' ? Math.max(0, ...Object.values(map)) : (map[key] ?? 0)
}

type Scalar = 'rps' | 'eps' | 'cpuUtilization' | 'memUtilization' | 'applicationUtilization'
type MapField = 'utilization' | 'requestCost' | 'namedMetrics'

const SCALARS: Readonly<Record<string, Scalar | undefined>> = {
  rps: 'rps',
  rps_fractional: 'rps',
  eps: 'eps',
  cpu_utilization: 'cpuUtilization',
  mem_utilization: 'memUtilization',
  application_utilization: 'applicationUtilization',
}
const MAPS: Readonly<Record<string, MapField | undefined>> = {
  utilization: 'utilization',
  request_cost: 'requestCost',
  named_metrics: 'namedMetrics',
}

function decode(text: string): LoadReport | undefined {
  const bytes = fromBase64(text.trim())
  return bytes === undefined ? undefined : decodeLoadReport(bytes)
}

/** `cpu_utilization=0.3,named_metrics.queue=7` */
function parseText(text: string): LoadReport | undefined {
  const report = draftLoadReport()
  for (const part of text.split(',')) {
    const at = part.indexOf('=')
    const name = part.slice(0, at).trim()
    const value = Number(part.slice(at + 1))
    if (at < 0 || part.slice(at + 1).trim() === '' || !put(report, name, value)) return undefined
  }
  return report
}

function parseJson(text: string): LoadReport | undefined {
  let fields: unknown
  try {
    fields = JSON.parse(text)
  } catch {
    return undefined
  }
  if (typeof fields !== 'object' || fields === null || Array.isArray(fields)) return undefined
  const report = draftLoadReport()
  for (const [name, value] of Object.entries(fields)) {
    if (typeof value === 'object' && value !== null) {
      for (const [key, metric] of Object.entries(value)) {
        if (!put(report, `${name}.${key}`, Number(metric))) return undefined
      }
    } else if (!put(report, name, Number(value))) return undefined
  }
  return report
}

/** Metrics are finite and not negative; unknown names are passed over. */
function put(report: LoadReportDraft, name: string, value: number): boolean {
  if (!Number.isFinite(value) || value < 0) return false
  const dot = name.indexOf('.')
  const field = dot < 0 ? SCALARS[snake(name)] : undefined
  if (field !== undefined) report[field] = value
  const map = dot < 0 ? undefined : MAPS[snake(name.slice(0, dot))]
  if (map !== undefined) report[map][name.slice(dot + 1)] = value
  return true
}

/** JSON of protos may write `cpuUtilization`. */
function snake(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}
