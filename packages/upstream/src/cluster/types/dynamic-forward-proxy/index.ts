import { envoyMessage, type Message } from '@nuncio/config'
import {
  buildHostSet,
  type ClusterHost,
  createHost,
  type Host,
  type LoadBalancer,
  type LoadBalancerContext,
  type LoadBalancerExplanation,
  NO_LOCALITY,
  type PrioritySet,
} from '@nuncio/cluster'
import { filterStateValue } from '@nuncio/matching'
import type { ClusterTypeDefinition, Discovery, DiscoveryContext } from '../../cluster-type.ts'
import type { CachedHost, DnsCache } from '../../../dns-cache/dns-cache.ts'
import { relocate } from '../../move-host.ts'
import { PinnedHosts } from './pinned-hosts.ts'

const TYPE = 'envoy.extensions.clusters.dynamic_forward_proxy.v3.ClusterConfig'
/** Filter state with the address that a filter has found out. */
const ADDRESS_STATE = 'envoy.stream.upstream_address'
const CACHE = 'envoy.extensions.common.dynamic_forward_proxy.v3.DnsCacheConfig'

/** Hosts are whatever requests name; a filter of the same name has them resolved before the request comes here. */
export const dynamicForwardProxyCluster: ClusterTypeDefinition<Message<typeof TYPE>> = {
  name: 'envoy.clusters.dynamic_forward_proxy',
  config: envoyMessage(TYPE, {
    [TYPE]: {
      honoured: ['dns_cache_config', 'allow_insecure_cluster_options', 'allow_coalesced_connections'],
      unsupported: { sub_clusters_config: 'use dns_cache_config' },
    },
    [CACHE]: {
      honoured: [
        'name',
        'dns_lookup_family',
        'dns_refresh_rate',
        'dns_min_refresh_rate',
        'host_ttl',
        'max_hosts',
        'dns_failure_refresh_rate',
        'dns_cache_circuit_breaker',
        'dns_resolution_config',
        'typed_dns_resolver_config',
        'use_tcp_for_dns_lookups',
        'preresolve_hostnames',
        'dns_query_timeout',
      ],
      unsupported: {
        key_value_config: 'what was looked up is not kept on disk',
        disable_dns_refresh_on_failure: 'names that failed are asked again, by dns_failure_refresh_rate',
      },
    },
    'envoy.extensions.common.dynamic_forward_proxy.v3.DnsCacheCircuitBreakers': '*',
  }),
  stability: 'stable',
  create(config, context) {
    const place = context.place.at('cluster_type')
    if (config?.dns_cache_config === undefined) {
      place.error('missing-field', 'a dynamic forward proxy cluster needs a dns_cache_config')
      return undefined
    }
    const report = (message: string): void => place.error('conflict', message)
    return new DynamicForwardProxy(
      context.dnsCaches.obtain(config.dns_cache_config, report, context.onDispose),
      context,
    )
  },
}

class DynamicForwardProxy implements Discovery, LoadBalancer {
  readonly #cache: DnsCache
  readonly #context: DiscoveryContext
  readonly #defaultPort: number
  /** By `name:port`: a host goes by its name, so that it stays the same when it moves, and apart from others there. */
  readonly #hosts = new Map<string, ClusterHost>()
  readonly #pinned = new PinnedHosts()
  #end: () => void = () => {}
  priorities: PrioritySet = { levels: [] }

  constructor(cache: DnsCache, context: DiscoveryContext) {
    this.#cache = cache
    this.#context = context
    this.#defaultPort = context.secure ? 443 : 80
  }

  get loadBalancer(): LoadBalancer {
    return this
  }

  start(): void {
    this.#end = this.#cache.observe(() => this.#follow())
    this.#follow()
    this.#context.ready()
  }

  close(): void {
    this.#end()
  }

  update(): void {}

  chooseHost(context: LoadBalancerContext): Host | undefined {
    const cached = this.#cached(context)
    if (cached === undefined) return undefined
    const saved = filterStateValue(context.info, ADDRESS_STATE)?.serialize()
    return saved === undefined ? this.#hosts.get(cached.key) : this.#pinned.get(cached, saved, this.#onPinned)
  }

  explain(context: LoadBalancerContext): LoadBalancerExplanation {
    const cached = this.#cached(context)
    const chosen = cached && this.#hosts.get(cached.key)?.address
    const step =
      cached === undefined
        ? 'the request names no host that was resolved'
        : `the request is for ${cached.key}, which is at ${cached.ips.join(', ')}`
    return { policy: 'dynamic forward proxy', steps: [step], candidates: [], chosen }
  }

  #cached(context: LoadBalancerContext): CachedHost | undefined {
    const state = (key: string): string | undefined => filterStateValue(context.info, key)?.serialize()
    const host = state('envoy.upstream.dynamic_host') ?? context.headers?.get(':authority') ?? ''
    const port = Number(state('envoy.upstream.dynamic_port') ?? this.#defaultPort)
    return host === '' ? undefined : this.#cache.get(host, port)
  }

  readonly #onPinned = (host: ClusterHost): void => {
    this.rebuild()
    this.#context.ownHostsChanged([host], [])
  }

  /** Takes over what the cache knows now. */
  #follow(): void {
    const cached = this.#cache.hosts()
    const known = new Map(cached.map((one) => [one.key, one]))
    const added: ClusterHost[] = []
    const removed: ClusterHost[] = [...this.#pinned.retain(known)]
    for (const [key, host] of this.#hosts) {
      if (known.has(key)) continue
      this.#hosts.delete(key)
      removed.push(host)
    }
    for (const { key, name, port, ips } of cached) {
      const [ip = '', ...rest] = ips
      const others = rest.map((other) => ({ ip: other, port }))
      const host = this.#hosts.get(key)
      if (host !== undefined) {
        if (host.ip !== ip) relocate(host, { ip, port }, others)
        continue
      }
      const made = createHost({ ip, port, hostname: name, additionalAddresses: others })
      this.#hosts.set(key, made)
      added.push(made)
    }
    this.rebuild()
    this.#context.ownHostsChanged(added, removed)
  }

  rebuild(): void {
    const hosts = [...this.#hosts.values(), ...this.#pinned.hosts()]
    this.priorities = { levels: [buildHostSet(0, { localities: [{ locality: NO_LOCALITY, hosts }] })] }
  }
}
