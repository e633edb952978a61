import type { LimitStatus } from '@nuncio/guards'

const SECONDS: Readonly<Record<string, number>> = {
  SECOND: 1, MINUTE: 60, HOUR: 3600, DAY: 86_400, WEEK: 604_800, MONTH: 2_592_000, YEAR: 31_536_000,
} // prettier-ignore

/**
 * The x-ratelimit headers (draft-polli-ratelimit-headers-03) of what the service said: the numbers are those of the limit
 * with the least left, all limits are listed. None when no limit is known.
 */
export function limitHeaders(statuses: readonly LimitStatus[]): readonly (readonly [string, string])[] {
  let least: LimitStatus | undefined
  let policy = ''
  for (const status of statuses) {
    const limit = status.current_limit
    if (limit === undefined) continue
    if (least === undefined || (status.limit_remaining ?? 0) < (least.limit_remaining ?? 0)) least = status
    const window = SECONDS[limit.unit ?? ''] ?? 0
    if (window === 0) continue
    policy += `, ${limit.requests_per_unit ?? 0};w=${window}`
    if ((limit.name ?? '') !== '') policy += `;name="${quotable(limit.name!)}"`
  }
  if (least === undefined) return []
  return [
    ['x-ratelimit-limit', `${least.current_limit?.requests_per_unit ?? 0}${policy}`],
    ['x-ratelimit-remaining', String(least.limit_remaining ?? 0)],
    ['x-ratelimit-reset', String(Math.floor((least.duration_until_reset ?? 0) / 1000))],
  ]
}

/** Whole seconds, one at least, until all limits that were exceeded begin anew; undefined when none is known. */
export function secondsToReset(statuses: readonly LimitStatus[]): string | undefined {
  const times = statuses.filter(({ code }) => code === 'OVER_LIMIT').map((status) => status.duration_until_reset ?? 0)
  return times.length === 0 ? undefined : String(Math.max(1, Math.floor(Math.max(...times) / 1000)))
}

function quotable(name: string): string {
  return name.replaceAll(/[^\u0020-\u007e]|["\\]/g, '')
}
