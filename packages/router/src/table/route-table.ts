import type { Message, Position, Sources } from '@nuncio/config'
import type { RequestHeaders, StreamInfo } from '@nuncio/core'
import type { Explanation, PlacedFilterConfig, Route, RouteOutcome, RouteTable } from '../contracts.ts'
import { explain } from '../explain/explain.ts'
import { outcomeOf } from '../explain/outcome.ts'
import { portStart } from '../headers/authority.ts'
import { allFilterConfigs } from '../per-filter-config/all-filter-configs.ts'
import type { HttpOptionsOf, RouteTableOptions } from '../options.ts'
import { RouteRequest } from '../match/route-request.ts'
import type { Domain, HostTable } from './host-table.ts'
import type { CompiledVirtualHost } from './virtual-host.ts'

/** A route configuration, ready to be asked. */
export class CompiledRouteTable implements RouteTable {
  readonly config: Message<'envoy.config.route.v3.RouteConfiguration'>
  readonly virtualHosts: readonly CompiledVirtualHost[]
  readonly internalOnlyHeaders: readonly string[]
  readonly hosts: HostTable
  readonly httpOptionsOf: HttpOptionsOf
  readonly #sources: Sources | undefined
  readonly #request = new RouteRequest()
  readonly #ignorePort: boolean
  readonly #ignoreParameters: boolean
  readonly #hostHeader: string

  constructor(
    config: Message<'envoy.config.route.v3.RouteConfiguration'>,
    virtualHosts: readonly CompiledVirtualHost[],
    hosts: HostTable,
    { sources, httpOptionsOf }: Pick<RouteTableOptions, 'sources' | 'httpOptionsOf'>,
  ) {
    this.config = config
    this.virtualHosts = virtualHosts
    this.hosts = hosts
    this.#sources = sources
    this.httpOptionsOf = httpOptionsOf ?? (() => undefined)
    this.internalOnlyHeaders = (config.internal_only_headers ?? []).map((name) => name.toLowerCase())
    this.#ignorePort = config.ignore_port_in_host_matching === true
    this.#ignoreParameters = config.ignore_path_parameters_in_path_matching === true
    this.#hostHeader = (config.vhost_header ?? '').toLowerCase()
  }

  /** Where a message of the configuration, or a field of it, was written. */
  positionOf(node: object, field?: string | number): Position | undefined {
    return this.#sources?.positionOf(node, field) ?? (field === undefined ? undefined : this.#sources?.positionOf(node))
  }

  get name(): string {
    return this.config.name ?? ''
  }

  route(headers: RequestHeaders, info: StreamInfo | undefined, random: number | bigint): Route | undefined {
    const domain = this.findDomain(headers)
    return domain?.virtualHost.route(this.requestOf(headers, info, random))
  }

  filterConfigs(): readonly PlacedFilterConfig[] {
    return allFilterConfigs(this.config, this.virtualHosts)
  }

  explain(headers: RequestHeaders, info: StreamInfo | undefined, random: number | bigint): Explanation {
    return explain(this, headers, info, random)
  }

  explainRoute(route: Route, headers: RequestHeaders, info: StreamInfo | undefined, cluster: string): RouteOutcome {
    return outcomeOf(this, route, headers, info, cluster)
  }

  virtualCluster(route: Route, headers: RequestHeaders): string {
    return (route.virtualHost as CompiledVirtualHost).virtualCluster(headers)
  }

  /** What virtual hosts are looked up by: the host, without its port when that is to be ignored; undefined for none. */
  hostOf(headers: RequestHeaders): string | undefined {
    const written =
      this.#hostHeader === '' || this.#hostHeader === ':authority' || this.#hostHeader === 'host'
        ? headers.authority
        : headers.get(this.#hostHeader)
    if (written === undefined || (written === '' && this.#hostHeader === '')) return undefined
    if (!this.#ignorePort) return written
    const port = portStart(written)
    return port < 0 ? written : written.slice(0, port)
  }

  findDomain(headers: RequestHeaders): Domain | undefined {
    return this.hosts.find(this.hostOf(headers))
  }

  /** The request as predicates see it; valid until the next look-up. */
  requestOf(headers: RequestHeaders, info: StreamInfo | undefined, random: number | bigint): RouteRequest {
    this.#request.fill(headers, info, random, this.#ignoreParameters)
    return this.#request
  }
}
