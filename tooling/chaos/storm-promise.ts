import type { StormResult } from './storm.ts'

/** What a storm broke of what a retry budget of 20 % promises; none = all is well. */
export function brokenBudget(result: StormResult, seconds: number): readonly string[] {
  const { requests, attempts, refusedRetries, after, recoveryMs } = result
  // Three retries may always run at once: while they wait (12 ms on average at first), that is some 250 a second.
  const allowed = requests * 1.2 + 250 * seconds
  return [
    ...(requests === 0 ? ['no request was sent while it stormed'] : []),
    ...(refusedRetries === 0 ? ['the budget refused no retry'] : []),
    ...(attempts > allowed
      ? [`${attempts} attempts for ${requests} requests; ${Math.round(allowed)} are allowed`]
      : []),
    ...(after.requests === 0 ? ['no request was answered after the storm'] : []),
    ...(recoveryMs > 1000 ? [`answers failed for ${Math.round(recoveryMs)} ms after the storm`] : []),
  ]
}
