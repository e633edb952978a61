import type { PhaseSeen, Timed } from './offer.ts'

/** What a run saw: calm, then more than can be done, then calm again. */
export interface OverloadRun {
  readonly before: PhaseSeen
  readonly during: PhaseSeen
  readonly after: PhaseSeen
  /** Requests a second. */
  readonly capacity: number
  readonly factor: number
  /** How long the overload lasted. */
  readonly seconds: number
}

export interface Latencies {
  /** A second. */
  readonly rate: number
  readonly p50Ms: number
  readonly p99Ms: number
}

/** The figures of a run. */
export interface Findings {
  readonly capacity: number
  /** Times the capacity, as it was really sent. */
  readonly offered: number
  /** How late the generator was, ms (99th percentile). */
  readonly generatorLateMs: number
  readonly calm: Latencies
  readonly admitted: Latencies
  readonly refused: Latencies
  readonly failed: number
  /** p99 of the admitted over that of the calm. */
  readonly times: number
  /** From the end of the overload to the end of the last tenth of a second that was not calm, ms. */
  readonly recoveredMs: number
}

/** The promise. */
const MOST_TIMES = 3
const RECOVERED_MS = 1000
/** A generator that is late by more does not offer what it says. */
const GENERATOR_LATE_MS = 10
/** On a quiet machine the p99 of a proxy with little to do is three or four times its p50. */
const CALM_TAIL = 6
const WINDOW_MS = 100

export function summarise({ before, during, after, capacity, factor, seconds }: OverloadRun): Findings {
  const calm = latencies(before.admitted, 1)
  const admitted = latencies(during.admitted, seconds)
  const sent = during.admitted.length + during.refused.length + during.failed
  const calmLimit = calm.p99Ms * MOST_TIMES
  return {
    capacity,
    offered: Math.min(factor, sent / seconds / capacity),
    generatorLateMs: during.lateMs,
    calm: { ...calm, rate: capacity * 0.2 },
    admitted,
    refused: latencies(during.refused, seconds),
    failed: during.failed,
    times: admitted.p99Ms / calm.p99Ms,
    recoveredMs: recovery(after, calmLimit),
  }
}

/** Everything that is not as promised, in words. */
export function judge(findings: Findings): string[] {
  const { admitted, refused, calm, times, recoveredMs, failed } = findings
  const complaints: string[] = []
  const limit = calm.p99Ms * MOST_TIMES
  if (admitted.rate === 0) complaints.push('no request was admitted')
  if (!(times <= MOST_TIMES)) complaints.push(`the p99 of the admitted is ${times.toFixed(1)} times the unloaded one`)
  if (!(refused.p99Ms <= limit)) complaints.push(`a refusal takes ${refused.p99Ms.toFixed(1)} ms (p99)`)
  if (failed > 0) complaints.push(`${failed} requests got neither 200 nor 503`)
  if (!(recoveredMs <= RECOVERED_MS)) complaints.push(`all was well again after ${Math.round(recoveredMs)} ms only`)
  return complaints
}

/** Why a run decides nothing, in words: something else kept the machine busy, or too little was offered. */
export function disturbances({ calm, offered, generatorLateMs }: Findings): string[] {
  const reasons: string[] = []
  if (offered < 4.8) reasons.push(`no more than ${offered.toFixed(1)} times the capacity was offered`)
  if (generatorLateMs > GENERATOR_LATE_MS) reasons.push(`the generator was ${generatorLateMs.toFixed(0)} ms late`)
  const tail = calm.p99Ms / calm.p50Ms
  if (!(tail <= CALM_TAIL)) reasons.push(`the p99 of the unloaded proxy is ${tail.toFixed(0)} times its p50`)
  return reasons
}

function latencies(timed: readonly Timed[], seconds: number): Latencies {
  const sorted = timed.map(([, tookMs]) => tookMs).toSorted((a, b) => a - b)
  const at = (share: number): number => sorted[Math.floor(sorted.length * share)] ?? Number.NaN
  return { rate: sorted.length / seconds, p50Ms: at(0.5), p99Ms: at(0.99) }
}

/** A tenth of a second is calm when nothing was refused in it and half of its requests took less than the limit. */
function recovery({ admitted, refused }: PhaseSeen, limitMs: number): number {
  const windows = new Map<number, { slow: number; all: number }>()
  for (const [atMs, tookMs] of admitted) {
    const index = Math.floor(atMs / WINDOW_MS)
    const window = windows.get(index) ?? { slow: 0, all: 0 }
    window.all++
    if (tookMs > limitMs) window.slow++
    windows.set(index, window)
  }
  const restless = [...windows].filter(([, { slow, all }]) => slow * 2 > all).map(([index]) => index)
  const shed = refused.map(([atMs]) => Math.floor(atMs / WINDOW_MS))
  return (Math.max(-1, ...restless, ...shed) + 1) * WINDOW_MS
}
