import { type FilterStateValue, formatAddress, type SocketAddress } from './stream-info.ts'

/** Key of the filter state that an upstream PROXY protocol transport socket reads. */
export const PROXY_PROTOCOL_STATE = 'envoy.network.proxy_protocol_options'

/** A type-length-value of a PROXY protocol header of version 2. */
export interface Tlv {
  readonly type: number
  readonly value: Uint8Array
}

/** Whom a connection is told to be from and for, upstream: what a PROXY protocol header said, or a filter made up. */
export class ProxyProtocolState implements FilterStateValue {
  readonly source: SocketAddress
  readonly destination: SocketAddress
  readonly tlvs: readonly Tlv[]

  constructor(source: SocketAddress, destination: SocketAddress, tlvs: readonly Tlv[]) {
    this.source = source
    this.destination = destination
    this.tlvs = tlvs
  }
  serialize(): string {
    return `${formatAddress(this.source)} ${formatAddress(this.destination)}`
  }
}
