import { NuncioError, type SocketAddress } from '@nuncio/core'
import type { HttpFilterDefinition } from '@nuncio/filter-chain'
import { ConfigurationError, createServer, type Server, watchConfiguration } from '@nuncio/server'
import { writeFileSync } from 'node:fs'
import { loadFilters } from '../filters/load-filters.ts'
import { adminPlayground } from '../playground/admin-page.ts'
import type { Values } from './arguments.ts'
import { readInput } from './read-file.ts'
import { printProblems } from './print-problems.ts'
import { serverOptions } from './server-options.ts'
import { untilStopped } from './signals.ts'
import { surviveRejections } from './survive-rejections.ts'

/** What a command gives to the proxy beside flags; it is served in this process then. */
export interface ServeOptions {
  /** In place of those that `--filter` names. */
  readonly httpFilters?: readonly HttpFilterDefinition[]
  /** Called once, when it serves; `read` gives the configuration as it is now. */
  readonly onServing?: (server: Server, read: () => Uint8Array | string) => void
}

/** Runs the proxy as the flags say. Answers the exit code. */
export async function serve(values: Values, given: ServeOptions = {}): Promise<number> {
  try {
    return await serveOrValidate(values, given)
  } catch (error) {
    // Its problems are on standard error by now, each with its line.
    if (error instanceof ConfigurationError) return 1
    throw error
  }
}

async function serveOrValidate(values: Values, given: ServeOptions): Promise<number> {
  const file = values['config-path']
  const mode = modeOf(values)
  const workers = concurrency(values.concurrency)
  const watched = watches(values)
  const read = (): Uint8Array | string => (file === undefined ? '' : readInput(file))
  const httpFilters = given.httpFilters ?? (await loadFilters(values.filter ?? []))
  const options = {
    ...serverOptions(values),
    adminEndpoints: adminPlayground(httpFilters),
    // Standard input can be read once.
    ...(file !== '-' && { read }),
    httpFilters,
    onProblems: printProblems,
  }
  const supervised = workers > 1 || values.supervise === true
  if (supervised && mode === 'serve' && given.onServing === undefined) {
    const { serveWorkers } = await import('../workers/serve-workers.ts')
    return await serveWorkers(read(), options, { values, workers, watched })
  }
  const server = await createServer(read(), { ...options, validateOnly: mode === 'validate' })
  if (mode === 'validate') {
    process.stdout.write(`configuration '${file ?? '--config-yaml'}' OK\n`)
    await server.close()
    return 0
  }
  writeAdminAddress(values, server.admin)
  if (mode === 'init_only') {
    await server.close()
    return 0
  }
  if (watched) watchConfiguration(server, file!, { logger: options.logger.child('config') })
  given.onServing?.(server, read)
  const logger = options.logger.child('main')
  const stopSurviving = surviveRejections(server, logger)
  const end = untilStopped(server, options.drainTimeMs)
  if (server.listeners.length === 0 && server.admin === undefined)
    logger.log('warning', 'there is neither a listener nor an admin: nothing can be asked')
  const code = await end
  stopSurviving()
  return code
}

type Mode = 'serve' | 'validate' | 'init_only'

/** `--mode`; a slip in it must not serve what was to be validated. */
function modeOf({ mode = 'serve' }: Values): Mode {
  if (mode === 'serve' || mode === 'validate' || mode === 'init_only') return mode
  throw new NuncioError('ERR_NUNCIO_ARGUMENT', `--mode ${mode} is none of serve, validate, init_only`)
}

/** The file, unless it is standard input or its watch was declined. */
function watches({ 'config-path': file, watch, 'no-watch': declined }: Values): boolean {
  if (watch === true && declined === true)
    throw new NuncioError('ERR_NUNCIO_ARGUMENT', '--watch and --no-watch are given both')
  return file !== undefined && file !== '-' && declined !== true
}

/** `--admin-address-path` */
export function writeAdminAddress(values: Values, admin: SocketAddress | undefined): void {
  const path = values['admin-address-path']
  if (path === undefined || admin === undefined) return
  // A Unix socket has no port.
  writeFileSync(path, admin.port === 0 ? admin.address : `${admin.address}:${admin.port}`)
}

/** How many workers; one serves in the process itself. */
function concurrency(text = '1'): number {
  const workers = Number(text)
  if (Number.isInteger(workers) && workers >= 1 && workers <= 1024) return workers
  throw new NuncioError('ERR_NUNCIO_ARGUMENT', `--concurrency ${text} is not a number of workers (1 to 1024)`)
}
