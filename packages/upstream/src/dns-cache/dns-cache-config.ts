import type { Message } from '@nuncio/config'
import type { DnsLookupFamily } from '../dns/dns-resolver.ts'

type Config = Message<'envoy.extensions.common.dynamic_forward_proxy.v3.DnsCacheConfig'>

/** A DNS cache, decided. Times in ms. */
export interface DnsCacheInfo {
  readonly config: Config
  readonly name: string
  readonly family: DnsLookupFamily
  /** Between questions when the answer names no time. */
  readonly refreshMs: number
  /** Least time between questions, whatever the answer says. */
  readonly minRefreshMs: number
  /** A host that nobody asks for is forgotten after this. */
  readonly hostTtlMs: number
  readonly maxHosts: number
  readonly queryTimeoutMs: number
  /** Requests that may wait for answers at a time. */
  readonly maxPending: number
  readonly failure: { readonly baseMs: number; readonly maxMs: number } | undefined
}

export function decideDnsCache(config: Config): DnsCacheInfo {
  const failure = config.dns_failure_refresh_rate
  const baseMs = Math.max(1, failure?.base_interval ?? 0)
  return {
    config,
    name: config.name ?? '',
    family: config.dns_lookup_family ?? 'AUTO',
    refreshMs: Math.max(1, config.dns_refresh_rate ?? 60_000),
    minRefreshMs: Math.max(1, config.dns_min_refresh_rate ?? 5000),
    hostTtlMs: Math.max(1, config.host_ttl ?? 300_000),
    maxHosts: config.max_hosts ?? 1024,
    queryTimeoutMs: config.dns_query_timeout ?? 5000,
    maxPending: config.dns_cache_circuit_breaker?.max_pending_requests ?? 1024,
    failure: failure && { baseMs, maxMs: Math.max(baseMs, failure.max_interval ?? baseMs * 10) },
  }
}
