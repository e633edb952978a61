import type { Message } from '@nuncio/config'
import type { HeaderMap, RequestEncoder, ResetReason, ResponseDecoder, SocketAddress, TlsInfo } from '@nuncio/core'
import type { CircuitBreaker } from '../circuit-breaker/circuit-breaker.ts'
import type { ClusterInfo } from './cluster-info.ts'
import type { Host, PrioritySet } from './host.ts'
import type { LoadBalancer, LoadBalancerContext, LoadBalancerExplanation } from './load-balancer.ts'

/** Why a pool could give no stream. */
export type PoolFailure = Extract<
  ResetReason,
  'overflow' | 'local connection failure' | 'remote connection failure' | 'connection timeout'
>

/** What a router is told of the connection that carries its stream. */
export interface UpstreamConnection {
  readonly id: number
  readonly local: SocketAddress | undefined
  /** Where it goes to, where that is not the host's own address: to a proxy, or to another of its addresses. */
  readonly remote?: SocketAddress | undefined
  /** '' for bytes that are none of either. */
  readonly protocol: 'HTTP/1.1' | 'HTTP/2' | ''
  readonly tls: TlsInfo | undefined
  /** Streams that this connection carried before; a failure on a reused one may be a race with its closing. */
  readonly streamsBefore: number
  /** When it was begun, monotonic ms. */
  readonly startedMs?: number | undefined
  /** When its TLS handshake was over, monotonic ms; undefined: there was none. */
  readonly handshakeEndMs?: number | undefined
}

/** The user of a pool: asks for a stream and then receives the response on it. */
export interface UpstreamCallbacks extends ResponseDecoder {
  /** The stream is there, perhaps before `newStream` returned. */
  onPoolReady(encoder: RequestEncoder, host: Host, connection: UpstreamConnection): void
  /**
   * There will be no stream. `details` is the transport's own word, for `%UPSTREAM_TRANSPORT_FAILURE_REASON%`. No `host`: the
   * request was refused before any connection of it was asked for, since too many wait.
   */
  onPoolFailure(reason: PoolFailure, host: Host | undefined, details: string): void
}

/** A wish that has not been fulfilled yet. */
export interface PendingStream {
  cancel(): void
}

/** Connections to one host in one protocol. */
export interface UpstreamPool {
  /** Undefined when the answer was given at once. */
  newStream(callbacks: UpstreamCallbacks): PendingStream | undefined
}

/** `DEFAULT` or `HIGH`: which circuit breakers and pools a route uses. */
export type RoutingPriority = 0 | 1

/** A living cluster, as the router filter sees it. */
export interface Cluster {
  readonly info: ClusterInfo
  readonly priorities: PrioritySet
  readonly loadBalancer: LoadBalancer
  readonly breakers: readonly [CircuitBreaker, CircuitBreaker]
  /** The share of requests that discovery wants refused, 0 to 1 (`drop_overloads`); absent = 0. */
  readonly dropOverload?: number
  /** The zone that this proxy runs in; absent or '': not known. */
  readonly ownZone?: string
  /** Picks a host, retries against `context.rejects` included. */
  chooseHost(context: LoadBalancerContext): Host | undefined
  /**
   * The pool for requests to a host; `downstream` matters for `use_downstream_protocol_config`. `context` is what the
   * host was chosen with: connections may depend on it (`auto_sni`, PROXY protocol).
   */
  httpPool(host: Host, priority: RoutingPriority, downstream: string, context?: LoadBalancerContext): UpstreamPool
  /** Raw connections to a host, for filters that pipe bytes; absent where there are no sockets. */
  tcpPool?(host: Host, priority: RoutingPriority, context?: LoadBalancerContext): TcpPool
  /** Tells outlier detection, host statistics and learning balancers how a request ended. */
  reportOutcome(host: Host, outcome: Outcome): void
  /**
   * Tells balancers that learn what a host says of its load in a response's headers or trailers; false: it says nothing
   * there, or nobody wants to know.
   */
  reportLoad?(host: Host, headers: HeaderMap): boolean
  /** A response of this host said `x-envoy-immediate-health-check-fail`. Absent where hosts are not checked. */
  failHostImmediately?(host: Host): void
  /** The story of a pick that is not made. Absent or undefined: there is none to tell. */
  explain?(context: LoadBalancerContext): LoadBalancerExplanation | undefined
  /** Picks that were remembered, the newest first. */
  recentPicks?(): readonly LoggedPick[]
}

