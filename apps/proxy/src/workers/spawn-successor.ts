import { Channel, type Handlers, Predecessor, type PredecessorProcedures, type SuccessorProcess } from '@nuncio/server'
import { spawn } from 'node:child_process'
import { processPort } from './process-port.ts'

/** Tells a process that it takes over from the one that started it. */
const TAKES_OVER = 'NUNCIO_TAKES_OVER'

/** Starts this program again, as it is on disk now and with the same arguments, to take over from this process. */
export function spawnSuccessor(handlers: Handlers<PredecessorProcedures>): SuccessorProcess {
  const [, program = '', ...args] = process.argv
  const child = spawn(process.execPath, [...process.execArgv, program, ...args], {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    serialization: 'advanced',
    env: { ...process.env, [TAKES_OVER]: '1' },
    // It outlives this process.
    detached: true,
  })
  new Channel(processPort(child)).serve<PredecessorProcedures>(handlers)
  const { promise, resolve } = Promise.withResolvers<string>()
  child.on('exit', (code, signal) => resolve(signal === null ? `exit code ${code ?? ''}` : `signal ${signal}`))
  child.on('error', (error) => resolve(error.message))
  return {
    pid: child.pid ?? 0,
    exited: promise,
    kill: () => void child.kill('SIGKILL'),
    letGo() {
      child.disconnect()
      child.unref()
    },
  }
}

/** The process that this one takes over from; undefined when it is the first. */
export async function predecessor(): Promise<Predecessor | undefined> {
  const takesOver = process.env[TAKES_OVER] === '1'
  // Workers are not to think so.
  delete process.env[TAKES_OVER]
  return takesOver ? await Predecessor.connect(processPort(process)) : undefined
}
