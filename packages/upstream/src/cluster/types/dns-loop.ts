import type { RandomGenerator, Timer, TimeSource } from '@nuncio/core'
import type { MembershipStats } from '../membership-stats.ts'
import type { DnsAddress, DnsAnswer, DnsLookupFamily, DnsQuery, DnsResolver } from '../../dns/dns-resolver.ts'

/** How a DNS cluster asks, decided. Times in ms. */
export interface DnsPolicy {
  readonly family: DnsLookupFamily
  readonly refreshMs: number
  readonly respectTtl: boolean
  /** A good answer is asked for again later by a random time below this. */
  readonly jitterMs: number
  /** After failures: at first, and at most. Undefined: `refreshMs`. */
  readonly failure: { readonly baseMs: number; readonly maxMs: number } | undefined
}

const DEFAULT_REFRESH_MS = 5000

/** What a configuration says of it: a cluster's own fields, or those of `envoy.clusters.dns`. */
export interface DnsPolicySettings {
  readonly dns_refresh_rate?: number
  readonly dns_failure_refresh_rate?: { readonly base_interval?: number; readonly max_interval?: number }
  readonly respect_dns_ttl?: boolean
  readonly dns_jitter?: number
  readonly dns_lookup_family?: DnsLookupFamily | 'UNSPECIFIED'
}

export function dnsPolicy(config: DnsPolicySettings): DnsPolicy {
  const { dns_failure_refresh_rate: failure, dns_lookup_family: family = 'AUTO' } = config
  const baseMs = Math.max(1, failure?.base_interval ?? 0)
  return {
    family: family === 'UNSPECIFIED' ? 'AUTO' : family,
    refreshMs: Math.max(1, config.dns_refresh_rate ?? DEFAULT_REFRESH_MS),
    respectTtl: config.respect_dns_ttl ?? false,
    jitterMs: Math.floor(config.dns_jitter ?? 0),
    failure: failure && { baseMs, maxMs: Math.max(baseMs, failure.max_interval ?? baseMs * 10) },
  }
}

/** Waiting times that double from failure to failure, each drawn at random below its limit, as Envoy draws them. */
export class Backoff {
  readonly #baseMs: number
  readonly #maxMs: number
  readonly #random: RandomGenerator
  #next: number

  constructor(baseMs: number, maxMs: number, random: RandomGenerator) {
    this.#baseMs = baseMs
    this.#maxMs = maxMs
    this.#random = random
    this.#next = baseMs
  }

  reset(): void {
    this.#next = this.#baseMs
  }

  nextMs(): number {
    const limit = this.#next
    this.#next = limit < (this.#maxMs + 1) / 2 ? limit * 2 : this.#maxMs
    // Never at once: a server that fails is not asked in a loop.
    return Math.max(1, this.#random.uint32() % Math.max(1, Math.floor(limit)))
  }
}

/** What a name is asked for with. */
export interface DnsLoopParts {
  readonly name: string
  readonly policy: DnsPolicy
  readonly resolver: DnsResolver
  readonly time: TimeSource
  readonly random: RandomGenerator
  readonly stats: MembershipStats
  /** Told of each answer: whether it changed anything is for the answer's user to say. */
  readonly onAnswer: (answer: DnsAnswer) => void
}

/** One name that is asked for again and again. */
export class DnsLoop {
  readonly #parts: DnsLoopParts
  readonly #backoff: Backoff | undefined
  #query: DnsQuery | undefined = undefined
  #timer: Timer | undefined = undefined
  #closed = false

  constructor(parts: DnsLoopParts) {
    const { failure } = parts.policy
    this.#parts = parts
    this.#backoff = failure && new Backoff(failure.baseMs, failure.maxMs, parts.random)
  }

  ask(): void {
    const { name, policy, resolver, stats } = this.#parts
    stats.updateAttempt.inc()
    let answered = false
    const query = resolver.resolve(name, policy.family, (answer) => {
      answered = true
      this.#query = undefined
      this.#take(answer)
    })
    if (!answered) this.#query = query
  }

  close(): void {
    this.#closed = true
    this.#query?.cancel()
    this.#timer?.cancel()
  }

  #take(answer: DnsAnswer): void {
    const { policy, stats, time, random, onAnswer } = this.#parts
    let delayMs = policy.refreshMs
    if (answer.status === 'completed') {
      stats.updateSuccess.inc()
      this.#backoff?.reset()
      const ttlMs = smallestTtl(answer.addresses)
      if (policy.respectTtl && ttlMs > 0 && ttlMs < Number.POSITIVE_INFINITY) delayMs = ttlMs
      if (policy.jitterMs > 0) delayMs += random.uint32() % policy.jitterMs
    } else {
      stats.updateFailure.inc()
      if (this.#backoff !== undefined) delayMs = this.#backoff.nextMs()
    }
    onAnswer(answer)
    if (!this.#closed) this.#timer = time.setTimer(delayMs, () => this.ask())
  }
}

/** The shortest time for which an answer holds; 0 when it has no addresses. */
export function smallestTtl(addresses: readonly DnsAddress[]): number {
  return addresses.length === 0 ? 0 : Math.min(...addresses.map((address) => address.ttlMs))
}
