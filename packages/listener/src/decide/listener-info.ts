import type { Message } from '@nuncio/config'
import type { KeepAlive } from '@nuncio/core'
import type {
  ListenerFacts,
  ListenerFilterDefinition,
  NetworkFilterDefinition,
  Resolved,
  TransportSocketDefinition,
} from '../contracts.ts'
import type { BindAddress } from './addresses.ts'

/** What was decided from a listener's configuration: frozen, replaced whole. */
export interface ListenerInfo<S = unknown> extends ListenerFacts {
  readonly config: Message<'envoy.config.listener.v3.Listener'>
  /** Where its configuration stands, for the paths of problems. */
  readonly path: string
  /** Reached from clusters of this server alone, by its name: it has no addresses. */
  readonly internal: boolean
  /** The first is `address`, then `additional_addresses`. */
  readonly addresses: readonly BindAddress[]
  /** False: it owns no sockets, it is handed connections (`use_original_dst` of another listener). */
  readonly bindToPort: boolean
  /** Undefined: as the server has it (only with several workers). */
  readonly reusePort: boolean | undefined
  readonly backlog: number
  /** Of each address. */
  readonly keepAlive: readonly (KeepAlive | undefined)[]
  readonly useOriginalDst: boolean
  readonly drainType: 'DEFAULT' | 'MODIFY_ONLY'
  readonly ignoreGlobalConnectionLimit: boolean
  readonly listenerFilters: readonly ListenerFilterInfo[]
  /** 0 = without limit. */
  readonly listenerFiltersTimeoutMs: number
  readonly continueOnListenerFiltersTimeout: boolean
  readonly filterChains: readonly FilterChainInfo<S>[]
  readonly defaultFilterChain: FilterChainInfo<S> | undefined
}

/** A listener filter as it is configured. */
export interface ListenerFilterInfo extends Resolved<ListenerFilterDefinition> {
  readonly path: string
  readonly disabled: Message<'envoy.config.listener.v3.ListenerFilterChainMatchPredicate'> | undefined
}

/** A filter chain as it is configured; `S` is what its network filters get as services. */
export interface FilterChainInfo<S = unknown> {
  /** '' when it has none. */
  readonly name: string
  readonly path: string
  readonly config: Message<'envoy.config.listener.v3.FilterChain'>
  readonly match: Message<'envoy.config.listener.v3.FilterChainMatch'>
  readonly transportSocket: Resolved<TransportSocketDefinition> & { readonly path: string }
  /** For the handshake; 30 s when the configuration names none, 0 = none. */
  readonly transportSocketConnectTimeoutMs: number
  readonly filters: readonly NetworkFilterInfo<S>[]
}

/** A network filter as it is configured, and where. */
export interface NetworkFilterInfo<S = unknown> extends Resolved<NetworkFilterDefinition<unknown, S>> {
  readonly name: string
  readonly path: string
}
