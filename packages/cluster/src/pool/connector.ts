import type { RequestEncoder, ResponseDecoder, SocketAddress, TlsInfo, Tlv } from '@nuncio/core'
import type { Host } from '../contracts/host.ts'

/** Why a connection could not be made, and on whose side. */
export interface DialFailure {
  /** `local`: this machine could not even try. */
  readonly side: 'local' | 'remote'
  /** As `%UPSTREAM_TRANSPORT_FAILURE_REASON%` prints it, before blanks become `_`. */
  readonly details: string
}

/** What one request asks of a connection beyond the cluster's configuration. Connections of unlike keys are not shared. */
export interface TransportOptions {
  readonly key: string
  /** SNI; '' = as configured. */
  readonly serverName: string
  /** Names of which the peer's certificate must have one (`auto_san_validation`); empty = none asked. */
  readonly verifyNames: readonly string[]
  /** The downstream connection, for the PROXY protocol; undefined = there is none (health checks). */
  readonly downstream: ProxiedConnection | undefined
}

/** Whom a host is told that a connection is from and for. */
export interface ProxiedConnection {
  readonly source: SocketAddress
  readonly destination: SocketAddress
  readonly tlvs: readonly Tlv[]
}

/** A connection that carries requests, as its pool sees it. */
export interface StreamConnection {
  readonly protocol: 'HTTP/1.1' | 'HTTP/2'
  readonly local: SocketAddress | undefined
  /** As `UpstreamConnection` has it. */
  readonly remote?: SocketAddress | undefined
  readonly tls: TlsInfo | undefined
  /** Streams that it can carry at a time; later changes come as `onMaxStreams`. */
  readonly maxStreams: number
  /** Bytes on the wire so far, heads and framing included (inside TLS). */
  readonly wireReceived: number
  readonly wireSent: number
  /** Bytes that came and nobody has read yet, and bytes that were written and the kernel has not taken yet. */
  readonly unread: number
  readonly unwritten: number
  /** False once it is found dead, even if `onClosed` has not come yet: no stream may begin then. */
  readonly usable: boolean
  /** Begins a stream. Called only while fewer than `maxStreams` are open and the connection is `usable`. */
  openStream(decoder: ResponseDecoder): RequestEncoder
  /** No stream is left on it: closes once what was written has gone out. `onClosed` comes, perhaps before this returns. */
  close(): void
  /** Closes it at once, as `close`; streams that are still open are reset. */
  destroy(): void
}

/** Told what becomes of a connection: first one of `onConnected` and `onConnectFailed`, at the end `onClosed`. */
export interface ConnectionUser {
  onConnected(connection: StreamConnection): void
  /** There will be no connection. Nothing follows. */
  onConnectFailed(failure: DialFailure): void
  /** A stream is over in both directions, or was reset. Not called for streams that end by `onClosed`. */
  onStreamEnd(): void
  onMaxStreams(streams: number): void
  /** No new streams: the peer said goodbye (`connection: close`, GOAWAY). */
  onGoodbye(): void
  /** No new streams: it has become something else, such as a tunnel. */
  onUsedUp(): void
  /** The peer broke the protocol; the close follows. */
  onProtocolError(): void
  /** The connection is gone; streams that were open are reset after this returns. `reset`: each of them was ended apart. */
  onClosed(by: 'local' | 'remote', reset?: boolean): void
}

/** An attempt to connect. */
export interface Connecting {
  /** Gives up; the user is told nothing more. */
  cancel(): void
}

/** Makes connections of one kind to hosts of one cluster. */
export interface Connector {
  /** What will be spoken; undefined = the handshake decides (ALPN). */
  readonly protocol: 'HTTP/1.1' | 'HTTP/2' | undefined
  /** Streams to count on for a connection that is still being made. */
  readonly expectedStreams: number
  /** The user may be told before this returns. */
  connect(host: Host, options: TransportOptions | undefined, user: ConnectionUser): Connecting
}
