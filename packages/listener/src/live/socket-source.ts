import type { Server } from 'node:net'
import type { BindAddress } from '../decide/addresses.ts'

/** How a listening socket is to be. */
export interface SocketUse {
  /** Which address of which listener: `main/0`. */
  readonly owner: string
  /** Each worker has a socket of its own, and the kernel spreads connections over them; else all share one. */
  readonly reusePort: boolean
}

/** A bound socket, for `net.Server.listen`. */
export type ListenHandle = object

/** A socket that somebody else bound. */
export interface SharedSocket {
  readonly handle: ListenHandle
  /** It is listened on; connections that others accept for this socket may come as `connection` events. */
  attach(server: Server): void
  /** It is not listened on any more. */
  release(): void
}

/** Where listening sockets come from that outlive the listener: workers share them, a new process takes them over. */
export interface SocketSource {
  /** Rejects with an error that has the system's code, such as EADDRINUSE. */
  obtain(at: BindAddress, use: SocketUse): Promise<SharedSocket>
}
