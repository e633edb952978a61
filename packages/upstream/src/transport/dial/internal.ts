import { INTERNAL_CLIENT, type SocketAddress } from '@nuncio/core'
import type { NetConnectOpts, Socket } from 'node:net'

/** The way to the internal listeners of the same server. */
export interface InternalDialler {
  /**
   * Connects to a listener: the socket is to be left alone until `onTaken`. Undefined when there is no such listener.
   * `options` are those of `net.connect` but for the target.
   */
  connect(
    listener: string,
    endpointId: string,
    options: Partial<NetConnectOpts>,
    onTaken: () => void,
  ): Socket | undefined
}

const INTERNAL = new WeakSet<Socket>()
const CLIENT: SocketAddress = Object.freeze({ address: INTERNAL_CLIENT, port: 0 })

/** It goes to an internal listener. */
export function markInternal(socket: Socket): void {
  INTERNAL.add(socket)
}

/** Where a connection to an internal listener begins; undefined for other sockets. */
export function internalClient(socket: Socket): SocketAddress | undefined {
  return INTERNAL.has(socket) ? CLIENT : undefined
}
