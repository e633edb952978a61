import { type Sample, slopePerMinute } from './sample.ts'

/** What must hold at the end; the figures are those of the reliability promises. */
export interface SoakFindings {
  readonly before: Sample
  readonly after: Sample
  /** While it ran. */
  readonly during: readonly Sample[]
  readonly failed: number
  readonly minutes: number
}

/** Growth that counts as none. */
const SLOPE_MIB = 0.5
/** A run too short for a slope may breathe by so much. */
export const SHORT_MINUTES = 10
const SHORT_FACTOR = 1.5
/** A connection to the admin and one that is just closing. */
const SLACK = 3

/** Everything that is not as it should be, in words. */
export function judgeSoak({ before, after, during, failed, minutes }: SoakFindings): string[] {
  const complaints: string[] = []
  if (failed > 0) complaints.push(`${failed} requests failed`)
  for (const what of ['sockets', 'timers', 'deadlines'] as const) {
    if (!(after[what] <= before[what] + SLACK)) complaints.push(`${what}: ${before[what]} before, ${after[what]} after`)
  }
  if (minutes < SHORT_MINUTES) {
    const most = Math.max(before.rssMiB, during[0]?.rssMiB ?? 0) * SHORT_FACTOR
    if (after.rssMiB > most)
      complaints.push(`memory: ${before.rssMiB.toFixed(0)} MiB before, ${after.rssMiB.toFixed(0)} after`)
    return complaints
  }
  // The first minutes fill caches and pools.
  const slope = slopePerMinute(during.slice(Math.floor(during.length / 3)))
  if (slope >= SLOPE_MIB) complaints.push(`memory grows by ${slope.toFixed(2)} MiB a minute`)
  return complaints
}
