import type { DnsCacheClient } from '@nuncio/cluster'
import { envoyMessage, type Message } from '@nuncio/config'
import { formatAddress } from '@nuncio/core'
import { setTextState } from '@nuncio/filter-chain'
import type {
  NetworkConnection,
  NetworkFilter,
  NetworkFilterContext,
  NetworkFilterDefinition,
  NetworkFilterVerdict,
} from '@nuncio/listener'
import { configPlace } from '@nuncio/matching'
import type { HttpServices } from '../http-services/http-services.ts'
import { sniDynamicForwardProxyHonours } from './honours.ts'

type Config = Message<'envoy.extensions.filters.network.sni_dynamic_forward_proxy.v3.FilterConfig'>

const HOST_STATE = 'envoy.upstream.dynamic_host'
const PORT_STATE = 'envoy.upstream.dynamic_port'
const ADDRESS_STATE = 'envoy.stream.upstream_address'
const DEFAULT_PORT = 443

/** Holds a connection until the server name that its client asks for is resolved. */
class SniDynamicForwardProxy implements NetworkFilter {
  readonly #config: Config
  readonly #cache: DnsCacheClient | undefined

  constructor(config: Config, context: NetworkFilterContext<HttpServices>) {
    const { sources, runtime, path } = context
    const place = configPlace(config, { report: (problem) => context.report(problem), sources, runtime, path })
    const at = place.at('dns_cache_config', config.dns_cache_config)
    const caches = context.services.clusters.dnsCaches
    if (caches === undefined) at.error('unsupported', 'there are no DNS caches here')
    this.#config = config
    const report = (message: string): void => at.error('conflict', message)
    this.#cache = caches?.obtain(config.dns_cache_config ?? {}, report, (dispose) => context.onDispose(dispose))
  }

  onNewConnection(connection: NetworkConnection): void | NetworkFilterVerdict | Promise<NetworkFilterVerdict> {
    const { info } = connection
    const { serverName } = info
    if (serverName === '') return
    const given = info.filterState?.get(PORT_STATE)?.serialize()
    const port = given === undefined ? (this.#config.port_value ?? DEFAULT_PORT) : Number(given)
    let onLoaded: (() => void) | undefined
    const load = this.#cache?.load(serverName, port, () => onLoaded?.())
    if (load?.state === 'loaded') return this.#resolved(connection, port)
    if (load?.state !== 'pending') {
      info.terminationDetails = load?.state === 'overflow' ? 'dns_cache_overflow' : 'dns_cache_pending_overflow'
      return 'close'
    }
    return new Promise((resolve) => {
      const observer = {
        onConnectionClose: () => {
          load.cancel()
          resolve('close')
        },
      }
      onLoaded = () => {
        connection.unobserve(observer)
        resolve(this.#resolved(connection, port))
      }
      connection.observe(observer)
    })
  }

  /** Tells the cluster which host is meant. Without an address it has none, and says so. */
  #resolved(connection: NetworkConnection, port: number): NetworkFilterVerdict {
    const { serverName } = connection.info
    setTextState(connection.info, HOST_STATE, serverName)
    setTextState(connection.info, PORT_STATE, String(port))
    const ip = this.#cache?.addressOf(serverName, port)
    if (ip !== undefined && this.#config.save_upstream_address === true)
      setTextState(connection.info, ADDRESS_STATE, formatAddress({ address: ip, port }))
    return 'continue'
  }
}

/** `envoy.filters.network.sni_dynamic_forward_proxy`: has the server name that a TLS client asks for resolved. */
export const sniDynamicForwardProxy: NetworkFilterDefinition<Config, HttpServices> = {
  name: 'envoy.filters.network.sni_dynamic_forward_proxy',
  config: envoyMessage(
    'envoy.extensions.filters.network.sni_dynamic_forward_proxy.v3.FilterConfig',
    sniDynamicForwardProxyHonours,
  ),
  stability: 'alpha',
  terminal: false,
  create: (config, context) => new SniDynamicForwardProxy(config, context),
}
