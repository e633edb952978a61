import { AdminServer } from '@nuncio/admin'
import { NuncioError, type SocketAddress } from '@nuncio/core'
import { compileRegex } from '@nuncio/matching'
import type { Bootstrap } from '../load-configuration.ts'
import type { NuncioServer } from '../nuncio-server.ts'
import type { ServerStats } from '../stats/server-stats.ts'
import { ServerAdminView } from './admin-view.ts'

/** Starts the admin where the bootstrap says; undefined when it says nowhere. */
export async function startAdmin(
  server: NuncioServer,
  bootstrap: Bootstrap,
  serverStats: ServerStats,
): Promise<SocketAddress | undefined> {
  const { address } = bootstrap.admin ?? {}
  const at =
    address?.pipe?.path !== undefined
      ? { address: address.pipe.path, port: 0 }
      : address?.socket_address && {
          address: address.socket_address.address ?? '127.0.0.1',
          port: address.socket_address.port_value ?? 0,
        }
  if (at === undefined) return undefined
  const { time, logger, stats, loaded } = server.parts
  const admin = new AdminServer({
    view: new ServerAdminView(server, serverStats),
    time,
    logger: logger.child('admin'),
    compileSearch: (pattern) => searchOf(pattern),
    stats: stats.scope(''),
    accessLogs: (bootstrap.admin?.access_log ?? []).flatMap(
      (log) =>
        server.parts.services.accessLog(log, {
          sources: loaded.sources,
          path: 'admin',
          report: (problem) => logger.log('warning', problem.message),
        }) ?? [],
    ),
  })
  try {
    const bound = await admin.listen(at)
    server.adminAddress(bound, () => admin.close())
    return bound
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    const where = at.port === 0 ? at.address : `${at.address}:${at.port}`
    if (code === 'EADDRINUSE')
      throw new NuncioError('ERR_NUNCIO_ADDRESS_IN_USE', `the admin address ${where} is in use`, {
        hint: 'stop what listens there, or change admin.address',
        cause: error,
      })
    throw new NuncioError('ERR_NUNCIO_ADMIN', `the admin cannot listen on ${where}: ${code ?? String(error)}`, {
      cause: error,
    })
  }
}

/** A search for a pattern anywhere in a text, over an engine that matches whole texts. */
function searchOf(pattern: string) {
  const compiled = compileRegex(`(?s).*(?:${pattern}).*`)
  return typeof compiled === 'string' ? compiled : compiled
}
