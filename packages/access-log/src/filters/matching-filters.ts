import type { Message } from '@nuncio/config'
import { type HeaderMap, HeaderTable } from '@nuncio/core'
import type { AccessLogFilter } from './access-log-filter.ts'

/**
 * Makers of the matchers that two filters need; they live in `@nuncio/matching`, which this package does not use.
 * `path` is where the message stands, below the access log. What is wrong they report themselves, and give undefined.
 */
export interface AccessLogMatchers {
  header(
    config: Message<'envoy.config.route.v3.HeaderMatcher'>,
    path: string,
  ): { matches(headers: HeaderMap): boolean } | undefined
  value(
    config: Message<'envoy.type.matcher.v3.ValueMatcher'>,
    path: string,
  ): { matches(value: unknown): boolean } | undefined
}

const NO_HEADERS = new HeaderTable()

/** Matches a request header; a TCP connection has none. */
export function headerFilter(
  config: Message<'envoy.config.accesslog.v3.HeaderFilter'>,
  matchers: AccessLogMatchers,
  path: string,
): AccessLogFilter {
  const matcher = matchers.header(config.header ?? {}, `${path}.header`)
  if (matcher === undefined) return () => true
  return (context) => matcher.matches(context.request ?? NO_HEADERS)
}

/** Matches a value of dynamic metadata; `match_if_key_not_found` (true by default) decides where there is none. */
export function metadataFilter(
  config: Message<'envoy.config.accesslog.v3.MetadataFilter'>,
  matchers: AccessLogMatchers,
  path: string,
): AccessLogFilter {
  const absent = config.match_if_key_not_found ?? true
  const namespace = config.matcher?.filter ?? ''
  const keys = config.matcher?.path?.map((segment) => segment.key ?? '') ?? []
  const value = config.matcher?.value
  const matcher = value === undefined ? undefined : matchers.value(value, `${path}.matcher.value`)
  return (context) => {
    let found: unknown = context.info.metadata?.get(namespace)
    for (const key of keys) {
      if (typeof found !== 'object' || found === null || !Object.hasOwn(found, key)) return absent
      found = (found as Readonly<Record<string, unknown>>)[key]
    }
    if (found === undefined) return absent
    return matcher !== undefined && matcher.matches(found)
  }
}
