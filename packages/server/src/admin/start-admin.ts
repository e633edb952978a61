import { type AdminEndpoint, type AdminRequest, AdminServer, type AdminView } from '@nuncio/admin'
import type { Sources } from '@nuncio/config'
import { type Logger, NuncioError, type SocketAddress, type StatsScope, type TimeSource } from '@nuncio/core'
import { compileRegex } from '@nuncio/matching'
import { type ListenHandle, removeStaleSocket } from '@nuncio/listener'
import type { HttpServices } from '@nuncio/network-filters'
import { chmodSync } from 'node:fs'
import type { Bootstrap } from '../load-configuration.ts'
import { adminLogs, allowedPaths } from './admin-config.ts'
import { AdminTrafficStats } from './admin-traffic-stats.ts'
import { isUnixAddress } from '../platform/bind-address.ts'

/** What an admin is made of: one server's, or that of several workers. */
export interface AdminParts {
  readonly view: AdminView
  readonly bootstrap: Bootstrap
  readonly time: TimeSource
  readonly logger: Logger
  readonly stats: StatsScope
  readonly accessLog: HttpServices['accessLog']
  readonly sources: Sources | undefined
  readonly endpoints?: readonly AdminEndpoint[]
  /** `ServerOptions.adminHosts` */
  readonly hosts?: readonly string[]
  readonly prepare?: (request: AdminRequest) => Promise<void>
  /** A socket for the address, instead of one of its own. */
  readonly bind?: (at: SocketAddress) => ListenHandle
}

export interface StartedAdmin {
  readonly address: SocketAddress
  readonly close: () => Promise<void>
}

/** Starts the admin where the bootstrap says; undefined when it says nowhere. */
export async function startAdmin(parts: AdminParts): Promise<StartedAdmin | undefined> {
  const { view, bootstrap, time, logger, stats, accessLog, sources, endpoints = [], hosts = [], prepare, bind } = parts
  const at = adminAddress(bootstrap)
  if (at === undefined) return undefined
  const mode = bootstrap.admin?.address?.pipe?.mode ?? 0
  if (mode !== 0 && at.address.startsWith('@')) throw modeOfAbstract(at)
  const report = {
    sources,
    report: ({ message }: { message: string }) => logger.log('warning', message),
  }
  const admin = new AdminServer({
    view,
    time,
    logger: logger.child('admin'),
    compileSearch: (pattern) => searchOf(pattern),
    traffic: new AdminTrafficStats(stats),
    endpoints,
    allowedHosts: hosts,
    ...(prepare !== undefined && { prepare }),
    ...allowedPaths(bootstrap.admin, report),
    accessLogs: adminLogs(bootstrap.admin, report, { accessLog }),
  })
  try {
    if (bind === undefined && isUnixAddress(at.address)) removeStaleSocket(at.address)
    const address = await admin.listen(at, bind?.(at))
    if (mode !== 0) chmodSync(at.address, mode)
    return { address, close: () => admin.close() }
  } catch (error) {
    await admin.close()
    throw cannotListen(at, error as NodeJS.ErrnoException)
  }
}

function adminAddress(bootstrap: Bootstrap): SocketAddress | undefined {
  const { address } = bootstrap.admin ?? {}
  if (address?.pipe?.path !== undefined) return { address: address.pipe.path, port: 0 }
  if (address?.socket_address === undefined) return undefined
  return { address: address.socket_address.address ?? '127.0.0.1', port: address.socket_address.port_value ?? 0 }
}

function modeOfAbstract({ address }: SocketAddress): NuncioError {
  const hint = 'leave admin.address.pipe.mode out'
  return new NuncioError('ERR_NUNCIO_ADMIN', `the admin cannot listen on ${address}: an abstract socket has no mode`, {
    hint,
  })
}

function cannotListen(at: SocketAddress, error: NodeJS.ErrnoException): NuncioError {
  const where = at.port === 0 ? at.address : `${at.address}:${at.port}`
  if (error.code === 'EADDRINUSE') {
    const hint = 'stop what listens there, or change admin.address'
    return new NuncioError('ERR_NUNCIO_ADDRESS_IN_USE', `the admin address ${where} is in use`, { hint, cause: error })
  }
  const message = `the admin cannot listen on ${where}: ${error.code ?? String(error)}`
  return new NuncioError('ERR_NUNCIO_ADMIN', message, { cause: error })
}

/** A search for a pattern anywhere in a text, over an engine that matches whole texts. */
function searchOf(pattern: string) {
  const compiled = compileRegex(`(?s).*(?:${pattern}).*`)
  return typeof compiled === 'string' ? compiled : compiled
}
