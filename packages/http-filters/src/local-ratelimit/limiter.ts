import { type BucketSize, TokenBucket } from '@nuncio/core'
import type { RateLimitDescriptor, RateLimitEntry } from '@nuncio/router'

/** An entry of `descriptors`, compiled: a limit for requests that have this descriptor. */
export interface DescriptorLimit {
  /** An empty value stands for any. */
  readonly entries: readonly RateLimitEntry[]
  readonly size: BucketSize
  /** It refuses nobody, and only tells. */
  readonly shadow: boolean
}

export interface LimiterOptions {
  /** Undefined: there is no limit beside those of descriptors. */
  readonly size: BucketSize | undefined
  readonly descriptors: readonly DescriptorLimit[]
  /** The default bucket is drawn from in any case, not only when no descriptor matches. */
  readonly alwaysDefault: boolean
  /** How many values of one descriptor with a wildcard have a bucket at a time. */
  readonly maxDynamic: number
}

/** What became of a request. */
export interface Outcome {
  readonly allowed: boolean
  /** A shadow limit would have refused it. */
  readonly shadowed: boolean
  /** The bucket that decided, for telling the client of it. */
  readonly bucket: TokenBucket | undefined
  readonly headers: RateLimitDescriptor['headers']
}

interface Draw {
  readonly bucket: TokenBucket
  readonly shadow: boolean
  readonly descriptor: RateLimitDescriptor
}

/** Token buckets: one for all requests, and one for each descriptor. */
export class LocalRateLimiter {
  readonly #options: LimiterOptions
  readonly #default: TokenBucket | undefined
  readonly #exact = new Map<string, { readonly limit: DescriptorLimit; readonly bucket: TokenBucket }>()
  readonly #wildcards: Wildcard[] = []

  constructor(options: LimiterOptions, nowMs: number) {
    this.#options = options
    this.#default = options.size && new TokenBucket(options.size, nowMs)
    for (const limit of options.descriptors) {
      if (hasWildcard(limit)) this.#wildcards.push(new Wildcard(limit, options.maxDynamic))
      else this.#exact.set(descriptorKey(limit.entries), { limit, bucket: new TokenBucket(limit.size, nowMs) })
    }
  }

  /**
   * Draws tokens for a request: the slowest bucket first, so that a request which is refused takes few from others.
   * Of `proxies` that share the limits each draws for all.
   */
  ask(descriptors: readonly RateLimitDescriptor[], nowMs: number, proxies = 1): Outcome {
    const draws = this.#draws(descriptors, nowMs)
    let shadowed: Draw | undefined
    for (const draw of draws) {
      if (draw.bucket.take(nowMs, (draw.descriptor.hits ?? 1) * proxies)) continue
      if (!draw.shadow) return outcome(false, false, draw)
      shadowed ??= draw
    }
    const all = this.#default
    if (all !== undefined && (draws.length === 0 || this.#options.alwaysDefault) && !all.take(nowMs, proxies))
      return { allowed: false, shadowed: false, bucket: all, headers: 'UNSPECIFIED' }
    const told = shadowed ?? draws[0]
    if (told !== undefined) return outcome(true, shadowed !== undefined, told)
    return { allowed: true, shadowed: false, bucket: all, headers: 'UNSPECIFIED' }
  }

  #draws(descriptors: readonly RateLimitDescriptor[], nowMs: number): readonly Draw[] {
    if (descriptors.length === 0) return NO_DRAWS
    const draws: Draw[] = []
    for (const descriptor of descriptors) {
      const key = descriptorKey(descriptor.entries)
      const exact = this.#exact.get(key)
      if (exact !== undefined) {
        draws.push({ bucket: exact.bucket, shadow: exact.limit.shadow, descriptor })
        continue
      }
      const wildcard = this.#wildcards.find((one) => one.matches(descriptor.entries))
      if (wildcard !== undefined)
        draws.push({ bucket: wildcard.bucket(key, nowMs), shadow: wildcard.limit.shadow, descriptor })
    }
    return draws.length < 2 ? draws : draws.toSorted((a, b) => a.bucket.size.rate - b.bucket.size.rate)
  }
}

const NO_DRAWS: readonly Draw[] = []

function outcome(allowed: boolean, shadowed: boolean, { bucket, descriptor }: Draw): Outcome {
  return { allowed, shadowed, bucket, headers: descriptor.headers }
}

function hasWildcard({ entries }: DescriptorLimit): boolean {
  return entries.some(({ value }) => value === '')
}

/** Equal for equal entries only, whatever bytes they have. */
export function descriptorKey(entries: readonly RateLimitEntry[]): string {
  let key = ''
  for (const { key: name, value } of entries) key += `${name.length}:${value.length}:${name}${value}`
  return key
}

/** A descriptor with a wildcard: a bucket for each value that comes, the least recently used given up first. */
class Wildcard {
  readonly limit: DescriptorLimit
  readonly #max: number
  readonly #buckets = new Map<string, TokenBucket>()

  constructor(limit: DescriptorLimit, max: number) {
    this.limit = limit
    this.#max = max
  }

  matches(entries: readonly RateLimitEntry[]): boolean {
    const own = this.limit.entries
    return (
      own.length === entries.length &&
      own.every(({ key, value }, i) => key === entries[i]!.key && (value === '' || value === entries[i]!.value))
    )
  }

  bucket(key: string, nowMs: number): TokenBucket {
    const buckets = this.#buckets
    const bucket = buckets.get(key) ?? new TokenBucket(this.limit.size, nowMs)
    buckets.delete(key)
    buckets.set(key, bucket)
    if (buckets.size > this.#max) buckets.delete(buckets.keys().next().value!)
    return bucket
  }
}
