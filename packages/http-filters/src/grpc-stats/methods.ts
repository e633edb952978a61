import type { Message } from '@nuncio/config'
import type { StatsStore } from '@nuncio/core'
import { GrpcMethodStats, serviceAndMethod } from '../grpc/method-stats.ts'

type Config = Message<'envoy.extensions.filters.http.grpc_stats.v3.FilterConfig'>

/** Finds the statistics of a call: those of its method, where methods are told apart, or of its cluster. */
export class MethodStatistics {
  readonly #store: StatsStore
  readonly #all: boolean
  /** `service.method` of those that are told apart; undefined = no list. */
  readonly #listed: ReadonlySet<string> | undefined
  readonly #replacesDots: boolean
  readonly #known = new Map<string, GrpcMethodStats>()

  constructor(config: Config, store: StatsStore) {
    this.#store = store
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
    const prefix = apart ? `${named}.${method}.` : ''
    const key = `${cluster}/${prefix}`
    let stats = this.#known.get(key)
    if (stats === undefined)
      this.#known.set(key, (stats = new GrpcMethodStats(this.#store.scope(`cluster.${cluster}.grpc.`), prefix)))
    return stats
  }
}
