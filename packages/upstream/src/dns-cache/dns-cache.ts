import type { DnsCacheClient, DnsLoad } from '@nuncio/cluster'
import type { Counter, Gauge, RandomGenerator, StatsScope, Timer, TimeSource } from '@nuncio/core'
import { Backoff, smallestTtl } from '../cluster/types/dns-loop.ts'
import type { DnsAnswer, DnsQuery, DnsResolver } from '../dns/dns-resolver.ts'
import type { DnsCacheInfo } from './dns-cache-config.ts'

/** A host as a cache knows it. */
export interface CachedHost {
  /** `name:port`, lower-case. */
  readonly key: string
  readonly name: string
  readonly port: number
  /** The last good addresses; empty when there never were any. */
  readonly ips: readonly string[]
}

export interface DnsCacheParts {
  readonly time: TimeSource
  readonly random: RandomGenerator
  readonly resolver: DnsResolver
  /** `dns_cache.<name>.` */
  readonly stats: StatsScope
}

const LOADED: DnsLoad = { state: 'loaded', cancel: () => {} }
const OVERFLOW: DnsLoad = { state: 'overflow', cancel: () => {} }
const PENDING_OVERFLOW: DnsLoad = { state: 'pending-overflow', cancel: () => {} }

/** Names that requests asked for, kept resolved for as long as requests ask for them. */
export class DnsCache implements DnsCacheClient {
  readonly info: DnsCacheInfo
  readonly #parts: DnsCacheParts
  readonly #stats: DnsCacheStats
  readonly #hosts = new Map<string, Entry>()
  readonly #observers = new Set<() => void>()
  #pending = 0
  #closed = false

  constructor(info: DnsCacheInfo, parts: DnsCacheParts) {
    this.info = info
    this.#parts = parts
    this.#stats = new DnsCacheStats(parts.stats)
    for (const { address = '', port_value: port = 80 } of info.config.preresolve_hostnames ?? []) {
      this.load(address, port, () => {})
    }
  }

