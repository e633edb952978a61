import { NuncioError } from '@nuncio/core'
import { type BindAddress, removeStaleSocket } from '@nuncio/listener'
import net from 'node:net'
import { getSystemErrorName } from 'node:util'
import type { SocketBinder } from '../workers/listening-sockets.ts'

/** libuv's flags for a TCP socket. */
const IPV6_ONLY = 1
const REUSE_PORT = 2

/** A raw handle of Node's, as `node:cluster` uses it to bind sockets for others. */
interface RawHandle {
  listen(backlog: number): number
  close(): void
  getsockname?(out: { port?: number }): number
}

type MakeHandle = (address: string, port: number, type: number, fd: undefined, flags: number) => RawHandle | number

/**
 * Binds sockets and leaves the accepting to others. Node's public API cannot: a server accepts as soon as it listens.
 * This is how `node:cluster` binds.
 */
export const socketBinder: SocketBinder = {
  bind(at, reusePort) {
    if (at.unix) removeStaleSocket(at.address)
    const handle = make(at, reusePort)
    const out: { port?: number } = {}
    handle.getsockname?.(out)
    return { handle, port: out.port ?? 0, close: () => handle.close() }
  },
  probe(at) {
    const handle = make(at, false)
    // Within one turn of the event loop nothing is accepted.
    const failure = handle.listen(1)
    handle.close()
    if (failure !== 0) throw systemError(failure)
  },
}

function make(at: BindAddress, reusePort: boolean): RawHandle {
  const { _createServerHandle: create } = net as unknown as { readonly _createServerHandle?: MakeHandle }
  if (create === undefined) {
    throw new NuncioError('ERR_NUNCIO_WORKERS', 'this Node.js cannot share listening sockets', {
      hint: 'run with --concurrency 1, or with the Node.js that nuncio was tested with',
    })
  }
  const v6 = at.address.includes(':')
  const flags = (v6 && !at.ipv4Compat ? IPV6_ONLY : 0) | (reusePort ? REUSE_PORT : 0)
  const path = at.address.startsWith('@') ? `\0${at.address.slice(1)}` : at.address
  const handle = at.unix
    ? create(path, -1, -1, undefined, 0)
    : create(at.address, at.port, v6 ? 6 : 4, undefined, flags)
  if (typeof handle === 'number') throw systemError(handle)
  return handle
}

function systemError(failure: number): Error {
  const code = getSystemErrorName(failure)
  return Object.assign(new Error(code), { code })
}
