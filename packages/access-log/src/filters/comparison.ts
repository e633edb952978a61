import type { Message } from '@nuncio/config'
import type { Runtime, TimeSource } from '@nuncio/core'
import type { AccessLogFilter } from './access-log-filter.ts'

type Comparison = Message<'envoy.config.accesslog.v3.ComparisonFilter'>
type Compare = (value: number) => boolean

/** Compares the status; a stream without a response has status 0. */
export function statusFilter(config: Comparison | undefined, runtime: Runtime): AccessLogFilter {
  const compare = comparison(config, runtime)
  return (context) => compare(context.info.status)
}

/** Compares whole milliseconds; of a stream that is not over, those until now. */
export function durationFilter(config: Comparison | undefined, runtime: Runtime, time: TimeSource): AccessLogFilter {
  const compare = comparison(config, runtime)
  return (context) => {
    const { startMs, endMs } = context.info
    return compare(Math.floor((endMs >= 0 ? endMs : time.monotonicMs()) - startMs))
  }
}

function comparison(config: Comparison | undefined, runtime: Runtime): Compare {
  const fallback = config?.value?.default_value ?? 0
  const key = config?.value?.runtime_key ?? ''
  const limit = key === '' ? () => fallback : () => runtime.number(key, fallback)
  switch (config?.op) {
    case 'GE':
      return (value) => value >= limit()
    case 'LE':
      return (value) => value <= limit()
    case 'NE':
      return (value) => value !== limit()
    case 'EQ':
    case undefined:
      return (value) => value === limit()
  }
}