  load(host: string, defaultPort: number, onLoaded: () => void): DnsLoad {
    const { name, port, key } = parseHost(host, defaultPort)
    let entry = this.#hosts.get(key)
    if (entry === undefined) {
      if (this.#closed || this.#hosts.size >= this.info.maxHosts) {
        this.#stats.hostOverflow.inc()
        return OVERFLOW
      }
      entry = new Entry(key, name, port, this.info, this.#parts.random)
      this.#hosts.set(key, entry)
      this.#stats.hostAdded.inc()
      this.#stats.hosts.inc()
      this.#ask(entry)
    }
    entry.usedMs = this.#parts.time.monotonicMs()
    if (entry.answered) return LOADED
    if (this.#pending >= this.info.maxPending) {
      this.#stats.pendingOverflow.inc()
      return PENDING_OVERFLOW
    }
    return this.#wait(entry, onLoaded)
  }

  addressOf(host: string, defaultPort: number): string | undefined {
    return this.get(host, defaultPort)?.ips[0]
  }

  failureOf(host: string, defaultPort: number): string {
    const entry = this.#hosts.get(parseHost(host, defaultPort).key)
    return entry === undefined || entry.ips.length > 0 ? '' : entry.failure
  }

  /** The host that a request is for; it counts as used. */
  get(host: string, defaultPort: number): CachedHost | undefined {
    const entry = this.#hosts.get(parseHost(host, defaultPort).key)
    if (entry !== undefined) entry.usedMs = this.#parts.time.monotonicMs()
    return entry
  }

  /** Every host that has an address. */
  hosts(): readonly CachedHost[] {
    return [...this.#hosts.values()].filter((entry) => entry.ips.length > 0)
  }

  /** Calls back when a host comes, goes, or has another address. The result ends it. */
  observe(onChange: () => void): () => void {
    this.#observers.add(onChange)
    return () => void this.#observers.delete(onChange)
  }

  close(): void {
    this.#closed = true
    for (const entry of this.#hosts.values()) entry.close()
    this.#hosts.clear()
    this.#observers.clear()
  }

  #wait(entry: Entry, onLoaded: () => void): DnsLoad {
    this.#pending++
    const waiter = (): void => {
      this.#pending--
      onLoaded()
    }
    entry.waiting.add(waiter)
    const cancel = (): void => {
      if (entry.waiting.delete(waiter)) this.#pending--
    }
    return { state: 'pending', cancel }
  }

  #ask(entry: Entry): void {
    const { resolver, time } = this.#parts
    this.#stats.queries.inc()
    let answered = false
    const take = (answer: DnsAnswer): void => {
      answered = true
      entry.query = undefined
      entry.timer?.cancel()
      this.#take(entry, answer)
    }
    const query = resolver.resolve(entry.name, this.info.family, take)
    if (answered) return
    entry.query = query
    if (this.info.queryTimeoutMs === 0) return
    entry.timer = time.setTimer(this.info.queryTimeoutMs, () => {
      query.cancel()
      this.#stats.timeouts.inc()
      take({ status: 'failure', addresses: [], details: 'ETIMEOUT' })
    })
  }

  #take(entry: Entry, answer: DnsAnswer): void {
    const { time } = this.#parts
    const good = answer.status === 'completed' && answer.addresses.length > 0
    ;(answer.status === 'completed' ? this.#stats.successes : this.#stats.failures).inc()
    if (good) this.#update(entry, answer)
    else entry.failure = answer.details === '' ? 'no addresses' : answer.details
    const delayMs = this.#nextMs(entry, answer, good)
    entry.answered = true
    entry.timer = time.setTimer(delayMs, () => this.#refresh(entry))
    for (const onLoaded of entry.waiting) {
      entry.waiting.delete(onLoaded)
      onLoaded()
    }
  }

  #nextMs(entry: Entry, answer: DnsAnswer, good: boolean): number {
    if (!good) return entry.backoff?.nextMs() ?? this.info.refreshMs
    entry.backoff?.reset()
    const ttlMs = smallestTtl(answer.addresses)
    return ttlMs === Number.POSITIVE_INFINITY ? this.info.refreshMs : Math.max(ttlMs, this.info.minRefreshMs)
  }

  #update(entry: Entry, answer: DnsAnswer): void {
    const ips = answer.addresses.map((address) => address.ip)
    // As long as the first address is among the answers connections need not move.
    if (entry.ips.length === ips.length && entry.ips.every((ip) => ips.includes(ip))) return
    if (entry.ips.length > 0) this.#stats.addressChanged.inc()
    entry.ips = ips
    for (const onChange of this.#observers) onChange()
  }

  #refresh(entry: Entry): void {
    if (this.#parts.time.monotonicMs() - entry.usedMs <= this.info.hostTtlMs) return this.#ask(entry)
    entry.close()
    this.#hosts.delete(entry.key)
    this.#stats.hostRemoved.inc()
    this.#stats.hosts.dec()
    for (const onChange of this.#observers) onChange()
  }
}

class Entry implements CachedHost {
  readonly key: string
  readonly name: string
  readonly port: number
  readonly backoff: Backoff | undefined
  ips: readonly string[] = []
  /** What the last answer without an address said. */
  failure = ''
  /** Whether there was an answer, good or bad. */
  answered = false
  usedMs = 0
  query: DnsQuery | undefined = undefined
  timer: Timer | undefined = undefined
  readonly waiting = new Set<() => void>()

  constructor(key: string, name: string, port: number, info: DnsCacheInfo, random: RandomGenerator) {
    this.key = key
    this.name = name
    this.port = port
    this.backoff = info.failure && new Backoff(info.failure.baseMs, info.failure.maxMs, random)
  }

  close(): void {
    this.query?.cancel()
    this.timer?.cancel()
    this.waiting.clear()
  }
}

class DnsCacheStats {
  readonly queries: Counter
  readonly successes: Counter
  readonly failures: Counter
  readonly timeouts: Counter
  readonly addressChanged: Counter
  readonly hostAdded: Counter
  readonly hostRemoved: Counter
  readonly hostOverflow: Counter
  readonly pendingOverflow: Counter
  readonly hosts: Gauge

  constructor(scope: StatsScope) {
    this.queries = scope.counter('dns_query_attempt')
    this.successes = scope.counter('dns_query_success')
    this.failures = scope.counter('dns_query_failure')
    this.timeouts = scope.counter('dns_query_timeout')
    this.addressChanged = scope.counter('host_address_changed')
    this.hostAdded = scope.counter('host_added')
    this.hostRemoved = scope.counter('host_removed')
    this.hostOverflow = scope.counter('host_overflow')
    this.pendingOverflow = scope.counter('dns_rq_pending_overflow')
    this.hosts = scope.gauge('num_hosts')
  }
}

/** The name and port of an authority. */
function parseHost(host: string, defaultPort: number): { name: string; port: number; key: string } {
  const match = /^(?:\[([^\]]*)\]|([^:]*))(?::(\d{1,5}))?$/.exec(host)
  const name = (match?.[1] ?? match?.[2] ?? host).toLowerCase().replace(/\.$/, '')
  const port = match?.[3] === undefined ? defaultPort : Number(match[3])
  return { name, port, key: `${name}:${port}` }
}
