import type { SocketAddress } from '@nuncio/core'
import { unmapIpv4 } from '@nuncio/matching'
import type { Socket } from 'node:net'
import type { Bound } from './bind.ts'

/** Who connects over a Unix socket has no name as a rule, and Node does not tell it. */
const UNIX_PEER: SocketAddress = Object.freeze({ address: '', port: 0 })

/** Who is at the other end of an accepted socket. Undefined: the peer is gone already. */
export function remoteAddress(socket: Socket, bound: SocketAddress): SocketAddress | undefined {
  if (bound.port === 0) return UNIX_PEER
  const address = socket.remoteAddress
  return address === undefined ? undefined : { address: unmapIpv4(address), port: socket.remotePort ?? 0 }
}

/** The address that the peer connected to. Undefined: the peer is gone already. */
export function localAddress(socket: Socket, bound: Pick<Bound, 'address' | 'wildcard'>): SocketAddress | undefined {
  if (!bound.wildcard) return bound.address
  const address = socket.localAddress
  return address === undefined ? undefined : { address: unmapIpv4(address), port: bound.address.port }
}
