import { type KeepAlive, NuncioError, setKeepAlive, type SocketAddress } from '@nuncio/core'
import { chmodSync, lstatSync, unlinkSync } from 'node:fs'
import { type AddressInfo, createServer, type ListenOptions, type Server, type Socket } from 'node:net'
import { type BindAddress, formatBindAddress } from '../decide/addresses.ts'
import type { SharedSocket, SocketSource, SocketUse } from './socket-source.ts'

export interface BindOptions extends SocketUse {
  readonly backlog: number
  /** Who binds instead. */
  readonly sockets: SocketSource | undefined
}

/** Who takes what a listening socket accepts. */
export interface BoundHandler {
  onConnection(socket: Socket, bound: Bound): void
  /** Accepting failed (EMFILE and the like); the socket goes on listening. */
  onAcceptError(error: NodeJS.ErrnoException): void
}

/**
 * A listening socket. It may go from one listener to another without closing; what it accepts before anybody is attached
 * waits, unread.
 */
export class Bound {
  /** As it was asked for. */
  readonly at: BindAddress
  /** With the port that the kernel chose. */
  readonly address: SocketAddress
  /** Listening on all addresses: each connection has a local address of its own. */
  readonly wildcard: boolean
  readonly #server: Server
  readonly #shared: SharedSocket | undefined
  readonly #waiting: Socket[] = []
  #handler: BoundHandler | undefined = undefined
  #keepAlive: KeepAlive | undefined = undefined

  constructor(at: BindAddress, server: Server, shared: SharedSocket | undefined) {
    this.at = at
    this.address = boundAddress(at, server)
    this.wildcard = at.address === '0.0.0.0' || at.address === '::'
    this.#server = server
    this.#shared = shared
    shared?.attach(server)
    server.on('connection', (socket) => this.#accepted(socket))
    server.on('error', (error) => this.#handler?.onAcceptError(error))
  }

  /** From now on the handler gets what is accepted, and what waits; keep-alive is theirs from the beginning. */
  attach(handler: BoundHandler, keepAlive: KeepAlive | undefined): void {
    this.#handler = handler
    this.#keepAlive = keepAlive
    for (const socket of this.#waiting.splice(0)) this.#accepted(socket)
  }

  /** Stops listening; connections go on, those that nobody took are closed. */
  close(): void {
    // `close` calls back when the last connection is over, which may be hours from now: the port is free at once.
    this.#server.close()
    this.#shared?.release()
    for (const socket of this.#waiting.splice(0)) socket.destroy()
  }

  #accepted(socket: Socket): void {
    if (this.#handler !== undefined) {
      if (this.#keepAlive !== undefined) setKeepAlive(socket, this.#keepAlive)
      return this.#handler.onConnection(socket, this)
    }
    socket.on('error', () => {})
    this.#waiting.push(socket)
  }
}

/** Binds and listens. Rejects with a `NuncioError` that names the address and says what to do. */
export async function bind(at: BindAddress, options: BindOptions): Promise<Bound> {
  const shared = await obtain(at, options)
  const server = createServer({ allowHalfOpen: true, noDelay: true })
  if (at.unix && shared === undefined) removeStaleSocket(at.address)
  return await new Promise((resolve, reject) => {
    const onError = (error: NodeJS.ErrnoException): void => {
      shared?.release()
      reject(bindError(at, error))
    }
    server.once('error', onError)
    const listening = (): void => {
      server.removeListener('error', onError)
      try {
        if (at.mode !== 0) chmodSync(at.address, at.mode)
      } catch (error) {
        server.close()
        shared?.release()
        return reject(bindError(at, error as NodeJS.ErrnoException))
      }
      resolve(new Bound(at, server, shared))
    }
    if (shared === undefined) server.listen(listenOptions(at, options), listening)
    else server.listen(shared.handle, options.backlog, listening)
  })
}

async function obtain(at: BindAddress, options: BindOptions): Promise<SharedSocket | undefined> {
  try {
    return await options.sockets?.obtain(at, options)
  } catch (error) {
    throw error instanceof NuncioError && !/^E[A-Z]+$/.test(error.code)
      ? error
      : bindError(at, error as NodeJS.ErrnoException)
  }
}

function listenOptions(at: BindAddress, { backlog, reusePort }: BindOptions): ListenOptions {
  if (at.unix) return { path: at.address.startsWith('@') ? `\0${at.address.slice(1)}` : at.address, backlog }
  return {
    host: at.address,
    port: at.port,
    backlog,
    ipv6Only: at.address.includes(':') && !at.ipv4Compat,
    // Not in cluster workers either: a worker that shares a socket would not accept for itself.
    exclusive: true,
    ...(reusePort && { reusePort: true }),
  }
}

function boundAddress(at: BindAddress, server: Server): SocketAddress {
  return Object.freeze({ address: at.address, port: at.unix ? 0 : (server.address() as AddressInfo).port })
}

/** A socket file that a process left behind would be in the way; anything else that stands there is not touched. */
export function removeStaleSocket(path: string): void {
  if (path.startsWith('@')) return
  try {
    if (lstatSync(path).isSocket()) unlinkSync(path)
  } catch {
    // Not there, or not ours to remove: binding will tell.
  }
}

const HINTS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'Another process listens there. Stop it, or give this listener another port (0 lets the kernel choose).',
  EACCES: 'Ports below 1024 and some paths need privileges: use a higher port, or CAP_NET_BIND_SERVICE.',
  EADDRNOTAVAIL: 'The address belongs to no interface of this machine: use one that does, or 0.0.0.0.',
  ENOENT: 'The directory of the socket does not exist.',
  EMFILE: 'The process has no file descriptors left: raise the limit (ulimit -n).',
}

function bindError(at: BindAddress, error: NodeJS.ErrnoException): NuncioError {
  const code = error.code ?? 'UNKNOWN'
  const hint = HINTS[code]
  const message = `cannot listen on ${formatBindAddress(at)}: ${code === 'EADDRINUSE' ? 'the address is in use' : (error.code ?? error.message)}`
  return new NuncioError(`ERR_NUNCIO_LISTEN_${code}`, message, { cause: error, ...(hint !== undefined && { hint }) })
}
