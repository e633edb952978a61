import {
  Channel,
  type Handlers,
  type PrimaryProcedures,
  type WorkerProcess,
  type WorkerProcedures,
} from '@nuncio/server'
import { fork } from 'node:child_process'
import path from 'node:path'
import { processPort } from './process-port.ts'

/** The program of a worker; it is read from disk each time, so that a new version comes with the next worker. */
const PROGRAM = path.join(import.meta.dirname, `../worker${path.extname(import.meta.filename)}`)

/** Starts the process of a worker. */
export function forkWorker(handlers: Handlers<PrimaryProcedures>): WorkerProcess {
  const child = fork(PROGRAM, { serialization: 'advanced' })
  const channel = new Channel<WorkerProcedures>(processPort(child)).serve<PrimaryProcedures>(handlers)
  const { promise, resolve } = Promise.withResolvers<string>()
  const kill = (): void => void child.kill('SIGKILL')
  // Whoever ends this process at once means all of it.
  process.on('exit', kill)
  void promise.then(() => process.off('exit', kill))
  child.on('exit', (code, signal) => resolve(signal === null ? `exit code ${code ?? ''}` : `signal ${signal}`))
  child.on('error', (error) => resolve(error.message))
  return { pid: child.pid ?? 0, channel, kill, exited: promise }
}
