import type { DnsCaches } from '@nuncio/cluster'
import { deepEqual } from '@nuncio/cluster'
import type { Message } from '@nuncio/config'
import type { RandomGenerator, StatsStore, TimeSource } from '@nuncio/core'
import { configPlace } from '@nuncio/matching'
import type { ResolverChoice } from '../cluster/resolver-choice.ts'
import { DnsCache } from './dns-cache.ts'
import { decideDnsCache } from './dns-cache-config.ts'

type Config = Message<'envoy.extensions.common.dynamic_forward_proxy.v3.DnsCacheConfig'>

/** What the caches of a server share. */
export interface DnsCacheRegistryParts {
  readonly time: TimeSource
  readonly random: RandomGenerator
  readonly stats: StatsStore
  readonly resolvers: ResolverChoice
}

/** The DNS caches of one server by name: a cluster and the filter in front of it use the same one. */
export class DnsCacheRegistry implements DnsCaches {
  readonly #parts: DnsCacheRegistryParts
  readonly #caches = new Map<string, DnsCache>()

  constructor(parts: DnsCacheRegistryParts) {
    this.#parts = parts
  }

  obtain(config: Config, report: (message: string) => void): DnsCache {
    const info = decideDnsCache(config)
    const known = this.#caches.get(info.name)
    if (known !== undefined) {
      if (!deepEqual(known.info.config, config)) report(`the DNS cache '${info.name}' is configured in two ways`)
      return known
    }
    const { time, random, stats, resolvers } = this.#parts
    const place = configPlace(config, { report: (problem) => report(problem.message) })
    const scope = stats.scope(`dns_cache.${info.name}.`)
    const cache = new DnsCache(info, { time, random, resolver: resolvers.forCluster(config, place), stats: scope })
    this.#caches.set(info.name, cache)
    return cache
  }

  close(): void {
    for (const cache of this.#caches.values()) cache.close()
    this.#caches.clear()
  }
}
