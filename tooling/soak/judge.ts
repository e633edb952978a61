import { growthPerMinute, leastOfMinutes } from './growth.ts'
import type { Moment, Sample } from './sample.ts'

/** What must hold at the end; the figures are those of the reliability promises. */
export interface SoakFindings {
  readonly before: Moment
  readonly after: Moment
  /** While it ran, many a minute. */
  readonly during: readonly Sample[]
  /** Those of them at which the heap was looked at too. */
  readonly moments: readonly Moment[]
  readonly failed: number
  readonly minutes: number
}

/** Growth of the resident size that counts as none, in MiB a minute. */
const RESIDENT_MIB = 0.5
/** The same of live data, which does not breathe: a few KiB for each reload would be seen. */
const LIVE_MIB = 0.1
/** What full caches may add to the live data, from one rest to the other. */
const LIVE_SLACK_MIB = 2
/** A run too short for a slope may breathe by so much. */
export const SHORT_MINUTES = 5
const SHORT_FACTOR = 1.5
/** A connection to the admin and one that is just closing. */
const SLACK = 3

/** Growth in MiB a minute: of the resident size, by the least of each minute, and of live data. */
export function growthOf({ during, moments }: Pick<SoakFindings, 'during' | 'moments'>): {
  readonly resident: number
  readonly live: number
} {
  const resident = during.map(({ atMs, rssMiB }) => ({ atMs, mib: rssMiB }))
  const live = moments.map(({ atMs, dataMiB }) => ({ atMs, mib: dataMiB }))
  return { resident: growthPerMinute(leastOfMinutes(resident)), live: growthPerMinute(live) }
}

/** Everything that is not as it should be, in words. */
export function judgeSoak(findings: SoakFindings): string[] {
  const { before, after, during, failed, minutes } = findings
  const complaints: string[] = []
  if (failed > 0) complaints.push(`${failed} requests failed`)
  for (const what of ['sockets', 'timers', 'deadlines'] as const) {
    if (!(after[what] <= before[what] + SLACK)) complaints.push(`${what}: ${before[what]} before, ${after[what]} after`)
  }
  if (!(after.dataMiB <= before.dataMiB + LIVE_SLACK_MIB)) {
    complaints.push(`live data: ${before.dataMiB.toFixed(1)} MiB before, ${after.dataMiB.toFixed(1)} after`)
  }
  if (minutes < SHORT_MINUTES) {
    const most = Math.max(before.rssMiB, ...during.map(({ rssMiB }) => rssMiB).slice(0, 1)) * SHORT_FACTOR
    if (after.rssMiB > most)
      complaints.push(`memory: ${before.rssMiB.toFixed(0)} MiB before, ${after.rssMiB.toFixed(0)} after`)
    return complaints
  }
  const { resident, live } = growthOf(findings)
  if (resident >= RESIDENT_MIB) complaints.push(`memory grows by ${resident.toFixed(2)} MiB a minute`)
  if (live >= LIVE_MIB) complaints.push(`live data grow by ${live.toFixed(2)} MiB a minute`)
  return complaints
}
