import type { LintContext, LintRule } from '../rule.ts'
import { type RetryPolicy, routesIn } from '../common.ts'

export const retryWithoutEffect: LintRule = {
  code: 'retry-without-effect',
  severity: 'warning',
  title: 'A retry policy of which a part never does anything.',
  why: '`retry_on` says when to retry: without it a policy retries nothing (unless the request asks by header). The status codes of `retriable_status_codes` count only with the word `retriable-status-codes`, those of `retriable_headers` only with `retriable-headers`, and the words do nothing without the lists.',
  check(context) {
    const seen = new Set<RetryPolicy>()
    for (const { host, route } of routesIn(context.view)) {
      for (const policy of [route.route?.retry_policy, host.retry_policy]) {
        if (policy === undefined || seen.has(policy)) continue
        seen.add(policy)
        checkPolicy(context, policy)
      }
    }
  },
}

function checkPolicy({ say }: LintContext, policy: RetryPolicy): void {
  const words = (policy.retry_on ?? '').split(',').map((word) => word.trim())
  if (words.every((word) => word === '')) {
    say(
      policy,
      undefined,
      'a retry policy without retry_on retries nothing',
      'write retry_on: connect-failure,refused-stream or another condition',
    )
    return
  }
  const pairs = [
    ['retriable-status-codes', 'retriable_status_codes'],
    ['retriable-headers', 'retriable_headers'],
  ] as const
  for (const [word, field] of pairs) {
    const listed = (policy[field]?.length ?? 0) > 0
    if (listed && !words.includes(word))
      say(policy, field, `${field} is not looked at: retry_on lacks the word ${word}`)
    if (!listed && words.includes(word)) say(policy, 'retry_on', `${word} retries nothing: ${field} is empty`)
  }
}
