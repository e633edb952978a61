import type { TransportOptions } from '@nuncio/cluster'
import type { Socket } from 'node:net'
import type { TlsClient } from '@nuncio/tls'

/**
 * How bytes get to the hosts of a cluster, decided from a `transport_socket`: what is written first, and whether TLS
 * comes on top of it.
 */
export interface UpstreamTransport {
  /** As configured, for `/clusters` and messages: `envoy.transport_sockets.tls`. */
  readonly name: string
  /** What is exchanged on the bare connection before anything else; undefined = nothing. */
  readonly preamble: Preamble | undefined
  readonly tls: TlsClient | undefined
  /** Bits of `RequestFact`: what of a request its connection depends on, so that pools are kept apart by it. */
  readonly requestFacts: number
  /** Stops what keeps it current, such as subscriptions to secrets. Open connections go on. */
  dispose(): void
}

/** The first words on a connection, below TLS. */
export interface Preamble {
  /**
   * Writes, and perhaps reads, on a connected socket whose handlers are not yet its user's; calls `done` once, with
   * what went wrong or ''. Leaves no handler behind.
   */
  run(socket: Socket, options: TransportOptions | undefined, done: (failure: string) => void): void
}

/** What a connection may depend on of the request that it is made for. */
export const RequestFact = {
  /** SNI is the host that the request is for. */
  serverName: 1,
  /** The certificate must be for the host that the request is for. */
  verifyName: 2,
  /** The downstream connection's addresses are told to the host. */
  downstreamAddresses: 4,
  /** Connections are not shared between downstream connections. */
  downstreamConnection: 8,
  /** TLVs that the host is told, too. */
  tlvs: 16,
} as const