/** One pick that was made for a request. */
export interface LoggedPick {
  /** Wall clock, ms. */
  readonly atMs: number
  /** `x-request-id`, '' when there is none. */
  readonly requestId: string
  /** 0 on the first try. */
  readonly attempt: number
  /** What was known right before the pick. Its `chosen` is undefined where chance decided. */
  readonly explanation: LoadBalancerExplanation
  /** Hosts beyond those in the explanation. */
  readonly moreHosts: number
  /** The host that it came to. */
  readonly chosen: string | undefined
}

/** Makes raw connections to one host: each is for one user, who ends it. */
export interface TcpPool {
  /** Undefined when the answer was given at once. */
  newConnection(callbacks: TcpPoolCallbacks): PendingStream | undefined
}

/** The user of a raw connection. */
export interface TcpPoolCallbacks {
  /** It takes the bytes from `TcpConnection.reader`, where there is one; others listen to the socket. */
  readonly takesRawReads?: boolean
  /**
   * The connection is there, handshake and all. `socket` is the platform's own (in Node a `net.Socket` with
   * `allowHalfOpen`, paused); from now on it is the caller's, who must end or destroy it.
   */
  onPoolReady(socket: unknown, host: Host, connection: TcpConnection): void
  onPoolFailure(reason: PoolFailure, host: Host | undefined, details: string): void
}

/** What the user of a raw connection is told of it. */
export interface TcpConnection extends Pick<UpstreamConnection, 'id' | 'local' | 'remote' | 'tls'> {
  /** Gives the bytes in place of the socket's `'data'` events, where there is one; the socket is paused and resumed as usual. */
  readonly reader?: RawReader | undefined
}

/** Bytes of a connection, read into memory that is used again. */
export interface RawReader {
  /**
   * Once, before the socket is resumed. A chunk is lent: valid until `take` returns, unless it answers `kept` (then it is
   * the taker's), or `pause` (then it stays valid, and nothing more comes, until the socket is resumed).
   */
  start(take: (chunk: Uint8Array) => 'done' | 'kept' | 'pause'): void
}

/** How one try at one host ended. Status 0: there was no response, see `reset`. */
export interface Outcome {
  readonly status: number
  readonly reset: ResetReason | 'timeout' | undefined
  /** From sending to the response's head, or -1. */
  readonly latencyMs: number
  /** gRPC status from headers or trailers, -1 when none. */
  readonly grpcStatus: number
  /** The response said `x-envoy-degraded`; absent = it did not. */
  readonly degraded?: boolean
  /** It tells of a connection for bytes of any kind: no request succeeded or failed. */
  readonly raw?: boolean
}

/** The clusters of a server, by name. */
export interface ClusterManager {
  /** Undefined when there is no cluster of this name now. */
  get(name: string): Cluster | undefined
  /** The cluster that is made ready under this name while another configuration is; undefined for none. */
  coming?(name: string): Cluster | undefined
  /** DNS caches of dynamic forward proxies; absent where names are not resolved. */
  readonly dnsCaches?: DnsCaches
}

/** DNS caches by name: a dynamic forward proxy's cluster and filter use the same one. */
export interface DnsCaches {
  /**
   * The cache of this configuration, until what is given to `onDispose` is called; `report` hears of another one of the same
   * name that is configured otherwise.
   */
  obtain(
    config: Message<'envoy.extensions.common.dynamic_forward_proxy.v3.DnsCacheConfig'>,
    report: (message: string) => void,
    onDispose: (dispose: () => void) => void,
  ): DnsCacheClient
}

/** Host names that are resolved when a request asks for them. */
export interface DnsCacheClient {
  /**
   * Has a host resolved before its request goes on. `host` is an authority; `defaultPort` is for one without a port.
   * `onLoaded` is called only for a `pending` load.
   */
  load(host: string, defaultPort: number, onLoaded: () => void): DnsLoad
  /** Where a host that was loaded is; undefined: its name has no address. */
  addressOf(host: string, defaultPort: number): string | undefined
  /** Why a host that was loaded has no address, in the resolver's words; '' when it has one, or nobody knows. */
  failureOf(host: string, defaultPort: number): string
}

/** `loaded`: there is an answer. `pending`: it will come. `overflow`: too many hosts. `pending-overflow`: too many wait. */
export interface DnsLoad {
  readonly state: 'loaded' | 'pending' | 'overflow' | 'pending-overflow'
  /** The request is gone: `onLoaded` will not be called. */
  cancel(): void
}
