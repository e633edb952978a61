import type { Message } from '@nuncio/config'
import { type RandomGenerator, requestIdNumber, type Runtime, traceReasonOf } from '@nuncio/core'
import type { FormatContext } from '../context.ts'
import type { AccessLogFilter } from './access-log-filter.ts'

const DENOMINATORS = { HUNDRED: 100, TEN_THOUSAND: 10_000, MILLION: 1_000_000 } as const

/**
 * Lets a share of the streams through. It is decided by the first eight hex digits of the request id, so that every
 * proxy on the way logs the same requests; by chance where there is no such id, or where that is asked for.
 */
export function runtimeFilter(
  config: Message<'envoy.config.accesslog.v3.RuntimeFilter'>,
  runtime: Runtime,
  random: RandomGenerator,
): AccessLogFilter {
  const key = config.runtime_key ?? ''
  const denominator = DENOMINATORS[config.percent_sampled?.denominator ?? 'HUNDRED']
  const fallback = config.percent_sampled?.numerator ?? 0
  const independent = config.use_independent_randomness === true
  return (context) => {
    const value = independent ? -1 : requestIdNumber(context.info.requestId)
    const numerator = runtime.number(key, fallback)
    return (value < 0 ? random.uint32() : value) % denominator < numerator
  }
}

/** Whether the stream is traced: the version digit of its request id carries the decision. */
export function traceableFilter(context: FormatContext): boolean {
  const { requestId, healthCheck } = context.info
  return !healthCheck && traceReasonOf(requestId) !== 'not-traceable'
}
