import type { Message } from '@nuncio/config'
import type { BucketSize } from '@nuncio/core'
import { type ConfigPlace, quoted, wireText } from '@nuncio/matching'
import { type DescriptorLimit, descriptorKey } from './limiter.ts'

const MIN_FILL_MS = 50

/** Compiles `descriptors` of the message at `place`. */
export function compileDescriptors(
  configs: readonly Message<'envoy.extensions.common.ratelimit.v3.LocalRateLimitDescriptor'>[] | undefined,
  place: ConfigPlace,
): readonly DescriptorLimit[] {
  const known = new Set<string>()
  return (configs ?? []).map((config, i) => {
    const at = place.item('descriptors', i, config)
    const entries = (config.entries ?? []).map(({ key = '', value = '' }) => ({
      key: wireText(key),
      value: wireText(value),
    }))
    const key = descriptorKey(entries)
    if (known.has(key))
      at.error('duplicate-name', `the descriptor ${quoted(entries.map((entry) => `${entry.key}=${entry.value}`).join(', '))} is there already`) // prettier-ignore
    known.add(key)
    const bucket = config.token_bucket ?? {}
    return { entries, size: compileBucket(bucket, at.at('token_bucket', bucket)), shadow: config.shadow_mode === true }
  })
}

/** Compiles a token bucket of the filter, which may not fill more often than every 50 ms. */
export function compileBucket(config: Message<'envoy.type.v3.TokenBucket'>, place: ConfigPlace): BucketSize {
  const { max_tokens: maxTokens = 0, tokens_per_fill: perFill = 1, fill_interval: interval = 0 } = config
  if (interval < MIN_FILL_MS)
    place.at('fill_interval').error('out-of-range', 'a token bucket fills at most every 50 ms', 'write 0.05s or more')
  if (maxTokens < 1) place.at('max_tokens').error('out-of-range', 'a token bucket holds at least one token')
  return { maxTokens, rate: perFill / Math.max(interval, MIN_FILL_MS) }
}
