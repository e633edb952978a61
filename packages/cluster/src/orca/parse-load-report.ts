import { fromBase64, type HeaderMap } from '@nuncio/core'
import { decodeLoadReport } from './decode-load-report.ts'
import { draftLoadReport, type LoadReport, type LoadReportDraft, MAPS, SCALARS } from './load-report.ts'

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
  const field = dot < 0 ? SCALARS.get(snake(name)) : undefined
  if (field !== undefined) report[field] = value
  const map = dot < 0 ? undefined : MAPS.get(snake(name.slice(0, dot)))
  if (map !== undefined) report[map][name.slice(dot + 1)] = value
  return true
}

/** JSON of protos may write `cpuUtilization`. */
function snake(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}
