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

type Scalar = 'rps' | 'eps' | 'cpuUtilization' | 'memUtilization' | 'applicationUtilization'
type MapField = 'utilization' | 'requestCost' | 'namedMetrics'

/** By their names in Envoy's API. */
export const SCALARS: ReadonlyMap<string, Scalar> = new Map([
  ['rps', 'rps'],
  ['rps_fractional', 'rps'],
  ['eps', 'eps'],
  ['cpu_utilization', 'cpuUtilization'],
  ['mem_utilization', 'memUtilization'],
  ['application_utilization', 'applicationUtilization'],
])
export const MAPS: ReadonlyMap<string, MapField> = new Map([
  ['utilization', 'utilization'],
  ['request_cost', 'requestCost'],
  ['named_metrics', 'namedMetrics'],
])

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
  const field = SCALARS.get(name)
  return field === undefined ? 0 : report[field]
}

function mapped(report: LoadReport, group: string, key: string): number {
  const field = MAPS.get(group)
  if (field === undefined) return 0
  const map = report[field]
  return key === '*' ? Math.max(0, ...Object.values(map)) : (map[key] ?? 0)
}
