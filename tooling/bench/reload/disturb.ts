import { setTimeout as sleep } from 'node:timers/promises'
import { bodyOf } from './checked-body.ts'
import { runClient, Tally } from './clients.ts'
import type { ReloadContender, ReloadSetup } from './contenders.ts'
import { DISTURBANCES, type Disturbances } from './disturbances.ts'

/** What clients saw of one thing that happened to a proxy. */
export interface Disturbed {
  readonly what: string
  /** Undefined: it could not be measured, see `why`. */
  readonly requests: number | undefined
  readonly failed: number
  /** How many may fail: what a worker that is killed holds. */
  readonly allowed: number
  readonly failures: Readonly<Record<string, number>>
  readonly why?: string
}

const CLIENTS = 16
const SLOW = 50

/**
 * Has workers replaced, killed, and the whole process replaced under clients in a closed loop, a quarter of which connect for
 * each request; then stops the proxy with slow requests under way.
 */
export async function disturb(contender: ReloadContender, setup: ReloadSetup, restarts: number): Promise<Disturbed[]> {
  const acts = DISTURBANCES.get(contender.name)
  if (acts === undefined) throw new Error(`nobody says how ${contender.name} is disturbed`)
  const daemon = await (acts.start?.(setup) ?? contender.start(setup))
  let pid = acts.leader?.(setup) ?? daemon.pid
  const results: Disturbed[] = []
  try {
    const during = async (what: string, act: Disturbances['hotRestart'], times = 1, allowed = 0): Promise<void> => {
      const tally = await underLoad(setup, async () => {
        for (let i = 0; i < times; i++) pid = await act(setup, pid)
      })
      results.push(told(what, tally, allowed))
    }
    await during(`${restarts} rolling restarts of two workers`, acts.restartWorkers, restarts)
    const kill = 'kill -9 of one of two workers'
    if (typeof acts.killWorker === 'string')
      results.push({ what: kill, requests: undefined, failed: 0, allowed: 0, failures: {}, why: acts.killWorker })
    // Each client has one request under way at most.
    else await during(kill, acts.killWorker, 1, CLIENTS)
    await during('a hot restart', acts.hotRestart)
    results.push(told(`a stop with ${SLOW} slow requests under way`, await stopUnderSlow(setup, pid, acts.stopSignal)))
    return results
  } finally {
    if (pid !== daemon.pid) end(pid)
    await daemon.stop()
  }
}

function told(what: string, tally: Tally, allowed = 0): Disturbed {
  for (const example of tally.examples) console.log(`    ${example}`)
  const { requests, failed, failures } = tally
  return { what, requests, failed, allowed, failures: Object.fromEntries(failures) }
}

async function underLoad({ port }: ReloadSetup, act: () => Promise<void>): Promise<Tally> {
  const tally = new Tally()
  let over = false
  const running = (): boolean => !over
  const clients = Array.from({ length: CLIENTS }, (_, i) =>
    runClient({ port, tls: false, newConnections: i % 4 === 0, tally, running }),
  )
  await sleep(500)
  await act()
  await sleep(1000)
  over = true
  await Promise.all(clients)
  return tally
}

/** The slow ones are on the wire when the proxy is told to stop. */
async function stopUnderSlow({ port }: ReloadSetup, pid: number, signal: NodeJS.Signals): Promise<Tally> {
  const tally = new Tally()
  const slow = Array.from({ length: SLOW }, async (_, i) => {
    const path = `/slow/${i}`
    tally.requests++
    try {
      const response = await fetch(`http://127.0.0.1:${port}${path}`)
      const text = await response.text()
      if (response.status !== 200) tally.fail('status', `${response.status} for ${path}`)
      else if (text !== bodyOf(path)) tally.fail('body', path)
    } catch (error) {
      tally.fail('lost', String((error as Error).cause ?? error))
    }
  })
  await sleep(400)
  process.kill(pid, signal)
  await Promise.all(slow)
  return tally
}

function end(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It has ended as it was told.
  }
}
