// npm run bench:workers -- [--seconds 8] [--connections 64] [--restarts 10] [--only scale,survive]
//
// What workers cost and bring (CPU per request, throughput, memory of 1, 2 and 4), and what is lost while they are replaced one by
// one, killed, and handed over to a new process: every answer is checked.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { freePort } from '../command.ts'
import { Daemon } from '../daemon.ts'
import { ownGenerator } from '../load/own.ts'
import { findWrk } from '../load/wrk.ts'
import { describeMachine } from '../machine.ts'
import { usageOf } from '../measure/process-tree.ts'
import { startOrigin } from '../origin/origin.ts'
import { runClient, Tally } from '../reload/clients.ts'
import { BenchProxy } from './proxy.ts'

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '8' },
    connections: { type: 'string', default: '64' },
    restarts: { type: 'string', default: '10' },
    only: { type: 'string', default: 'scale,survive' },
  },
})
const [seconds, connections, restarts] = [Number(values.seconds), Number(values.connections), Number(values.restarts)]
const folder = mkdtempSync(path.join(tmpdir(), 'nuncio-workers-'))
const say = (line: string): void => console.log(line)

/** One row: what so many workers do with all the load that there is. */
async function scale(workers: number, origins: readonly number[]): Promise<void> {
  const proxy = await BenchProxy.start(folder, origins, workers)
  const generator = findWrk() ?? ownGenerator
  const plan = { port: proxy.port, tls: false, paths: ['/'], connections, newConnections: false }
  try {
    await generator.run({ ...plan, seconds: 2 }, [])
    const before = usageOf(proxy.daemon.pid)
    const { requests, seconds: took, errors, p50Ms, p99Ms } = await generator.run({ ...plan, seconds }, [])
    const after = usageOf(proxy.daemon.pid)
    const cpu = (after.cpuMicros - before.cpuMicros) / requests
    const row = [
      `${workers} worker${workers === 1 ? '' : 's'}`.padEnd(10),
      `${Math.round(requests / took)} requests/s`.padStart(18),
      `${cpu.toFixed(1)} µs CPU each`.padStart(18),
      `${Math.round(after.rssKiB / 1024)} MiB in all`.padStart(16),
      `p50 ${p50Ms.toFixed(1)} ms, p99 ${p99Ms.toFixed(1)} ms, ${errors} errors`,
    ]
    say(row.join('  '))
  } finally {
    await proxy.stop()
  }
}

/** Runs what disturbs the proxy while clients ask, and says what they saw. Answers how many requests failed. */
async function under(proxy: BenchProxy, what: string, disturb: () => Promise<void>): Promise<number> {
  const tally = new Tally()
  let over = false
  const running = (): boolean => !over
  const clients = Array.from({ length: 16 }, (_, i) =>
    runClient({ port: proxy.port, tls: false, newConnections: i % 4 === 0, tally, running }),
  )
  await sleep(500)
  await disturb()
  await sleep(1000)
  over = true
  await Promise.all(clients)
  const kinds = [...tally.failures].map(([kind, count]) => `${count} ${kind}`).join(', ')
  say(`${what}: ${tally.requests} requests, ${tally.failed} failed${kinds === '' ? '' : ` (${kinds})`}`)
  for (const example of tally.examples) say(`    ${example}`)
  return tally.failed
}

/** Whether nothing was lost beyond what a worker that was killed held. */
async function survive(origins: readonly number[]): Promise<boolean> {
  const proxy = await BenchProxy.start(folder, origins, 2, { path: '/begin' })
  try {
    const restarted = await under(proxy, `${restarts} rolling restarts of 2 workers`, async () => {
      for (let i = 0; i < restarts; i++) await proxy.post('/workers/restart')
    })
    const killed = await under(proxy, 'kill -9 of a worker', async () => {
      process.kill((await proxy.info()).workers[0]!.pid, 'SIGKILL')
      await proxy.recovered(1, 2)
    })
    const handedOver = await under(proxy, 'a hot restart', () => proxy.post('/hot_restart'))
    // Each of sixteen clients has one request under way at most.
    return restarted === 0 && killed <= 16 && handedOver === 0
  } finally {
    await proxy.stop()
  }
}

say(describeMachine().join('; '))
try {
  if (values.only.includes('scale')) {
    const origin = await startOrigin({ bodyBytes: 1024, webSocket: false }, folder, [])
    for (const workers of [1, 2, 4]) await scale(workers, origin.ports)
    await origin.stop()
  }
  if (values.only.includes('survive')) {
    const ports = [await freePort(), await freePort()]
    const program = fileURLToPath(new URL('../reload/processes/origin.ts', import.meta.url))
    const origin = new Daemon(
      { file: process.execPath, args: [program, ...ports.map(String)] },
      [],
      path.join(folder, 'origin.log'),
    )
    for (const port of ports) await origin.ready(port, false, '/begin')
    if (!(await survive(ports))) process.exitCode = 1
    await origin.stop()
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
}
