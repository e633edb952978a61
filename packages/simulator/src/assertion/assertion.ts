import { NuncioError } from '@nuncio/core'
import type { SimulationReport } from '../record/report.ts'

/** A limit that a report is held to. */
export interface Assertion {
  /** As written: `p99<50ms`. */
  readonly text: string
  readonly metric: Metric
  readonly operator: Operator
  /** In the unit of the metric: ms, a share, a number. */
  readonly limit: number
}

/** Whether a run was as it should be. */
export interface AssertionResult {
  readonly assertion: Assertion
  readonly holds: boolean
  /** What it is, in words: `p99 is 61.2 ms`. */
  readonly found: string
}

type Unit = 'ms' | 'share' | 'count'
export type Operator = '<' | '<=' | '>' | '>='
export type Metric = keyof typeof METRICS

/** What can be asserted, and of which kind it is. */
export const METRICS = {
  mean: { unit: 'ms', of: ({ latency }) => latency.mean },
  p50: { unit: 'ms', of: ({ latency }) => latency.p50 },
  p90: { unit: 'ms', of: ({ latency }) => latency.p90 },
  p99: { unit: 'ms', of: ({ latency }) => latency.p99 },
  'p99.9': { unit: 'ms', of: ({ latency }) => latency.p999 },
  max: { unit: 'ms', of: ({ latency }) => latency.max },
  errors: { unit: 'share', of: ({ failed, unfinished, requests }) => (failed + unfinished) / Math.max(1, requests) },
  panic: { unit: 'share', of: ({ panicShare }) => panicShare },
  'largest-share': { unit: 'share', of: ({ hosts }) => Math.max(0, ...hosts.map(({ share }) => share)) },
  amplification: { unit: 'count', of: ({ amplification }) => amplification },
  retries: { unit: 'count', of: ({ retries }) => retries },
  ejections: { unit: 'count', of: ({ ejections }) => ejections },
  failed: { unit: 'count', of: ({ failed, unfinished }) => failed + unfinished },
} as const satisfies Readonly<Record<string, { unit: Unit; of: (report: SimulationReport) => number }>>

const FORM = /^([a-z][a-z0-9.-]*)\s*(<=|>=|<|>)\s*(\d+(?:\.\d+)?)\s*(ms|s|%)?$/
const UNITS: Readonly<Record<Unit, Readonly<Record<string, number>>>> = {
  ms: { ms: 1, s: 1000 },
  share: { '%': 0.01, '': 1 },
  count: { '': 1 },
}

/** Reads `METRIC<LIMIT`, such as `p99<50ms`, `errors<=1%`, `amplification<1.3`. Throws `ERR_NUNCIO_SIMULATION`. */
export function parseAssertion(text: string): Assertion {
  const [, metric = '', operator, number = '', unit = ''] = FORM.exec(text.trim()) ?? []
  if (operator === undefined) throw refused(`${JSON.stringify(text)} is no assertion`, "write 'p99<50ms'")
  if (!Object.hasOwn(METRICS, metric))
    throw refused(`there is nothing called ${metric} to assert`, `one of ${Object.keys(METRICS).join(', ')}`)
  const kind = METRICS[metric as Metric].unit
  const factor = UNITS[kind][unit]
  if (factor === undefined) throw refused(`${JSON.stringify(text)}: ${metric} is given ${UNIT_WORDS[kind]}`)
  return { text: text.trim(), metric: metric as Metric, operator: operator as Operator, limit: Number(number) * factor }
}

/** Whether a report keeps a limit. */
export function checkAssertion(assertion: Assertion, report: SimulationReport): AssertionResult {
  const { unit, of } = METRICS[assertion.metric]
  const value = of(report)
  return { assertion, holds: holds(value, assertion), found: `${assertion.metric} is ${inWords(value, unit)}` }
}

const UNIT_WORDS: Readonly<Record<Unit, string>> = {
  ms: 'in ms or s',
  share: 'in %, or as a number up to 1',
  count: 'as a plain number',
}

function holds(value: number, { operator, limit }: Assertion): boolean {
  if (operator === '<') return value < limit
  if (operator === '<=') return value <= limit
  return operator === '>' ? value > limit : value >= limit
}

function inWords(value: number, unit: Unit): string {
  if (unit === 'ms') return `${value.toFixed(1)} ms`
  return unit === 'share' ? `${(value * 100).toFixed(2)}%` : String(Math.round(value * 1000) / 1000)
}

function refused(message: string, hint?: string): NuncioError {
  return new NuncioError('ERR_NUNCIO_SIMULATION', message, hint === undefined ? {} : { hint })
}
