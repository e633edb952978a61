import { Primary, type ServerOptions, watchConfiguration } from '@nuncio/server'
import type { Values } from '../cli/arguments.ts'
import { writeAdminAddress } from '../cli/serve.ts'
import { untilStopped } from '../cli/signals.ts'
import { forkWorker } from './fork-worker.ts'

export interface WorkersOptions {
  readonly values: Values
  readonly workers: number
  /** Whether to reload the file when it changes. */
  readonly watched: boolean
}

/** Serves with several workers until told to stop. Answers the exit code. */
export async function serveWorkers(
  source: string | Uint8Array,
  server: ServerOptions,
  { values, workers, watched }: WorkersOptions,
): Promise<number> {
  const primary = await Primary.start(source, { server, workers, values, spawn: forkWorker })
  writeAdminAddress(values, primary.admin)
  if (watched) watchConfiguration(primary, values['config-path']!, { logger: server.logger!.child('config') })
  return await untilStopped(primary, server.drainTimeMs!)
}
