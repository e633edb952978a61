import { timeText } from '../../view/time-text.ts'
import { retryPolicyOf, routesIn, timeoutOf } from '../common.ts'
import type { LintRule } from '../rule.ts'

export const retriesExceedTimeout: LintRule = {
  code: 'retries-exceed-timeout',
  severity: 'warning',
  title: 'The retries of a route cannot fit into its timeout.',
  why: '`timeout` covers all tries together and is 15 seconds when it is not given. When `per_try_timeout` times the number of tries is more than that, the last tries are cut short or never begin, and a slow upstream looks like a timeout instead of being retried.',
  check({ view, say }) {
    for (const place of routesIn(view)) {
      const policy = retryPolicyOf(place)
      const perTry = policy?.per_try_timeout ?? 0
      const timeout = place.route.route === undefined ? 0 : timeoutOf(place.route.route)
      if (policy === undefined || perTry === 0 || timeout === 0 || perTry >= timeout) continue
      const tries = (policy.num_retries ?? 1) + 1
      if (perTry * tries <= timeout) continue
      const given = place.route.route?.timeout === undefined ? ', the default' : ''
      const message = `${tries} tries of ${timeText(perTry)} take up to ${timeText(perTry * tries)}, but the timeout of the whole request is ${timeText(timeout)}${given}`
      say(
        policy,
        'per_try_timeout',
        message,
        `only ${Math.floor(timeout / perTry)} of them fit; raise timeout, or lower per_try_timeout or num_retries`,
      )
    }
  },
}
