import { envoyMessage, type Message } from '@nuncio/config'
import type { Host, HostDescription, LoadBalancer, LoadBalancerContext, LoadBalancerExplanation } from '@nuncio/cluster'
import type { ClusterTypeDefinition, Discovery, DiscoveryContext } from '../../cluster-type.ts'
import type { CachedHost, DnsCache } from '../../../dns-cache/dns-cache.ts'

const TYPE = 'envoy.extensions.clusters.dynamic_forward_proxy.v3.ClusterConfig'
const CACHE = 'envoy.extensions.common.dynamic_forward_proxy.v3.DnsCacheConfig'

/** Hosts are whatever requests name; a filter of the same name has them resolved before the request comes here. */
export const dynamicForwardProxyCluster: ClusterTypeDefinition<Message<typeof TYPE>> = {
  name: 'envoy.clusters.dynamic_forward_proxy',
  config: envoyMessage(TYPE, {
    [TYPE]: ['dns_cache_config', 'allow_insecure_cluster_options', 'allow_coalesced_connections'],
    [CACHE]: [
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
      'preresolve_hostnames',
      'dns_query_timeout',
    ],
    'envoy.extensions.common.dynamic_forward_proxy.v3.DnsCacheCircuitBreakers': '*',
  }),
  stability: 'stable',
  create(config, context) {
    const place = context.place.at('cluster_type')
    if (config?.dns_cache_config === undefined) {
      place.error('missing-field', 'a dynamic forward proxy cluster needs a dns_cache_config')
      return undefined
    }
    const cache = context.dnsCaches.obtain(config.dns_cache_config, (message) => place.error('conflict', message))
    return new DynamicForwardProxy(cache, context)
  },
}

class DynamicForwardProxy implements Discovery, LoadBalancer {
  readonly #cache: DnsCache
  readonly #context: DiscoveryContext
  readonly #defaultPort: number
  #hosts = new Map<string, Host>()
  #end: () => void = () => {}

  constructor(cache: DnsCache, context: DiscoveryContext) {
    this.#cache = cache
    this.#context = context
    this.#defaultPort = context.secure ? 443 : 80
  }

  get loadBalancer(): LoadBalancer {
    return this
  }

  start(): void {
    this.#end = this.#cache.observe(() => this.#publish())
    this.#publish()
    this.#context.ready()
  }

  close(): void {
    this.#end()
  }

  update(): void {}

  chooseHost(context: LoadBalancerContext): Host | undefined {
    const cached = this.#cached(context)
    return cached && this.#hosts.get(cached.key)
  }

  explain(context: LoadBalancerContext): LoadBalancerExplanation {
    const cached = this.#cached(context)
    const chosen = cached && this.#hosts.get(cached.key)?.address
    const step = cached === undefined ? 'the request names no host that was resolved' : `the request is for ${cached.key}, which is at ${cached.ips.join(', ')}`
    return { policy: 'dynamic forward proxy', steps: [step], candidates: [], chosen }
  }

  #cached(context: LoadBalancerContext): CachedHost | undefined {
    const named = context.info?.filterState?.get('envoy.upstream.dynamic_host')?.serialize()
    const host = named ?? context.headers?.get(':authority') ?? ''
    return host === '' ? undefined : this.#cache.get(host, this.#defaultPort)
  }

  #publish(): void {
    const locality = { region: '', zone: '', subZone: '' }
    const hosts = this.#cache.hosts().map(describe)
    this.#context.setMembership({ levels: [[{ locality, weight: undefined, hosts }]] })
    this.#hosts = new Map()
    for (const level of this.#context.hosts.priorities.levels) for (const host of level.hosts) this.#hosts.set((host as Host & { identity: string }).identity, host)
  }
}

/** A host goes by its name, so that it stays the same host when its address changes, and when two names share one. */
function describe({ key, name, port, ips }: CachedHost): HostDescription {
  const [first = '', ...rest] = ips
  return { identity: key, ip: first, port, hostname: name, additionalAddresses: rest.map((ip) => ({ ip, port })) }
}
