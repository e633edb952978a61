import { timeText } from '../../view/time-text.ts'
import { retryPolicyOf, routesIn, timeoutOf } from '../common.ts'
import type { LintRule } from '../rule.ts'

export const perTryTimeoutIgnored: LintRule = {
  code: 'per-try-timeout-ignored',
  severity: 'warning',
  title: 'A per_try_timeout that is not less than the timeout.',
  why: 'Such a `per_try_timeout` is ignored: the first try may take the whole `timeout` (15 seconds when it is not given), and nothing is left to retry a slow upstream.',
  check({ view, say }) {
    for (const place of routesIn(view)) {
      const policy = retryPolicyOf(place)
      const perTry = policy?.per_try_timeout ?? 0
      const timeout = place.route.route === undefined ? 0 : timeoutOf(place.route.route)
      if (policy === undefined || timeout === 0 || perTry < timeout) continue
      const given = place.route.route?.timeout === undefined ? ', the default' : ''
      say(
        policy,
        'per_try_timeout',
        `per_try_timeout ${timeText(perTry)} is ignored: the timeout of the whole request is ${timeText(timeout)}${given}`,
        'make it less than the timeout',
      )
    }
  },
}
