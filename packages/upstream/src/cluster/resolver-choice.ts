import { getServers } from 'node:dns'
import { isMessage, type Message } from '@nuncio/config'
import type { RandomGenerator, StatsScope, TimeSource } from '@nuncio/core'
import type { ConfigPlace } from '@nuncio/matching'
import type { DnsResolver } from '../dns/dns-resolver.ts'
import { NodeResolver, type NodeResolverOptions } from '../dns/node-resolver.ts'
import { NO_SEARCH } from '../dns/search-list.ts'

type Address = Message<'envoy.config.core.v3.Address'>
type CaresConfig = Message<typeof CARES>

/** The DNS settings that clusters, DNS caches and the bootstrap have in common. */
export interface DnsSettings {
  readonly typed_dns_resolver_config?: Message<'envoy.config.core.v3.TypedExtensionConfig'>
  readonly dns_resolution_config?: Message<'envoy.config.core.v3.DnsResolutionConfig'>
  readonly dns_resolvers?: readonly Address[]
  readonly use_tcp_for_dns_lookups?: boolean
}

/** What resolvers are made with. */
export interface ResolverParts {
  readonly time: TimeSource
  readonly random: RandomGenerator
  readonly stats: StatsScope
}

const CARES = 'envoy.extensions.network.dns_resolver.cares.v3.CaresDnsResolverConfig'
const GETADDRINFO = 'envoy.extensions.network.dns_resolver.getaddrinfo.v3.GetAddrInfoDnsResolverConfig'

/** Resolvers by what they ask: clusters with the same settings share one. */
export class ResolverChoice {
  readonly #given: DnsResolver | undefined
  readonly #bootstrap: DnsSettings
  readonly #parts: ResolverParts
  readonly #made = new Map<string, DnsResolver>()

  /** `given` stands in for all; `bootstrap` holds for those that say nothing themselves. */
  constructor(given: DnsResolver | undefined, bootstrap: DnsSettings, parts: ResolverParts) {
    this.#given = given
    this.#bootstrap = bootstrap
    this.#parts = parts
  }

  forCluster(settings: DnsSettings, place: ConfigPlace): DnsResolver {
    const config = read(settings, place) ?? read(this.#bootstrap, place) ?? {}
    if (this.#given !== undefined) return this.#given
    const key = JSON.stringify(config)
    let resolver = this.#made.get(key)
    if (resolver === undefined) {
      resolver = new NodeResolver(resolverOptions(config, this.#parts))
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

/** The options of a resolver in the spelling that holds all of them; undefined when nothing is said. */
function read(settings: DnsSettings, place: ConfigPlace): CaresConfig | undefined {
  const typed = settings.typed_dns_resolver_config?.typed_config
  if (isMessage(typed, CARES)) return checked(typed, place.at('typed_dns_resolver_config'))
  if (isMessage(typed, GETADDRINFO)) {
    // It asks the machine, as ours does without servers of its own.
    return typed.num_retries === undefined ? {} : { query_tries: typed.num_retries + 1 }
  }
  if (typed !== undefined) {
    place.at('typed_dns_resolver_config').error('wrong-type', `${typed['@type']} is no resolver`, `there is ${CARES}`)
    return {}
  }
  const older = settings.dns_resolution_config
  if (older !== undefined) return checked(older, place.at('dns_resolution_config'))
  const { dns_resolvers: resolvers, use_tcp_for_dns_lookups: overTcp } = settings
  if (resolvers === undefined && overTcp !== true) return undefined
  const config = { resolvers: resolvers ?? [], dns_resolver_options: { use_tcp_for_dns_lookups: overTcp ?? false } }
  return checked(config, place.at('dns_resolvers'))
}

function checked(config: CaresConfig, place: ConfigPlace): CaresConfig {
  for (const { socket_address: address } of config.resolvers ?? []) {
    if (address?.address === undefined) place.error('bad-value', 'a DNS server needs a socket address')
  }
  return config
}

function resolverOptions(config: CaresConfig, { time, random, stats }: ResolverParts): NodeResolverOptions {
  const { use_tcp_for_dns_lookups: overTcp, no_default_search_domain: noSearch } = config.dns_resolver_options ?? {}
  return {
    servers: config.use_resolvers_as_fallback === true && knowsServers() ? [] : serversOf(config),
    stats,
    ...(config.query_timeout_seconds !== undefined && { timeoutMs: config.query_timeout_seconds * 1000 }),
    ...(config.query_tries !== undefined && { tries: config.query_tries }),
    ...(noSearch === true && { search: NO_SEARCH }),
    overTcp: overTcp === true ? { time, random } : undefined,
    rotate: config.rotate_nameservers === true ? { random } : undefined,
    renew: {
      questions: config.udp_max_queries ?? 0,
      ageMs: config.max_udp_channel_duration ?? 0,
      onTimeout: config.reinit_channel_on_timeout ?? false,
      time,
    },
    onlyRoutable: config.filter_unroutable_families,
  }
}

function serversOf({ resolvers = [] }: CaresConfig): readonly string[] {
  return resolvers.flatMap((entry) => {
    const { address, port_value: port = 53 } = entry.socket_address ?? {}
    if (address === undefined) return []
    return [address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`]
  })
}

/** Whether the machine names a DNS server; c-ares asks the loopback address when it does not. */
function knowsServers(): boolean {
  const servers = getServers()
  return servers.length > 1 || (servers.length === 1 && servers[0] !== '127.0.0.1')
}
