import { idOf, type RequestHeaderTable, type SocketAddress } from '@nuncio/core'
import { ipNumber } from '@nuncio/matching'
import type { InternalAddress } from './internal-address.ts'

/** What the connection manager is told about proxies before and after it. */
export interface ForwardedPolicy {
  readonly useRemoteAddress: boolean
  readonly trustedHops: number
  readonly skipXffAppend: boolean
  readonly appendPort: boolean
  readonly isInternal: InternalAddress
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
 * other end; `tls` whether the connection is; `listenerPort` where it came in.
 */
export function applyForwarded(
  headers: RequestHeaderTable,
  policy: ForwardedPolicy,
  peer: SocketAddress,
  tls: boolean,
  listenerPort: number,
  out: Origin,
): void {
  const scheme = tls ? 'https' : 'http'
  const hasXff = headers.findId(XFF, 0) >= 0 || (headers.added !== undefined && headers.has('x-forwarded-for'))
  if (policy.useRemoteAddress) {
    const xff = hasXff ? headers.getJoined('x-forwarded-for')! : ''
    out.remote = hasXff && policy.trustedHops > 0 ? (entryFromRight(xff, policy.trustedHops - 1) ?? peer) : peer
    out.internal = !hasXff && policy.isInternal(peer.address)
    out.edge = !out.internal
    if (!policy.skipXffAppend) {
      if (hasXff) headers.set('x-forwarded-for', xff === '' ? peer.address : `${xff},${peer.address}`)
      else headers.append('x-forwarded-for', peer.address)
    }
    if (policy.trustedHops === 0) setProto(headers, scheme)
    else addProto(headers, scheme)
  } else {
    const xff = hasXff ? headers.getJoined('x-forwarded-for')! : ''
    out.remote = hasXff ? (entryFromRight(xff, policy.trustedHops) ?? peer) : peer
    out.internal = hasXff && !xff.includes(',') && policy.isInternal(xff.trim())
    out.edge = false
    addProto(headers, scheme)
  }
  if (policy.appendPort && (!policy.useRemoteAddress || policy.trustedHops === 0 || !headers.has('x-forwarded-port')))
    headers.set('x-forwarded-port', String(listenerPort))
}

function setProto(headers: RequestHeaderTable, scheme: string): void {
  if (headers.findId(XFP, 0) < 0 && headers.added === undefined) headers.append('x-forwarded-proto', scheme)
  else headers.set('x-forwarded-proto', scheme)
}

function addProto(headers: RequestHeaderTable, scheme: string): void {
  const given = headers.get('x-forwarded-proto')
  if (given === undefined || given === '') headers.set('x-forwarded-proto', scheme)
}

/** The entry of an x-forwarded-for list, 0 = the last; undefined when there is none or it is no address. */
function entryFromRight(list: string, fromRight: number): SocketAddress | undefined {
  let end = list.length
  for (let skip = fromRight; ; skip--) {
    const comma = list.lastIndexOf(',', end - 1)
    const entry = list.slice(comma + 1, end).trim()
    if (skip === 0) return ipNumber(entry) === undefined ? undefined : { address: entry, port: 0 }
    if (comma < 0) return undefined
    end = comma
  }
}
