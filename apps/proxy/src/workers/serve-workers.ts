import { Primary, type PrimaryOptions, type ServerOptions, watchConfiguration } from '@nuncio/server'
import type { Values } from '../cli/arguments.ts'
import { seconds } from '../cli/seconds.ts'
import { writeAdminAddress } from '../cli/serve.ts'
import { untilStopped } from '../cli/signals.ts'
import { forkWorker } from './fork-worker.ts'
import { predecessor, spawnSuccessor } from './spawn-successor.ts'

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
  const primary = await start(source, {
    server,
    workers,
    values,
    spawn: forkWorker,
    spawnSuccessor,
    hotRestartMs: 1000 * seconds('hot-restart-timeout-s', values['hot-restart-timeout-s'], 60),
    trialMs: 1000 * seconds('hot-restart-trial-s', values['hot-restart-trial-s'], 3),
    parentShutdownMs: 1000 * seconds('parent-shutdown-time-s', values['parent-shutdown-time-s'], 900),
  })
  writeAdminAddress(values, primary.admin)
  // What came of it is told in the log.
  process.on('SIGUSR2', () => void primary.handOver().catch(() => {}))
  if (watched) watchConfiguration(primary, values['config-path']!, { logger: server.logger!.child('config') })
  return await untilStopped(primary, server.drainTimeMs!)
}

/** Takes over from a predecessor when there is one; when that fails this process must end for it to go on. */
async function start(source: string | Uint8Array, options: PrimaryOptions): Promise<Primary> {
  try {
    return await Primary.start(source, { ...options, predecessor: await predecessor() })
  } catch (error) {
    // Its pipe would keep this process alive.
    if (process.connected) process.disconnect?.()
    throw error
  }
}
