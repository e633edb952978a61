import { type Host, largestMetric, type LoadReport } from '@nuncio/cluster'

export interface ReportedWeightsConfig {
  /** How long reports must have come before they count, ms. */
  readonly blackoutMs: number
  /** How old the last report may be, ms. */
  readonly expirationMs: number
  readonly errorPenalty: number
  /** Metrics of which the largest is the utilization when hosts report none of the application. */
  readonly metricNames: readonly string[]
}

interface Reported {
  weight: number
  /** Since when reports come; Infinity = they have not begun. */
  sinceMs: number
  lastMs: number
}

const MAX_WEIGHT = 0xffffffff

/** Weights that hosts earn by their load reports: requests a second by utilization. */
export class ReportedWeights {
  readonly #config: ReportedWeightsConfig
  readonly #reported = new Map<Host, Reported>()
  /** Weights in force, as of the last `apply`. */
  #weights = new Map<Host, number>()

  constructor(config: ReportedWeightsConfig) {
    this.#config = config
  }

  /** Takes a report; one that gives no weight is passed over. */
  report(host: Host, report: LoadReport, nowMs: number): void {
    const weight = weightOf(report, this.#config)
    if (weight === undefined) return
    const known = this.#reported.get(host)
    if (known === undefined) {
      this.#reported.set(host, { weight, sinceMs: nowMs, lastMs: nowMs })
      return
    }
    known.weight = weight
    known.sinceMs = Math.min(known.sinceMs, nowMs)
    known.lastMs = nowMs
  }

  /** The weight in force, 1 for a host that has none yet. */
  of(host: Host): number {
    return this.#weights.get(host) ?? 1
  }

  /** Puts the reported weights in force; hosts without a valid one get the median. Says whether any weight moved. */
  apply(hosts: readonly Host[], nowMs: number): boolean {
    const members = new Set(hosts)
    for (const host of this.#reported.keys()) if (!members.has(host)) this.#reported.delete(host)
    const valid = new Map<Host, number>()
    for (const host of hosts) {
      const weight = this.#valid(host, nowMs)
      if (weight !== undefined) valid.set(host, weight)
    }
    const usual = median([...valid.values()])
    const next = new Map(hosts.map((host) => [host, Math.max(1, valid.get(host) ?? usual)]))
    const moved = hosts.some((host) => next.get(host) !== this.#weights.get(host))
    this.#weights = next
    return moved
  }

  #valid(host: Host, nowMs: number): number | undefined {
    const known = this.#reported.get(host)
    if (known === undefined || nowMs - this.#config.blackoutMs < known.sinceMs) return undefined
    if (known.lastMs >= nowMs - this.#config.expirationMs) return known.weight
    // Reports stopped: when they come again, the blackout begins anew.
    known.sinceMs = Number.POSITIVE_INFINITY
    return undefined
  }
}

/** Requests a second ÷ (utilization + penalty × errors ÷ requests), a whole number; undefined when that is no weight. */
export function weightOf(report: LoadReport, config: ReportedWeightsConfig): number | undefined {
  if (!(report.rps > 0)) return undefined
  const utilization = utilizationOf(report, config.metricNames) + (config.errorPenalty * report.eps) / report.rps
  if (!(utilization > 0)) return undefined
  return Math.min(MAX_WEIGHT, Math.floor(report.rps / utilization))
}

/** The application's utilization, else the largest of the named metrics, else the CPU's. */
export function utilizationOf(report: LoadReport, metricNames: readonly string[]): number {
  if (report.applicationUtilization > 0) return report.applicationUtilization
  const named = largestMetric(report, metricNames)
  return named > 0 ? named : report.cpuUtilization
}

function median(weights: readonly number[]): number {
  if (weights.length === 0) return 1
  const sorted = weights.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle]! : Math.floor((sorted[middle - 1]! + sorted[middle]!) / 2)
}
