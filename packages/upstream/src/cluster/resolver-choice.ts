import { isMessage, type Message } from '@nuncio/config'
import type { StatsScope } from '@nuncio/core'
import type { ConfigPlace } from '@nuncio/matching'
import type { DnsResolver } from '../dns/dns-resolver.ts'
import { NodeResolver } from '../dns/node-resolver.ts'
import { NO_SEARCH } from '../dns/search-list.ts'

type Address = Message<'envoy.config.core.v3.Address'>
type Options = Message<'envoy.config.core.v3.DnsResolverOptions'>

/** The DNS settings that clusters, DNS caches and the bootstrap have in common. */
export interface DnsSettings {
  readonly typed_dns_resolver_config?: Message<'envoy.config.core.v3.TypedExtensionConfig'>
  readonly dns_resolution_config?: Message<'envoy.config.core.v3.DnsResolutionConfig'>
  readonly dns_resolvers?: readonly Address[]
}

const CARES = 'envoy.extensions.network.dns_resolver.cares.v3.CaresDnsResolverConfig'

/** Resolvers by what they ask: clusters with the same servers share one. */
export class ResolverChoice {
  readonly #given: DnsResolver | undefined
  readonly #bootstrap: DnsSettings
  readonly #stats: StatsScope
  readonly #made = new Map<string, DnsResolver>()

  /** `given` stands in for all; `bootstrap` holds for those that say nothing themselves. */
  constructor(given: DnsResolver | undefined, bootstrap: DnsSettings, stats: StatsScope) {
    this.#given = given
    this.#bootstrap = bootstrap
    this.#stats = stats
  }

  forCluster(settings: DnsSettings, place: ConfigPlace): DnsResolver {
    if (this.#given !== undefined) return this.#given
    const own = read(settings, place) ?? read(this.#bootstrap, place) ?? { servers: [], search: true }
    const key = `${own.servers.join(' ')} ${own.search}`
    let resolver = this.#made.get(key)
    if (resolver === undefined) {
      resolver = new NodeResolver({
        servers: own.servers,
        stats: this.#stats,
        ...(!own.search && { search: NO_SEARCH }),
      })
      this.#made.set(key, resolver)
    }
    return resolver
  }

  /** Closes the resolvers that it made. */
  close(): void {
    for (const resolver of this.#made.values()) resolver.close()
    this.#made.clear()
  }
}

interface Chosen {
  readonly servers: readonly string[]
  readonly search: boolean
}

function read(settings: DnsSettings, place: ConfigPlace): Chosen | undefined {
  const typed = settings.typed_dns_resolver_config?.typed_config
  if (isMessage(typed, CARES))
    return chosen(typed.resolvers, typed.dns_resolver_options, place.at('typed_dns_resolver_config'))
  if (typed !== undefined) {
    // Other resolvers of Envoy ask the machine, as ours does without servers of its own.
    return { servers: [], search: true }
  }
  const config = settings.dns_resolution_config
  if (config !== undefined)
    return chosen(config.resolvers, config.dns_resolver_options, place.at('dns_resolution_config'))
  if (settings.dns_resolvers !== undefined) return chosen(settings.dns_resolvers, undefined, place.at('dns_resolvers'))
  return undefined
}

function chosen(addresses: readonly Address[] | undefined, options: Options | undefined, place: ConfigPlace): Chosen {
  const servers = (addresses ?? []).flatMap((entry) => {
    const { address, port_value: port = 53 } = entry.socket_address ?? {}
    if (address === undefined) {
      place.error('bad-value', 'a DNS server needs a socket address')
      return []
    }
    return [address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`]
  })
  return { servers, search: options?.no_default_search_domain !== true }
}
