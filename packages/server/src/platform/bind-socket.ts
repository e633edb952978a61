import { NuncioError } from '@nuncio/core'
import type { BindAddress } from '@nuncio/listener'
import { lstatSync, renameSync } from 'node:fs'
import net from 'node:net'
import path from 'node:path'
import { getSystemErrorName } from 'node:util'
import { BoundSocket } from '../workers/bound-socket.ts'
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
    if (at.unix) return new BoundSocket(at, at.address.startsWith('@') ? makeAbstract(at.address) : makeAtPath(at), 0)
    const handle = makeTcp(at, reusePort)
    const out: { port?: number } = {}
    handle.getsockname?.(out)
    return new BoundSocket(at, handle, out.port ?? 0)
  },
  probe(at) {
    const handle = makeTcp(at, false)
    // Within one turn of the event loop nothing is accepted.
    const failure = handle.listen(1)
    handle.close()
    if (failure !== 0) throw systemError(failure)
  },
}

function makeTcp(at: BindAddress, reusePort: boolean): RawHandle {
  const v6 = at.address.includes(':')
  const flags = (v6 && !at.ipv4Compat ? IPV6_ONLY : 0) | (reusePort ? REUSE_PORT : 0)
  return make(at.address, at.port, v6 ? 6 : 4, flags)
}

function makeAbstract(name: string): RawHandle {
  return make(`\0${name.slice(1)}`, -1, -1, 0)
}

/**
 * Binds beside the path and moves the socket there, over one that was left behind. libuv removes the path that it bound when
 * the handle is closed, whoever listens there by then: that one is nobody's.
 */
function makeAtPath({ address }: BindAddress): RawHandle {
  const there = lstatSync(address, { throwIfNoEntry: false })
  if (there !== undefined && !there.isSocket()) throw Object.assign(new Error('EADDRINUSE'), { code: 'EADDRINUSE' })
  const beside = path.join(path.dirname(address), `.${process.pid}`)
  const handle = make(beside, -1, -1, 0)
  try {
    renameSync(beside, address)
  } catch (error) {
    handle.close()
    throw error
  }
  return handle
}

function make(address: string, port: number, type: number, flags: number): RawHandle {
  const { _createServerHandle: create } = net as unknown as { readonly _createServerHandle?: MakeHandle }
  if (create === undefined) {
    throw new NuncioError('ERR_NUNCIO_WORKERS', 'this Node.js cannot share listening sockets', {
      hint: 'run with --concurrency 1, or with the Node.js that nuncio was tested with',
    })
  }
  const handle = create(address, port, type, undefined, flags)
  if (typeof handle === 'number') throw systemError(handle)
  return handle
}

function systemError(failure: number): Error {
  const code = getSystemErrorName(failure)
  return Object.assign(new Error(code), { code })
}
