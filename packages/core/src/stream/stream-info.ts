import { type BytesMeter, SummedBytes } from './bytes-meter.ts'
import type { Fate } from './fate.ts'
import { formatFlags } from './flags.ts'

/** An IP address and port, or a path for Unix sockets, or `envoy://listener/endpoint` for internal ones (port 0). */
export interface SocketAddress {
  readonly address: string
  readonly port: number
}

const INTERNAL = 'envoy://'

/** Where connections to internal listeners come from. */
export const INTERNAL_CLIENT = `${INTERNAL}internal_client_address/`

/** The address of an internal listener, as a certain endpoint (or '') reaches it. */
export function internalAddress(listener: string, endpointId: string): string {
  return `${INTERNAL}${listener}/${endpointId}`
}

/** What `internalAddress` put together; undefined for all other addresses. */
export function parseInternalAddress(
  address: string,
): { readonly listener: string; readonly endpointId: string } | undefined {
  if (!address.startsWith(INTERNAL)) return undefined
  const slash = address.indexOf('/', INTERNAL.length)
  return { listener: address.slice(INTERNAL.length, slash), endpointId: address.slice(slash + 1) }
}

/** Whether it is not an IP address: a Unix socket's path or name, or that of an internal listener. */
export function isNamedAddress(address: string): boolean {
  return address.startsWith('/') || address.startsWith('@') || address.startsWith(INTERNAL)
}

/** `10.0.0.1:80`, `[::1]:80`, the path, or `envoy://listener/endpoint`. */
export function formatAddress(address: SocketAddress): string {
  if (isNamedAddress(address.address)) return address.address
  return address.address.includes(':') ? `[${address.address}]:${address.port}` : `${address.address}:${address.port}`
}

/** What is known of a TLS session, on either side. */
export interface TlsInfo {
  readonly version: string
  readonly cipher: string
  /** The group of the key exchange as TLS names it, `X25519`; '' when it is not known. */
  readonly group: string
  readonly alpn: string
  readonly serverName: string
  readonly sessionId: string
  readonly peer: PeerCertificate | undefined
  /** `peer` and those above it, up to the authority that is trusted. */
  readonly peerChain: readonly PeerCertificate[]
  /** Whether the peer's certificate was checked against a trusted authority. */
  readonly peerValidated: boolean
  readonly local: PeerCertificate | undefined
}

/** What is told of a certificate: the peer's, one of its chain, or the proxy's own. */
export interface PeerCertificate {
  readonly subject: string
  readonly issuer: string
  readonly serial: string
  readonly sha256: string
  readonly sha1: string
  readonly uriSans: readonly string[]
  readonly dnsSans: readonly string[]
  readonly ipSans: readonly string[]
  readonly emailSans: readonly string[]
  readonly otherNameSans: readonly string[]
  /** PEM, URL-encoded as XFCC wants it; made on demand. */
  readonly urlEncodedPem: string
  readonly urlEncodedChain: string
  readonly validFromMs: number
  readonly validToMs: number
}

/** What is known of a downstream connection; one object for all its streams. */
export interface ConnectionInfo {
  readonly id: number
  /** The peer as the proxy trusts it: after PROXY protocol. */
  readonly remote: SocketAddress
  /** The peer of the socket itself. */
  readonly directRemote: SocketAddress
  readonly local: SocketAddress
  /** The local address of the socket itself, where it differs: before PROXY protocol or original destination. */
  readonly directLocal?: SocketAddress
  readonly tls: TlsInfo | undefined
  /** Server name from TLS (tls_inspector or the handshake), lower-case; '' when none. */
  readonly serverName: string
  /** Fingerprints of the client's TLS, where tls_inspector took them. */
  readonly ja3?: string
  readonly ja4?: string
  readonly listenerName: string
  readonly filterChainName: string
  /** Filter metadata of the listener and of the filter chain: namespace → fields. */
  readonly listenerMetadata?: FilterMetadata | undefined
  readonly filterChainMetadata?: FilterMetadata | undefined
  readonly startMs: number
  /** Undefined: there was no handshake. */
  readonly handshakeEndMs?: number | undefined
  terminationDetails: string
  /** Filter state with the life of the connection. */
  filterState: Map<string, FilterStateValue> | undefined
  /** Dynamic metadata that listener and network filters set. */
  metadata: Map<string, Record<string, unknown>> | undefined
}

/** A value in filter state: a text, or something with a text form and, for hash policies, bytes. */
export interface FilterStateValue {
  serialize(): string
  /** It as JSON has it, where that is more than its text; for `%FILTER_STATE(key:TYPED)%`. */
  typed?(): object
  /** One named part of it, for `%FILTER_STATE(key:FIELD:name)%`. */
  field?(name: string): string | number | undefined
}

