import type { Cluster, DnsCacheClient, DnsLoad } from '@nuncio/cluster'
import { envoyMessage, type Message } from '@nuncio/config'
import { Flag, formatAddress, type RequestHeaders } from '@nuncio/core'
import {
  type FilterContext,
  type FilterStream,
  type HttpFilter,
  type HttpFilterDefinition,
  type LocalReply,
  localReply,
  type Verdict,
} from '@nuncio/filter-chain'
import { configPlace, filterStateValue, wireText } from '@nuncio/matching'
import { dynamicForwardProxyHonours } from './honours.ts'

type Config = Message<'envoy.extensions.filters.http.dynamic_forward_proxy.v3.FilterConfig'>
type PerRoute = Message<'envoy.extensions.filters.http.dynamic_forward_proxy.v3.PerRouteConfig'>

const CLUSTER_TYPE = 'envoy.extensions.clusters.dynamic_forward_proxy.v3.ClusterConfig'
const TLS = 'envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext'
const HOST_STATE = 'envoy.upstream.dynamic_host'
const PORT_STATE = 'envoy.upstream.dynamic_port'
const ADDRESS_STATE = 'envoy.stream.upstream_address'

const CACHE_OVERFLOW = localReply(503, 'dns_cache_overflow', { body: 'DNS cache overflow' })
const PENDING_OVERFLOW = localReply(503, 'dynamic_forward_proxy_pending_request_overflow', {
  body: 'Dynamic forward proxy pending request overflow',
})

/** What the filters of one configuration share. */
interface Shared {
  readonly config: Config
  readonly cache: DnsCacheClient
  readonly context: FilterContext<PerRoute>
}

/** Holds a request until the host that it names is resolved. */
class DynamicForwardProxyFilter implements HttpFilter {
  readonly #shared: Shared
  #load: DnsLoad | undefined = undefined

  constructor(shared: Shared) {
    this.#shared = shared
  }

  onRequestHeaders(headers: RequestHeaders, stream: FilterStream): Verdict {
    const { context, cache } = this.#shared
    const cluster = context.clusters.get(stream.clusterName)
    if (cluster?.info.config.cluster_type?.typed_config?.['@type'] !== CLUSTER_TYPE) return
    rewriteHost(headers, context.routeConfig(stream))
    const { host, port } = this.#targetOf(headers, stream, cluster)
    if (host === '') return
    let onLoaded: (() => void) | undefined
    const load = cache.load(host, port, () => onLoaded?.())
    switch (load.state) {
      case 'overflow':
        return CACHE_OVERFLOW
      case 'pending-overflow':
        return PENDING_OVERFLOW
      case 'loaded':
        return this.#resolved(host, port, stream)
      case 'pending':
        this.#load = load
        return new Promise((resolve) => {
          onLoaded = () => {
            this.#load = undefined
            resolve(this.#resolved(host, port, stream))
          }
        })
    }
  }

  onComplete(): void {
    this.#load?.cancel()
  }

  #targetOf(headers: RequestHeaders, { info }: FilterStream, cluster: Cluster): { host: string; port: number } {
    const port = cluster.info.config.transport_socket?.typed_config?.['@type'] === TLS ? 443 : 80
    if (this.#shared.config.allow_dynamic_host_from_filter_state !== true) return { host: headers.authority, port }
    const host = filterStateValue(info, HOST_STATE)?.serialize()
    if (host === undefined) return { host: headers.authority, port }
    return { host, port: Number(filterStateValue(info, PORT_STATE)?.serialize() ?? port) }
  }

  #resolved(host: string, port: number, stream: FilterStream): void | LocalReply {
    const { cache, config } = this.#shared
    const ip = cache.addressOf(host, port)
    if (ip === undefined) {
      const why = cache.failureOf(host, port).replaceAll(/\s/g, '_')
      return localReply(503, `dns_resolution_failure{${why}}`, { body: 'DNS resolution failure', flags: Flag.DF })
    }
    if (config.save_upstream_address !== true) return
    const address = formatAddress({ address: ip, port: portOf(host) ?? port })
    const { info } = stream
    info.filterState ??= new Map()
    info.filterState.set(ADDRESS_STATE, { serialize: () => address })
  }
}

/** The port of an authority, if it has one. */
function portOf(authority: string): number | undefined {
  const match = /:(\d{1,5})$/.exec(authority)
  return match === null ? undefined : Number(match[1])
}

function rewriteHost(headers: RequestHeaders, route: PerRoute | undefined): void {
  if (route === undefined) return
  const { host_rewrite_literal: literal = '', host_rewrite_header: header = '' } = route
  const host = literal === '' ? headers.get(header.toLowerCase()) : wireText(literal)
  if (host !== undefined && host !== '') headers.authority = host
}

/** `envoy.filters.http.dynamic_forward_proxy`: has the host that a request names resolved, for a cluster of that kind. */
export const dynamicForwardProxy: HttpFilterDefinition<Config, PerRoute> = {
  name: 'envoy.filters.http.dynamic_forward_proxy',
  config: envoyMessage(
    'envoy.extensions.filters.http.dynamic_forward_proxy.v3.FilterConfig',
    dynamicForwardProxyHonours,
  ),
  routeConfig: envoyMessage(
    'envoy.extensions.filters.http.dynamic_forward_proxy.v3.PerRouteConfig',
    dynamicForwardProxyHonours,
  ),
  stability: 'stable',
  create: (config, context) => {
    const place = configPlace(config, context)
    const caches = context.clusters.dnsCaches
    if (config.dns_cache_config === undefined || caches === undefined) {
      place.error('missing-field', caches === undefined ? 'there are no DNS caches here' : 'dns_cache_config is needed')
      return () => ({})
    }
    const at = place.at('dns_cache_config', config.dns_cache_config)
    const report = (message: string): void => at.error('conflict', message)
    const cache = caches.obtain(config.dns_cache_config, report, (dispose) => context.onDispose(dispose))
    const shared: Shared = { config, cache, context }
    return () => new DynamicForwardProxyFilter(shared)
  },
}
