import type { CertificateRegistry, KeyLogFiles } from '@nuncio/tls'
import type { Message, Problem, Sources } from '@nuncio/config'
import type {
  Logger,
  OverloadState,
  RandomGenerator,
  Runtime,
  SocketAddress,
  StatsStore,
  StreamInfo,
  TimerWheel,
  TimeSource,
} from '@nuncio/core'
import type { ListenerRegistries, SecretResolver } from '../contracts.ts'
import type { InternalListeners } from '../internal/internal-listeners.ts'
import type { DrainStrategy } from './drain.ts'
import type { Listener } from './listener.ts'
import type { SocketSource } from './socket-source.ts'

/** What a living listener needs of the server around it. */
export interface ListenerContext<S = unknown> {
  readonly stats: StatsStore
  readonly time: TimeSource
  /** For the deadlines of connections; listeners of one server share it. */
  readonly wheel: TimerWheel
  readonly random: RandomGenerator
  readonly runtime: Runtime
  readonly logger: Logger
  readonly registries: ListenerRegistries<S>
  /** Handed to network filters as it is. */
  readonly services: S
  readonly secrets: SecretResolver
  /** Told of the certificates in use; undefined: nobody asks. */
  readonly certificates?: CertificateRegistry | undefined
  /** Where key logs of TLS are written; without it they are refused. */
  readonly keyLogFiles?: KeyLogFiles | undefined
  /** Numbers for connections, unique in the server. */
  readonly nextConnectionId: () => number
  /** Limits across listeners; without it there are none. */
  readonly admission?: ConnectionAdmission
  /** What the overload manager decided; without it timeouts are as configured. */
  readonly overload?: OverloadState
  /** How connections of filter chains that go are asked to end; `gradual` unless it says otherwise. */
  readonly drainStrategy?: DrainStrategy
  /** Several workers bind the same addresses. A listener's `enable_reuse_port` goes before it. */
  readonly reusePort?: boolean
  /** Number of this worker, from 0; 0 where there is but one. */
  readonly worker?: number | undefined
  /** Where listening sockets come from; without it listeners bind their own. */
  readonly sockets?: SocketSource | undefined
  /** Where internal listeners are reached; without it they cannot listen. */
  readonly internal?: InternalListeners
  /** For `use_original_dst`: the listener for the address that a connection was meant for. */
  readonly listenerFor?: (local: SocketAddress) => Listener<S> | undefined
  /** Makes the access logs of a listener; without it they are refused. */
  readonly accessLog?: (
    config: readonly Message<'envoy.config.accesslog.v3.AccessLog'>[],
    options: { readonly sources: Sources | undefined; readonly path: string; report(problem: Problem): void },
  ) => ConnectionLog
}

/** Where the connections of a listener are written down. */
export interface ConnectionLog {
  /** Of a connection that is over. */
  log(info: StreamInfo): void
  /** Nothing more comes; twice does nothing more. */
  close(): void
}

/** `overflow`: too many connections in the server. `overload`: the overload manager or a load shed point says no. */
export type AdmissionVerdict = 'admit' | 'overflow' | 'overload'

/** Decides about each new connection across all listeners, and hears when it is over. */
export interface ConnectionAdmission {
  /**
   * `ignoresLimit`: the listener does not count against the global limit; `bypasses`: nor is it turned away by overload.
   * Every `admit` is followed by one `release`.
   */
  admit(ignoresLimit: boolean, bypasses?: boolean): AdmissionVerdict
  release(ignoresLimit: boolean): void
}
