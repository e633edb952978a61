import type { AnyMessage, Message } from '@nuncio/config'
import { compileHeaderMatchers, type ConfigPlace } from '@nuncio/matching'
import { parseRetryOn, type RetryPolicy } from '../contracts.ts'

const BASE_INTERVAL_MS = 25
const MAX_RATE_LIMITED_MS = 300_000

/** Decides a retry policy: defaults, least values, and the conditions as bits. */
export function compileRetryPolicy(
  config: Message<'envoy.config.route.v3.RetryPolicy'>,
  place: ConfigPlace,
): RetryPolicy {
  const backOff = config.retry_back_off
  const baseIntervalMs = Math.max(1, backOff?.base_interval ?? BASE_INTERVAL_MS)
  const maxIntervalMs = backOff?.max_interval === undefined ? baseIntervalMs * 10 : Math.max(1, backOff.max_interval)
  if (maxIntervalMs < baseIntervalMs) {
    place.at('retry_back_off', backOff).at('max_interval').error('rule', 'max_interval is less than base_interval')
  }
  return {
    on: parseRetryOn(config.retry_on ?? ''),
    numRetries: config.num_retries ?? 1,
    perTryTimeoutMs: config.per_try_timeout ?? 0,
    perTryIdleTimeoutMs: config.per_try_idle_timeout ?? 0,
    retriableStatusCodes: config.retriable_status_codes ?? [],
    retriableHeaders: compileHeaderMatchers(config.retriable_headers, place, 'retriable_headers'),
    retriableRequestHeaders: compileHeaderMatchers(
      config.retriable_request_headers,
      place,
      'retriable_request_headers',
    ),
    baseIntervalMs,
    maxIntervalMs,
    rateLimited: rateLimited(config.rate_limited_retry_back_off),
    hostPredicates: (config.retry_host_predicate ?? []).flatMap(({ typed_config }) => typedOnly(typed_config)),
    priorityPredicate: config.retry_priority?.typed_config,
    // 0 counts as not given.
    hostSelectionAttempts: config.host_selection_retry_max_attempts || 1,
  }
}

function typedOnly(config: AnyMessage | undefined): AnyMessage[] {
  return config === undefined ? [] : [config]
}

function rateLimited(
  config: Message<'envoy.config.route.v3.RetryPolicy.RateLimitedRetryBackOff'> | undefined,
): RetryPolicy['rateLimited'] {
  if (config === undefined) return undefined
  return {
    headers: (config.reset_headers ?? []).map(({ name = '', format }) => ({
      name: name.toLowerCase(),
      unix: format === 'UNIX_TIMESTAMP',
    })),
    maxIntervalMs: Math.max(1, config.max_interval ?? MAX_RATE_LIMITED_MS),
  }
}
