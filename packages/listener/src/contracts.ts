import type { AnyMessage, Message, MessageSchema, Problem, Sources } from '@nuncio/config'
import type {
  ConnectionInfo,
  FilterStateValue,
  Logger,
  RandomGenerator,
  Runtime,
  SocketAddress,
  StatsScope,
  TimeSource,
  StreamInfo,
} from '@nuncio/core'
import type { ConfigPlace } from '@nuncio/matching'
import type { Socket } from 'node:net'
import type { ListenerStats } from './listener-stats.ts'
import type { CertificateRegistry, KeyLogFiles, SecretResolver } from '@nuncio/tls'

export type { SecretResolver }

// What meets at a listener: the accepted connection, the network filters that it is handed to, the listener filters
// that may look at its first bytes, and the transport sockets (TLS) that stand between the two.

/**
 * How a connection is closed.
 * - `flush`: what was written goes out, then both directions close; with a delay, at the latest when the peer has read
 *   nothing for that long.
 * - `flush-and-wait`: what was written and a FIN go out, then the peer has `delayMs` to close its side; bytes that it
 *   still sends are thrown away. This is what keeps an answer from being lost to a TCP reset (`delayed_close_timeout`).
 * - `now`: unsent bytes are dropped, the peer sees a FIN or a reset as the kernel has it.
 * - `reset`: the peer sees a TCP reset.
 */
export type CloseMode = 'flush' | 'flush-and-wait' | 'now' | 'reset'

/**
 * Told of a connection's turns. An object, not a closure: a per-connection object of a filter registers itself, and a
 * filter that serves all connections registers itself for each of them.
 */
export interface ConnectionObserver {
  /** The socket is gone; called exactly once, last of all. `connection.socket` must not be touched any more. */
  onConnectionClose?(connection: NetworkConnection): void
  /** The connection's listener or filter chain began to drain (at most once): send a GOAWAY, close when idle. */
  onConnectionDrain?(connection: NetworkConnection): void
  /**
   * The connection is over and is about to be written to the listener's access log: answers what is known of it, which is
   * `info` with more in it, or an info of its own.
   */
  describe?(info: StreamInfo): StreamInfo
  /** Statistics are about to be read: brings those up to date that follow the connection only now and then. */
  refreshStats?(): void
}

/**
 * An accepted downstream connection: after its listener filters, its filter chain match and its TLS handshake.
 *
 * The socket has `allowHalfOpen`: who takes it over answers `'end'` itself. It always carries an `'error'` handler of
 * the listener, so that nobody else needs one. Nothing was read from it beyond `initialData`.
 */
export interface NetworkConnection {
  /** A `tls.TLSSocket` when `info.tls` is there. Another object after `startSecureTransport`. */
  readonly socket: Socket
  /** Addresses, TLS, names, filter state and metadata; lives as long as anyone keeps it, also after the close. */
  readonly info: ConnectionInfo
  /** Statistics of the listener, and the scope (`listener.<address>.`) for more of them. */
  readonly stats: ListenerStats
  /** `per_connection_buffer_limit_bytes`; 1 MiB by default, 0 = without limit. */
  readonly bufferLimit: number
  /** Listener or filter chain is draining: take on no more than is under way. */
  readonly draining: boolean
  readonly closed: boolean
  /** The proxy closed it, or is closing it, by `close`. */
  readonly closedHere: boolean
  /**
   * Bytes that listener filters read and did not consume, undefined when none: they come before all that the socket
   * will give. Answers them once, then undefined.
   */
  takeInitialData(): Buffer | undefined
  /**
   * Whether to close this connection after the response at hand: false when not draining; while a gradual drain lasts
   * true with a probability that rises to 1 (one draw each time it is asked).
   */
  drainClose(): boolean
  /**
   * When what has no end of its own (a tunnel, a WebSocket) should be ended: Infinity when not draining, else the beginning
   * of an immediate drain, or a moment within a gradual one (one draw each time it is asked).
   */
  drainAt(): number
  /**
   * Closes it; more than once does nothing. `details` becomes `info.terminationDetails` unless one is set already.
   * `delayMs` is for the flushing modes; left out it is 1000 for `flush-and-wait` and none for `flush`.
   */
  close(mode: CloseMode, details?: string, delayMs?: number): void
  observe(observer: ConnectionObserver): void
  unobserve(observer: ConnectionObserver): void
  /** `info` with what observers know of the connection, for an access log. */
  describe(info: StreamInfo): StreamInfo
  /**
   * Downstream STARTTLS: puts TLS on a connection whose transport socket is `envoy.transport_sockets.starttls`, and
   * answers the socket to go on with; handlers must be off the old one. Settles to undefined when the handshake failed
   * (the connection is closed then) or the transport socket cannot.
   */
  startSecureTransport(): Promise<Socket | undefined>
}