/** The upstream host of a request, as logs see it; `Host` of @nuncio/cluster is one. */
export interface UpstreamHostInfo {
  /** `ip:port` or path. */
  readonly address: string
  readonly hostname: string
  /** Filter metadata: namespace → fields. */
  readonly metadata?: Readonly<Record<string, Readonly<Record<string, unknown>>>>
}

/** Filter metadata of something that was configured: namespace → fields. */
export type FilterMetadata = Readonly<Record<string, Readonly<Record<string, unknown>>>>

/** A message of any type. */
export interface TypedMetadata {
  readonly '@type': string
}

/** How a side of a connection ended, as far as the other side could see. */
export type CloseType = 'Normal' | 'LocalReset' | 'RemoteReset'

/** A try that was given up for another one. */
export interface EarlierTry {
  readonly host: UpstreamHostInfo
  /** 0: none came about. */
  readonly connectionId: number
}

/** An upstream connection, as a stream keeps it. */
export interface UpstreamConnectionInfo {
  readonly id: number
  readonly local: SocketAddress | undefined
  /** Undefined: the host's own address. */
  readonly remote?: SocketAddress | undefined
  readonly tls: TlsInfo | undefined
  /** When it was begun, monotonic ms. */
  readonly startedMs?: number | undefined
  /** When its TLS handshake was over, monotonic ms; undefined: there was none. */
  readonly handshakeEndMs?: number | undefined
}

/** The story of one stream, filled in on the way and read by access logs, stats and traces. Times are monotonic ms, -1 = never. */
export class StreamInfo {
  readonly connection: ConnectionInfo
  readonly startMs: number
  readonly startWallMs: number
  protocol: 'HTTP/1.0' | 'HTTP/1.1' | 'HTTP/2' | '' = ''
  /** The peer as forwarded headers name it, when they are trusted; else the connection's. */
  remote: SocketAddress
  requestId = ''
  /** Ids of the active span in hex; '' when the stream is not traced. */
  traceId = ''
  spanId = ''
  /** A health check that a filter recognised; access logs may leave it out. */
  healthCheck = false
  routeName = ''
  virtualHostName = ''
  virtualClusterName = ''
  upstreamCluster = ''
  /** `alt_stat_name` of the cluster where it has one, for `%UPSTREAM_CLUSTER%`; else ''. */
  upstreamClusterStatName = ''
  /** The port that was taken off the host of a CONNECT, `:443`, which the upstream is told again; empty for none. */
  connectPort = ''
  /** Filter metadata of the cluster, for formatters that ask for it. */
  upstreamClusterMetadata: Readonly<Record<string, Readonly<Record<string, unknown>>>> | undefined = undefined
  upstreamHost: UpstreamHostInfo | undefined = undefined
  upstreamLocal: SocketAddress | undefined = undefined
  /** Where the connection goes to, where that is not the host's own address: to a proxy, for one. */
  upstreamRemote: SocketAddress | undefined = undefined
  upstreamConnectionId = 0
  upstreamProtocol = ''
  upstreamTls: TlsInfo | undefined = undefined
  /** The scheme of what goes upstream is that of its transport: `https` over TLS, else `http`. */
  schemeMatchesUpstream = false
  upstreamTransportFailure = ''
  /** Tries before the present one, in order. */
  earlierTries: EarlierTry[] | undefined = undefined
  downstreamCloseType: CloseType = 'Normal'
  upstreamCloseType: CloseType = 'Normal'
  /** Why this proxy closed a connection by itself; '' when it did not. */
  downstreamLocalCloseReason = ''
  upstreamLocalCloseReason = ''
  /** Why there was no TLS with the client; '' when there was, or need not be. */
  downstreamTransportFailure = ''
  attempts = 0
  /** What the request costs its host while it runs, in units of whoever sets it (tokens, rows, …): see the score policy. */
  cost = 0
  /** Bits of `Flag`; set them with `setFlag`. */
  flags = 0
  /** What was set, and in which order, once there is more than one. */
  #flagOrder: number[] | undefined = undefined
  /** Envoy's response code details; undefined until known. An answer that says nothing of itself has empty ones. */
  details: string | undefined = undefined
  /** 0 until a response began. */
  status = 0
  /** How the request ended; undefined while it is not known yet. Whoever decides later may correct it. */
  fate: Fate | undefined = undefined
  /** Body bytes. */
  bytesReceived = 0
  bytesSent = 0
  /** What its codecs count; of all tries together on the upstream side. */
  downstreamBytes: BytesMeter | undefined = undefined
  upstreamBytes: BytesMeter | undefined = undefined
  lastDownstreamRxMs = -1
  firstDownstreamTxMs = -1
  lastDownstreamTxMs = -1
  /** The present try asked for a connection; its connection was begun, before it perhaps. */
  tryStartMs = -1
  upstreamConnectMs = -1
  upstreamHandshakeEndMs = -1
  firstUpstreamTxMs = -1
  lastUpstreamTxMs = -1
  firstUpstreamRxMs = -1
  firstUpstreamBodyMs = -1
  lastUpstreamRxMs = -1
  endMs = -1
  /** Dynamic metadata: namespace → fields. */
  metadata: Map<string, Record<string, unknown>> | undefined = undefined
  /** The same as messages: namespace → a message with its `@type`. */
  typedMetadata: Map<string, TypedMetadata> | undefined = undefined
  filterState: Map<string, FilterStateValue> | undefined = undefined
  /** The route that was taken, for formatters that ask for its metadata. */
  routeMetadata: Readonly<Record<string, unknown>> | undefined = undefined
  virtualHostMetadata: FilterMetadata | undefined = undefined

