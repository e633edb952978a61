import { appendForwardedFor, idOf, isNamedAddress, type RequestHeaderTable, type SocketAddress } from '@nuncio/core'
import { entryFromRight } from './forwarded-list.ts'
import type { InternalAddress } from './internal-address.ts'
import type { OriginalIp } from './original-ip.ts'

/** What the connection manager is told about proxies before and after it. */
export interface ForwardedPolicy {
  readonly useRemoteAddress: boolean
  readonly trustedHops: number
  readonly skipXffAppend: boolean
  readonly appendPort: boolean
  /** The peer's IPv4 address is written as an IPv6 one. */
  readonly mapsIpv4: boolean
  readonly isInternal: InternalAddress
  /** Told in place of a peer on the same machine, whose address means nothing elsewhere; '' = the peer's own is told. */
  readonly ownAddress: string
  /** Who the client is when `useRemoteAddress` is off. */
  readonly originalIp: OriginalIp
}

/** What was learnt of where a request comes from. */
export interface Origin {
  /** The client that is trusted: the peer, or an entry of x-forwarded-for. */
  remote: SocketAddress
  internal: boolean
  /** An external request at the edge: nothing it says of itself is believed. */
  edge: boolean
}

const XFF = idOf('x-forwarded-for')
const XFP = idOf('x-forwarded-proto')

/**
 * Reads and writes x-forwarded-for, -proto and -port as `use_remote_address` and its kin say. `peer` is the socket's
 * other end; `tls` whether the connection is; `listenerPort` where it came in. Answers a status when the request is to be
 * refused because nobody says who sent it, else 0.
 */
export function applyForwarded(
  headers: RequestHeaderTable,
  policy: ForwardedPolicy,
  peer: SocketAddress,
  tls: boolean,
  listenerPort: number,
  out: Origin,
): number {
  const scheme = tls ? 'https' : 'http'
  const hasXff = headers.findId(XFF, 0) >= 0 || (headers.added !== undefined && headers.has('x-forwarded-for'))
  if (policy.useRemoteAddress) {
    const xff = hasXff ? headers.getJoined('x-forwarded-for')! : ''
    out.remote = hasXff && policy.trustedHops > 0 ? (entryFromRight(xff, policy.trustedHops - 1) ?? peer) : peer
    out.internal = !hasXff && policy.isInternal(peer.address)
    out.edge = !out.internal
    if (!policy.skipXffAppend) appendPeer(headers, hasXff, policy, peer.address)
    if (policy.trustedHops === 0) setProto(headers, scheme)
    else addProto(headers, scheme)
  } else {
    const { originalIp } = policy
    const status = originalIp.detect(headers, peer)
    if (status !== 0) return status
    const { address, trusted, appends } = originalIp.found
    out.remote = address ?? peer
    out.internal = trusted && policy.isInternal(out.remote.address)
    out.edge = false
    if (appends) appendPeer(headers, hasXff, policy, peer.address)
    addProto(headers, scheme)
  }
  if (policy.appendPort && ((policy.useRemoteAddress && policy.trustedHops === 0) || !headers.has('x-forwarded-port')))
    headers.set('x-forwarded-port', String(listenerPort))
  return 0
}

/** `::ffff:10.0.0.1` */
function mapped(address: string): string {
  return address.includes('.') && !address.includes(':') ? `::ffff:${address}` : address
}

/** Whether it can be told to others; a peer on a Unix socket or within the proxy has nothing that can. */
export function isIpAddress(address: string): boolean {
  return address !== '' && !isNamedAddress(address)
}

function appendPeer(headers: RequestHeaderTable, hasXff: boolean, policy: ForwardedPolicy, peer: string): void {
  if (!isIpAddress(peer)) return
  const { mapsIpv4, ownAddress } = policy
  const loopback = ownAddress !== '' && (peer === '127.0.0.1' || peer === '::1')
  const address = loopback ? ownAddress : mapsIpv4 ? mapped(peer) : peer
  if (hasXff) appendForwardedFor(headers, address)
  else headers.append('x-forwarded-for', address)
}

function setProto(headers: RequestHeaderTable, scheme: string): void {
  if (headers.findId(XFP, 0) < 0 && headers.added === undefined) headers.append('x-forwarded-proto', scheme)
  else headers.set('x-forwarded-proto', scheme)
}

function addProto(headers: RequestHeaderTable, scheme: string): void {
  // One that is there and empty stays: a proxy before this one said so, and no route takes it.
  if (!headers.has('x-forwarded-proto')) headers.append('x-forwarded-proto', scheme)
}
