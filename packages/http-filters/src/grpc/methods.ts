import type { StatsStore } from '@nuncio/core'
import { GrpcMethodStats } from './method-stats.ts'

/** So many methods of one filter have statistics of their own: paths are whatever clients make them. */
const MAX_METHODS = 1000

/** The statistics of gRPC methods below `cluster.<cluster>.<area>.`, made when a method is first called. */
export class GrpcMethods {
  readonly #store: StatsStore
  readonly #area: string
  readonly #known = new Map<string, GrpcMethodStats>()

  constructor(store: StatsStore, area: 'grpc' | 'grpc-web') {
    this.#store = store
    this.#area = area
  }

  /** `prefix` is '' or `service.method.`; undefined for one that comes when there are enough. */
  of(cluster: string, prefix: string): GrpcMethodStats | undefined {
    const key = `${cluster}/${prefix}`
    const known = this.#known.get(key)
    if (known !== undefined || this.#known.size >= MAX_METHODS) return known
    const stats = new GrpcMethodStats(this.#store.scope(`cluster.${cluster}.${this.#area}.`), prefix)
    this.#known.set(key, stats)
    return stats
  }
}
