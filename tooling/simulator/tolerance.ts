import type { LiveMeasured, Measured } from './measure.ts'

/**
 * How far a simulation may be from the live proxy: 4 points and what chance does in each host's share, 30 % and 15 ms (a busy machine's timers)
 * in latencies, a twentieth in tries and failures. The longer a run, the nearer they come.
 */
const TOLERANCE = Object.freeze({ share: 0.04, latency: 0.3, latencyMs: 15, amplification: 0.05, failed: 0.02 })

/**
 * Which part of the requests has to be undisturbed for a percentile to be the proxy's. On a busy machine the slowest of those
 * that seem undisturbed waited, too, for moments too short to be noted.
 */
const QUIET = { p50: 0.2, p99: 0.9 } as const

/** What is further apart than that; empty when the two agree. */
export function disagreements(live: LiveMeasured, simulated: Measured): string[] {
  return [...choicesApart(live, simulated), ...latenciesApart(live, simulated)]
}

/** Of whom is asked, and how often: no clock has a say in it. */
export function choicesApart(live: LiveMeasured, simulated: Measured): string[] {
  // What chance alone does to a share: two standard deviations.
  const chance = 1 / Math.sqrt(live.requests)
  return [
    ...live.shares.flatMap((share, i) =>
      apart(`share of host ${i}`, share, simulated.shares[i]!, TOLERANCE.share + chance),
    ),
    ...apart('tries a request', live.amplification, simulated.amplification, TOLERANCE.amplification),
    ...apart('failed', live.failed, simulated.failed, TOLERANCE.failed),
  ]
}

function latenciesApart(live: LiveMeasured, simulated: Measured): string[] {
  return (['p50', 'p99'] as const).flatMap((what) => {
    const allowed = Math.max(TOLERANCE.latencyMs, TOLERANCE.latency * simulated[what])
    return live.undisturbed < QUIET[what] * live.requests ? [] : apart(what, live[what], simulated[what], allowed)
  })
}

function apart(what: string, live: number, simulated: number, allowed: number): string[] {
  return Math.abs(live - simulated) > allowed
    ? [`${what}: live ${live.toFixed(3)}, simulated ${simulated.toFixed(3)}`]
    : []
}