  constructor(connection: ConnectionInfo, startMs: number, startWallMs: number) {
    this.connection = connection
    this.remote = connection.remote
    this.startMs = startMs
    this.startWallMs = startWallMs
  }

  setFlag(bit: number): void {
    const fresh = bit & ~this.flags
    if (fresh === 0) return
    if (this.flags !== 0) (this.#flagOrder ??= [this.flags]).push(fresh)
    this.flags |= fresh
  }
  hasFlag(bit: number): boolean {
    return (this.flags & bit) !== 0
  }
  /** `URX,UF`: in the order in which they were set; `-` for none. */
  get flagsText(): string {
    return this.formatFlags(false)
  }
  /** As `flagsText`; `long` prints the full names. */
  formatFlags(long: boolean): string {
    return this.#flagOrder?.map((bits) => formatFlags(bits, long)).join(',') ?? formatFlags(this.flags, long)
  }

  /** It ends with a redirect that the proxy follows by itself; without a status it keeps the one it has. */
  redirected(status: number | undefined, nowMs: number): void {
    this.status = status ?? this.status
    this.details = this.fate = 'internal_redirect'
    this.endMs = nowMs
  }

  /** A connection was lent, or made. */
  connected(connection: UpstreamConnectionInfo): void {
    this.upstreamConnectionId = connection.id
    this.upstreamLocal = connection.local
    this.upstreamRemote = connection.remote
    this.upstreamTls = connection.tls
    this.upstreamConnectMs = connection.startedMs ?? -1
    this.upstreamHandshakeEndMs = connection.handshakeEndMs ?? -1
  }

  /** Another try takes the place of the present one. */
  tryAgain(): void {
    const { upstreamHost: host, upstreamConnectionId: connectionId } = this
    if (host !== undefined) (this.earlierTries ??= []).push({ host, connectionId })
    this.upstreamConnectionId = 0
  }

  /** A try moves bytes upstream from now on. */
  countUpstream(bytes: BytesMeter | undefined): void {
    if (bytes === undefined) return
    this.upstreamBytes = this.upstreamBytes === undefined ? bytes : new SummedBytes(this.upstreamBytes, bytes)
  }

  /**
   * Another request begins in the place of this one (an internal redirect): forgets how this one was answered and by
   * whom. What is known of the client, what filters left, and the route, which is the next one's already, stay.
   */
  recreate(): void {
    this.virtualClusterName = this.upstreamCluster = this.upstreamClusterStatName = this.connectPort = ''
    this.upstreamClusterMetadata = this.upstreamHost = this.upstreamTls = undefined
    this.upstreamLocal = this.upstreamRemote = undefined
    this.upstreamConnectionId = 0
    this.upstreamProtocol = this.upstreamTransportFailure = ''
    this.upstreamBytes = this.earlierTries = undefined
    this.tryStartMs = this.upstreamConnectMs = this.upstreamHandshakeEndMs = this.firstUpstreamBodyMs = -1
    this.firstUpstreamTxMs = this.lastUpstreamTxMs = this.firstUpstreamRxMs = this.lastUpstreamRxMs = this.endMs = -1
    this.attempts = this.cost = this.flags = this.status = 0
    this.#flagOrder = undefined
    this.details = undefined
    this.fate = undefined
  }

  /** Merges fields into a namespace of dynamic metadata; later values win. */
  setMetadata(namespace: string, fields: Readonly<Record<string, unknown>>): void {
    this.metadata ??= new Map()
    this.metadata.set(namespace, { ...this.metadata.get(namespace), ...fields })
  }
}
