import type { Message } from '@nuncio/config'
import { bucketSize, TokenBucket } from '@nuncio/core'
import type { NetworkFilterContext } from '@nuncio/listener'

type Config = Message<'envoy.extensions.filters.network.local_ratelimit.v3.LocalRateLimit'>

/** The buckets of each server (by its services) that filters share, while one of these still has them. */
const shared = new WeakMap<object, Map<string, WeakRef<TokenBucket>>>()

/** A bucket of its own, or with `share_key` the one of all filters that have the same key and the same bucket. */
export function bucketFor(config: Config, { services, time }: NetworkFilterContext): TokenBucket {
  const make = (): TokenBucket => new TokenBucket(bucketSize(config.token_bucket ?? {}), time.monotonicMs())
  const server = services as object | undefined
  if (!config.share_key || server === undefined) return make()
  let buckets = shared.get(server)
  if (buckets === undefined) shared.set(server, (buckets = new Map<string, WeakRef<TokenBucket>>()))
  const key = JSON.stringify([config.share_key, config.token_bucket])
  const kept = buckets.get(key)?.deref()
  if (kept !== undefined) return kept
  const bucket = make()
  buckets.set(key, new WeakRef(bucket))
  return bucket
}
