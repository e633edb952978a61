import { readFileSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Daemon, get } from '../daemon.ts'
import { nginxCommand, type ReloadSetup, startCommand } from './contenders.ts'

/** Does something to a proxy, whose leading process is `pid`; answers which leads when it is done. */
type Act = (setup: ReloadSetup, pid: number) => Promise<number>

/** What else can happen to a proxy that serves, and how each of them is told. */
export interface Disturbances {
  /** In place of the contender's own, where that does not do. */
  readonly start?: (setup: ReloadSetup) => Promise<Daemon>
  /** Which process leads, where that is not the one that was started. */
  readonly leader?: (setup: ReloadSetup) => number
  /** All workers are replaced, the program stays. */
  readonly restartWorkers: Act
  /** A worker is ended at once; why not, where that cannot be compared. */
  readonly killWorker: Act | string
  /** Another process of the program takes over. */
  readonly hotRestart: Act
  /** Stop behind what is under way. */
  readonly stopSignal: NodeJS.Signals
}

/** Long enough for a process to have done as it was told, where it does not say so. */
const PAUSE_MS = 1000

const signal =
  (name: NodeJS.Signals): Act =>
  async (_setup, pid) => {
    process.kill(pid, name)
    await sleep(PAUSE_MS)
    return pid
  }

interface Info {
  readonly pid: number
  readonly workers: readonly { readonly pid: number }[]
}

async function info({ adminPort }: ReloadSetup): Promise<Info> {
  return JSON.parse((await get(adminPort, false, '/server_info', {})).body) as Info
}

async function post({ adminPort }: ReloadSetup, at: string): Promise<void> {
  const response = await fetch(`http://127.0.0.1:${adminPort}${at}`, { method: 'POST' })
  if (response.status !== 200) throw new Error(`${at}: ${await response.text()}`)
}

async function serving({ adminPort }: ReloadSetup): Promise<number> {
  const { body } = await get(adminPort, false, '/stats?filter=^workers.serving$', {})
  return Number(/: (\d+)/.exec(body)?.[1] ?? 0)
}

const nuncio: Disturbances = {
  async restartWorkers(setup, pid) {
    await post(setup, '/workers/restart')
    return pid
  },
  async killWorker(setup, pid) {
    const { workers } = await info(setup)
    process.kill(workers[0]!.pid, 'SIGKILL')
    await sleep(PAUSE_MS)
    while ((await serving(setup)) < workers.length) await sleep(50)
    return pid
  },
  async hotRestart(setup, pid) {
    await post(setup, '/hot_restart')
    // For a moment the admin of the old one still answers, too.
    for (;;) {
      const told = await info(setup).catch(() => undefined)
      if (told !== undefined && told.pid !== pid) return told.pid
      await sleep(50)
    }
  },
  stopSignal: 'SIGTERM',
}

/** The processes that a process started, oldest first. */
function childrenOf(pid: number): number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1').trim().split(' ').map(Number)
}

const pidOfNginx = ({ folder }: ReloadSetup): number => Number(readFileSync(path.join(folder, 'proxy.pid'), 'latin1'))

const nginx: Disturbances = {
  // It replaces its program only when the process that started it has ended.
  start(setup) {
    const { file, args } = nginxCommand(setup)
    const line = `(${[file, ...args].join(' ')} & sleep 1); exec sleep 1000`
    return startCommand({ file: 'sh', args: ['-c', line] }, setup)
  },
  leader: pidOfNginx,
  restartWorkers: signal('SIGHUP'),
  async killWorker(_setup, pid) {
    process.kill(childrenOf(pid).at(-1)!, 'SIGKILL')
    await sleep(PAUSE_MS)
    return pid
  },
  async hotRestart(setup, pid) {
    process.kill(pid, 'SIGUSR2')
    await sleep(PAUSE_MS)
    process.kill(pid, 'SIGQUIT')
    await sleep(PAUSE_MS)
    return pidOfNginx(setup)
  },
  stopSignal: 'SIGQUIT',
}

const haproxy: Disturbances = {
  restartWorkers: signal('SIGUSR2'),
  killWorker: 'its master ends with a worker that was killed',
  hotRestart: signal('SIGUSR2'),
  stopSignal: 'SIGUSR1',
}

/** By the name of the contender. */
export const DISTURBANCES: ReadonlyMap<string, Disturbances> = new Map(Object.entries({ nuncio, nginx, haproxy }))
