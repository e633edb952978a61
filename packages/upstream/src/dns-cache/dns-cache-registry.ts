import type { DnsCaches } from '@nuncio/cluster'
import { encode, type Message } from '@nuncio/config'
import type { RandomGenerator, StatsStore, TimeSource } from '@nuncio/core'
import { configPlace } from '@nuncio/matching'
import type { ResolverChoice } from '../cluster/resolver-choice.ts'
import { DnsCache } from './dns-cache.ts'
import { decideDnsCache } from './dns-cache-config.ts'

type Config = Message<'envoy.extensions.common.dynamic_forward_proxy.v3.DnsCacheConfig'>

/** A field that is written as its default is the same as one that is left out. */
const wire = (config: Config): string =>
  encode('envoy.extensions.common.dynamic_forward_proxy.v3.DnsCacheConfig', config).join()

/** What the caches of a server share. */
export interface DnsCacheRegistryParts {
  readonly time: TimeSource
  readonly random: RandomGenerator
  readonly stats: StatsStore
  readonly resolvers: ResolverChoice
}

/** A cache, and how many have it. */
interface Held {
  readonly cache: DnsCache
  users: number
}

const statPrefix = (name: string): string => `dns_cache.${name}.`

/** The DNS caches of one server by name: a cluster and the filter in front of it use the same one. */
export class DnsCacheRegistry implements DnsCaches {
  readonly #parts: DnsCacheRegistryParts
  readonly #caches = new Map<string, Held>()

  constructor(parts: DnsCacheRegistryParts) {
    this.#parts = parts
  }

  /** Where the statistics of caches in use are. */
  get statPrefixes(): readonly string[] {
    return [...this.#caches.keys()].map(statPrefix)
  }

  obtain(config: Config, report: (message: string) => void, onDispose: (dispose: () => void) => void): DnsCache {
    const info = decideDnsCache(config)
    const held = this.#caches.get(info.name) ?? this.#make(info, config, report)
    const { cache } = held
    if (wire(cache.info.config) !== wire(config)) report(`the DNS cache '${info.name}' is configured in two ways`)
    held.users++
    onDispose(() => this.#release(info.name, held))
    return cache
  }

  #make(info: DnsCache['info'], config: Config, report: (message: string) => void): Held {
    const { time, random, stats, resolvers } = this.#parts
    const place = configPlace(config, { report: (problem) => report(problem.message) })
    const scope = stats.scope(statPrefix(info.name))
    const cache = new DnsCache(info, { time, random, resolver: resolvers.forCluster(config, place), stats: scope })
    const held = { cache, users: 0 }
    this.#caches.set(info.name, held)
    return held
  }

  /** One that nobody uses any more is closed. */
  #release(name: string, held: Held): void {
    if (--held.users > 0 || this.#caches.get(name) !== held) return
    this.#caches.delete(name)
    held.cache.close()
  }

  close(): void {
    for (const { cache } of this.#caches.values()) cache.close()
    this.#caches.clear()
  }
}
