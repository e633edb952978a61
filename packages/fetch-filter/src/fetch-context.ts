import type { StatsScope, Logger } from '@nuncio/core'
import type { FilterContext, FilterStream } from '@nuncio/filter-chain'
import { fetchFromCluster } from './cluster-fetch.ts'

/** What a handler has beside the request. */
export interface HandlerContext<C, R = C> {
  readonly config: C
  /** The most specific configuration of the stream's route; undefined when there is none. */
  readonly routeConfig: R | undefined
  /** Dynamic metadata: what filters, routes' matchers and access logs share about a stream. */
  readonly metadata: Metadata
  readonly clusters: ClusterFetch
  /** `http.<stat_prefix>.` */
  readonly stats: StatsScope
  readonly logger: Logger
  /** The stream as filters see it, for what Fetch has no word for. */
  readonly stream: FilterStream
}

/** The dynamic metadata of a stream. */
export interface Metadata {
  /** The fields of a namespace. */
  get(namespace: string): Readonly<Record<string, unknown>> | undefined
  /** Merges fields into a namespace. */
  set(namespace: string, fields: Readonly<Record<string, unknown>>): void
}

/** Requests to clusters of the proxy's configuration. */
export interface ClusterFetch {
  /**
   * Sends a request to a cluster, with its balancing, circuit breakers and statistics, and reads the whole answer. A path
   * stands for a URL with the cluster's name as host. Ends with the stream, and belongs to its trace. Rejects with a
   * `SideCallError`.
   */
  fetch(cluster: string, request: Request | URL | string, init?: ClusterFetchInit): Promise<Response>
}

/** As of the standard `fetch`, and what limits the call. */
export interface ClusterFetchInit extends RequestInit {
  /** Until the answer is there; 5000 by default. */
  readonly timeoutMs?: number
  /** 1 MiB by default. */
  readonly maxResponseBytes?: number
}

/** The context of one stream. */
export class StreamContext<C, R> implements HandlerContext<C, R> {
  readonly config: C
  readonly stream: FilterStream
  readonly #filter: FilterContext<R>

  constructor(config: C, filter: FilterContext<R>, stream: FilterStream) {
    this.config = config
    this.stream = stream
    this.#filter = filter
  }

  get routeConfig(): R | undefined {
    return this.#filter.routeConfig(this.stream)
  }
  get stats(): StatsScope {
    return this.#filter.stats
  }
  get logger(): Logger {
    return this.#filter.logger
  }
  get metadata(): Metadata {
    const { info } = this.stream
    return {
      get: (namespace) => info.metadata?.get(namespace),
      set: (namespace, fields) => info.setMetadata(namespace, fields),
    }
  }
  get clusters(): ClusterFetch {
    const { stream } = this
    const { clusters } = this.#filter
    return { fetch: (cluster, request, init) => fetchFromCluster(clusters, stream, cluster, request, init) }
  }
}
