import type { SemanticRule } from './rule.ts'

const HTTP = [
  '5xx',
  'gateway-error',
  'connect-failure',
  'envoy-ratelimited',
  'retriable-4xx',
  'refused-stream',
  'retriable-status-codes',
  'retriable-headers',
  'reset',
  'reset-before-request',
  'http3-post-connect-failure',
]
const GRPC = ['cancelled', 'deadline-exceeded', 'internal', 'resource-exhausted', 'unavailable']
const CONDITIONS = new Set([...HTTP, ...GRPC])

/** Envoy counts such pauses in whole milliseconds, one at least. */
const wholeMs = (ms: number): number => Math.max(1, Math.trunc(ms))

/** Retry conditions exist, and the pause between attempts has a sensible range. */
export const retryPolicies: SemanticRule = {
  types: ['envoy.config.route.v3.RetryPolicy'],
  check(context) {
    for (const policy of context.found('envoy.config.route.v3.RetryPolicy')) {
      for (const word of (policy.retry_on ?? '').split(',').map((part) => part.trim())) {
        if (word === '' || CONDITIONS.has(word)) continue
        const near = context.nearest(word, CONDITIONS)
        context.say(
          'unknown-value',
          'warning',
          policy,
          'retry_on',
          `there is no retry condition "${word}"; it is ignored`,
          near ? `did you mean "${near}"?` : '',
        )
      }
      const { base_interval: base, max_interval: max } = policy.retry_back_off ?? {}
      if (base !== undefined && max !== undefined && wholeMs(max) < wholeMs(base))
        context.say('rule', 'error', policy.retry_back_off!, 'max_interval', 'max_interval is less than base_interval')
    }
  },
}