/** `continue` goes on to the next filter, `close` ends the connection (set `info.terminationDetails` to say why). */
export type NetworkFilterVerdict = 'continue' | 'close'

/**
 * A network filter before the last: looks at a new connection and lets it pass or not. One object serves all
 * connections of a filter chain; nothing goes through it afterwards, so it costs nothing per byte.
 */
export interface NetworkFilter {
  /** Nothing answered means `continue`. While a promise is pending the connection is held and not read. */
  onNewConnection(connection: NetworkConnection): void | NetworkFilterVerdict | Promise<void | NetworkFilterVerdict>
}

/** The last network filter of a chain: it takes over the socket. One object serves all connections of a filter chain. */
export interface TerminalNetworkFilter {
  /**
   * Takes the connection. Synchronously: attach the handlers (or `pause()`) before returning, then use
   * `takeInitialData()`. May throw: the connection is reset, a counter and a log line tell.
   */
  accept(connection: NetworkConnection): void
  /** A filter before this one ended the connection, which is open still or not: it only may be logged. */
  onRefused?(connection: NetworkConnection): void
}

/** What a registry holds of a network filter. */
export type NetworkFilterDefinition<C = unknown, S = unknown> = {
  /** `envoy.filters.network.tcp_proxy` */
  readonly name: string
  readonly config: MessageSchema<C>
  readonly stability: 'stable' | 'alpha' | 'wip'
} & (
  | {
      readonly terminal: false
      /** Once for each configuration; the result serves all its connections. */
      create(config: C, context: NetworkFilterContext<S>): NetworkFilter
    }
  | {
      readonly terminal: true
      create(config: C, context: NetworkFilterContext<S>): TerminalNetworkFilter
      /**
       * Prepares another configuration for a filter that `create` made, so that its connections stay and go on under it.
       * Undefined when more differs than it can take over: the filter chain is made anew, and the connections drain.
       * `context.onDispose` is not called for it: what a configuration holds is the filter's to give back.
       */
      update?(filter: TerminalNetworkFilter, config: C, context: NetworkFilterContext<S>): PreparedUpdate | undefined
    }
)

/** Another configuration, made and not yet in use. One of the two is called, once; neither may fail. */
export interface PreparedUpdate {
  /** What begins from now on is under it. */
  commit(): void
  /** It will not be used. */
  discard(): void
}

/** What a filter's configuration is given when it loads. */
export interface NetworkFilterContext<S = unknown> {
  /** The filter's name in the chain. */
  readonly name: string
  /** All of the server's statistics: filters have prefixes of their own (`tcp.<stat_prefix>.`). */
  readonly stats: StatsScope
  readonly time: TimeSource
  readonly random: RandomGenerator
  readonly runtime: Runtime
  readonly logger: Logger
  /** What the composition root hands to all network filters: cluster manager, HTTP filter registry, platform, … */
  readonly services: S
  readonly sources: Sources | undefined
  readonly listener: ListenerFacts
  /** `''` for a chain without a name. */
  readonly filterChainName: string
  /** The filter's place in the configuration, for problems: `….filter_chains[0].filters[1].typed_config`. */
  readonly path: string
  /** Says something about the configuration; a problem of severity `error` keeps the listener from being used. */
  report(problem: Problem): void
  /** Delays the listener's first (or next) use until the promise settles, as for a route table yet to be fetched. */
  waitFor(ready: Promise<unknown>): void
  /** Called when the filter chain was removed and its last connection is over, or the listener closed. */
  onDispose(dispose: () => void): void
}

/** What is known of a listener to those that run in it. */
export interface ListenerFacts {
  readonly name: string
  readonly statPrefix: string
  readonly trafficDirection: 'UNSPECIFIED' | 'INBOUND' | 'OUTBOUND'
  readonly metadata: Message<'envoy.config.core.v3.Metadata'> | undefined
  readonly bufferLimit: number
  /** What the overload manager decides is not for its connections and their requests. */
  readonly bypassesOverload: boolean
  /** Where its configuration was written. */
  readonly sources: Sources | undefined
}

/**
 * What a listener filter answers: `continue` hands on, `close` ends the connection, a number asks to be called again
 * when at least that many unconsumed bytes are there (more than it was shown).
 */
export type ListenerFilterVerdict = 'continue' | 'close' | number

/**
 * A listener filter: may look at the first bytes of a connection, before its filter chain is chosen. One object serves
 * all connections of a listener; it keeps nothing between calls (`data` always begins with the first unconsumed byte).
 */
export interface ListenerFilter {
  /** The connection was accepted, or the filter before this one is done; no byte has been looked at by this filter. */
  onAccept(connection: PendingConnection): ListenerFilterVerdict
  /** All unconsumed bytes so far. Called only after a number was answered. Lent: copy what is kept. */
  onData?(data: Buffer, connection: PendingConnection): ListenerFilterVerdict
  /** The peer closed, or the time was up, while this filter waited for bytes: for counting. */
  onAbandon?(connection: PendingConnection, reason: 'remote-close' | 'timeout'): void
}

