import type { FormatEnvironment } from '@nuncio/access-log'
import type { MessageSchema } from '@nuncio/config'
import type { Logger, RandomGenerator, Runtime, StatsScope, TimeSource } from '@nuncio/core'
import type { ClusterClients } from '@nuncio/filter-chain'
import type { ConfigPlace } from '@nuncio/matching'
import type { Tracer } from '@nuncio/tracing'

/** A tracing provider that runs: it makes spans, and brings them to a collector. */
export interface TracingProvider {
  readonly tracer: Tracer
  /** Brings what is left to the collector, and waits a little for its answers. No span is taken after that. */
  close(): Promise<void>
}

/** The proxy that spans come from. */
export interface TracedProxy {
  readonly version: string
  /** `node.cluster`; '' = not named. */
  readonly cluster: string
  /** An IPv4 address of this machine. */
  readonly address: string
}

/** What a provider's configuration is given when it loads. */
export interface TracingProviderContext {
  readonly time: TimeSource
  readonly random: RandomGenerator
  readonly runtime: Runtime
  /** All of the server's statistics: providers are below `tracing.`. */
  readonly stats: StatsScope
  readonly logger: Logger
  readonly clusters: ClusterClients
  readonly environment: FormatEnvironment
  readonly proxy: TracedProxy
}

/** One kind of tracing provider, as a registry holds it. */
export interface TracingProviderDefinition<C = unknown> {
  /** `envoy.tracers.zipkin` */
  readonly name: string
  readonly config: MessageSchema<C>
  readonly stability: 'stable' | 'alpha' | 'wip'
  /** Undefined after reporting at `place`, that of the configuration, what is wrong. */
  create(config: C, place: ConfigPlace, context: TracingProviderContext): TracingProvider | undefined
}
