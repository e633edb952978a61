import type { Message } from '@nuncio/config'
import type { StatsStore } from '@nuncio/core'
import { type GrpcMethodStats, serviceAndMethod } from '../grpc/method-stats.ts'
import { GrpcMethods } from '../grpc/methods.ts'

type Config = Message<'envoy.extensions.filters.http.grpc_stats.v3.FilterConfig'>

/** Finds the statistics of a call: those of its method, where methods are told apart, or of its cluster. */
export class MethodStatistics {
  readonly #methods: GrpcMethods
  /** Apart, so that methods beyond their limit still count here. */
  readonly #clusters: GrpcMethods
  readonly #all: boolean
  /** `service.method` of those that are told apart; undefined = no list. */
  readonly #listed: ReadonlySet<string> | undefined
  readonly #replacesDots: boolean

  constructor(config: Config, store: StatsStore) {
    this.#methods = new GrpcMethods(store, 'grpc')
    this.#clusters = new GrpcMethods(store, 'grpc')
    this.#all = config.stats_for_all_methods === true
    const services = config.individual_method_stats_allowlist?.services
    this.#listed =
      services &&
      new Set(
        services.flatMap(({ name = '', method_names: methods = [] }) => methods.map((method) => `${name}.${method}`)),
      )
    this.#replacesDots = config.replace_dots_in_grpc_service_name === true
  }

  /** Undefined for a path that is no call. */
  of(cluster: string, path: string): GrpcMethodStats | undefined {
    const call = serviceAndMethod(path)
    if (call === undefined) return undefined
    const { service, method } = call
    const apart = this.#all || this.#listed?.has(`${service}.${method}`) === true
    const named = this.#all && this.#replacesDots ? service.replaceAll('.', '_') : service
    return (apart ? this.#methods.of(cluster, `${named}.${method}.`) : undefined) ?? this.#clusters.of(cluster, '')
  }
}