/** A connection while listener filters look at it: what they learn is written here. */
export interface PendingConnection {
  /** The peer of the socket itself. */
  readonly directRemote: SocketAddress
  /** May be replaced (PROXY protocol). */
  remote: SocketAddress
  local: SocketAddress
  /** `''` until a filter detects one: `tls`, `raw_buffer`. */
  detectedTransportProtocol: string
  /** Lower-case; '' = none. */
  serverName: string
  requestedApplicationProtocols: readonly string[]
  /** Fingerprints of the client's TLS; '' = none was taken. */
  ja3: string
  ja4: string
  filterState: Map<string, FilterStateValue> | undefined
  metadata: Map<string, Record<string, unknown>> | undefined
  terminationDetails: string
  /** Whether `local` is not where the socket was accepted (`use_original_dst`, PROXY protocol). */
  localAddressRestored: boolean
  /** Drops the first `bytes` unconsumed bytes: nobody after this filter sees them. */
  consume(bytes: number): void
}

/** What a registry holds of a listener filter. */
export interface ListenerFilterDefinition<C = unknown> {
  /** `envoy.filters.listener.tls_inspector` */
  readonly name: string
  readonly config: MessageSchema<C>
  readonly stability: 'stable' | 'alpha' | 'wip'
  /** Most unconsumed bytes that a filter of this configuration may ask for; a connection is closed beyond it. */
  maxBytes(config: C): number
  create(config: C, context: ListenerFilterContext): ListenerFilter
}

export interface ListenerFilterContext {
  /** All of the server's statistics. */
  readonly stats: StatsScope
  readonly listenerStats: ListenerStats
  readonly time: TimeSource
  readonly random: RandomGenerator
  readonly runtime: Runtime
  readonly logger: Logger
  readonly path: string
  report(problem: Problem): void
}

/** What a registry holds of a downstream transport socket. */
export interface TransportSocketDefinition<C = unknown> {
  /** `envoy.transport_sockets.tls` */
  readonly name: string
  readonly config: MessageSchema<C>
  readonly stability: 'stable' | 'alpha' | 'wip'
  /** Once for each filter chain. */
  create(config: C, context: TransportSocketContext): DownstreamTransport
}

export interface TransportSocketContext {
  /** `listener.<address>.`; `ssl.` and the like come below it. */
  readonly stats: StatsScope
  readonly time: TimeSource
  readonly logger: Logger
  /** Of its typed configuration: where problems are reported. */
  readonly place: ConfigPlace
  /** Tells the sessions of one filter chain from those of others. */
  readonly sessionScope: string
  readonly secrets: SecretResolver
  readonly certificates: CertificateRegistry | undefined
  readonly keyLogFiles: KeyLogFiles | undefined
  waitFor(ready: Promise<unknown>): void
}

/** A downstream transport socket of one filter chain. */
export interface DownstreamTransport {
  /** As `transport_protocol` of a filter chain match and `%TRANSPORT…%` call it. */
  readonly protocol: 'raw_buffer' | 'tls'
  /** No handshake: `secure` is not called and the connection goes straight to its network filters. */
  readonly direct: boolean
  /** Wraps an accepted socket; calls `handshake` exactly once, never before it returned. Never throws. */
  secure(socket: Socket, handshake: Handshake): Socket
  /** STARTTLS: whether a direct connection may call `secure` later. */
  readonly canStartSecure: boolean
  /** No new connections; those that are open keep what they need. */
  dispose(): void
}

/** Told how a handshake ended; the connection itself. */
export interface Handshake {
  readonly local: SocketAddress
  readonly remote: SocketAddress
  /** What tls_inspector found, when `detectedTransportProtocol` is `tls`; '' and empty otherwise. */
  readonly serverName: string
  readonly requestedApplicationProtocols: readonly string[]
  readonly detectedTransportProtocol: string
  onSecure(socket: Socket, tls: NonNullable<ConnectionInfo['tls']>): void
  /** `details` is for logs and `%DOWNSTREAM_TRANSPORT_FAILURE_REASON%`, never holds key material. */
  onHandshakeFailure(details: string): void
}

/** The definitions that a listener may use, by `name` and by the type of their configuration. */
export interface ListenerRegistries<S = unknown> {
  readonly networkFilters: readonly NetworkFilterDefinition<unknown, S>[]
  readonly listenerFilters: readonly ListenerFilterDefinition[]
  readonly transportSockets: readonly TransportSocketDefinition[]
}

/** A typed configuration and the definition that makes something of it. */
export interface Resolved<D> {
  readonly definition: D
  readonly config: AnyMessage
}
