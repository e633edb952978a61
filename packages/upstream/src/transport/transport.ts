import type { Host, TransportOptions } from '@nuncio/cluster'
import type { Socket } from 'node:net'
import type { ClientTarget, TlsClient } from '@nuncio/tls'
import type { DialAddress } from './dial/address-order.ts'

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
  /** Where connections go to instead of the host, unless the host names a proxy itself. */
  readonly proxyAddress?: DialAddress | undefined
  /** Bits of `RequestFact`: what of a request its connection depends on, so that pools are kept apart by it. */
  readonly requestFacts: number
  /** Stops what keeps it current, such as subscriptions to secrets. Open connections go on. */
  dispose(): void
}

/** The host that a connection is for, as the layers on it know it. */
export type DialTarget = ClientTarget & Pick<Host, 'port' | 'proxyAddress'>

/** What the first words on a connection may depend on. */
export interface PreambleFacts {
  readonly target: DialTarget
  readonly options: TransportOptions | undefined
}

/** The first words on a connection, below TLS. */
export interface Preamble {
  /**
   * Writes, and perhaps reads, on a connected socket whose handlers are not yet its user's; calls `done` once, with
   * what went wrong or ''. Leaves no handler behind, and what it read too much to be read again.
   */
  run(socket: Socket, facts: PreambleFacts, done: (failure: string) => void): void
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
