// npm run bench:workers -- [--seconds 8] [--connections 64] [--no-write]
//
// What workers cost and bring: CPU per request, throughput and memory of 1, 2 and 4. Writes docs/benchmarks/workers.md, in some
// two minutes. What is lost when they are replaced, killed and handed over is measured by bench:reload.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { ownGenerator } from '../load/own.ts'
import { findWrk } from '../load/wrk.ts'
import { describeMachine } from '../machine.ts'
import { usageOf } from '../measure/process-tree.ts'
import { startOrigin } from '../origin/origin.ts'
import { workersPage, type WorkersRow } from './page.ts'
import { BenchProxy } from './proxy.ts'

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '8' },
    connections: { type: 'string', default: '64' },
    'no-write': { type: 'boolean', default: false },
  },
})
const [seconds, connections] = [Number(values.seconds), Number(values.connections)]
const ROUNDS = 3
const generator = findWrk() ?? ownGenerator
const folder = mkdtempSync(path.join(tmpdir(), 'nuncio-workers-'))

/** What so many workers do with all the load that there is; of some rounds the one that cost least. */
async function measure(workers: number, origins: readonly number[]): Promise<WorkersRow> {
  const proxy = await BenchProxy.start(folder, origins, workers)
  const plan = { port: proxy.port, tls: false, paths: ['/'], connections, newConnections: false }
  try {
    await generator.run({ ...plan, seconds: 3 }, [])
    const rounds: WorkersRow[] = []
    for (let round = 0; round < ROUNDS; round++) {
      const before = usageOf(proxy.daemon.pid)
      const { requests, seconds: took, errors, p50Ms, p99Ms } = await generator.run({ ...plan, seconds }, [])
      const after = usageOf(proxy.daemon.pid)
      const cpuMicros = (after.cpuMicros - before.cpuMicros) / requests
      rounds.push({ workers, rate: requests / took, cpuMicros, rssMiB: after.rssKiB / 1024, p50Ms, p99Ms, errors })
    }
    return rounds.toSorted((a, b) => a.cpuMicros - b.cpuMicros)[0]!
  } finally {
    await proxy.stop()
  }
}

try {
  const origin = await startOrigin({ bodyBytes: 1024, webSocket: false }, folder, [])
  const rows: WorkersRow[] = []
  for (const workers of [1, 2, 4]) rows.push(await measure(workers, origin.ports))
  await origin.stop()
  const text = workersPage({
    rows,
    seconds,
    rounds: ROUNDS,
    connections,
    load: generator.name,
    machine: describeMachine(),
  })
  console.log(text)
  if (!values['no-write']) writeFileSync(path.resolve(import.meta.dirname, '../../../docs/benchmarks/workers.md'), text)
} finally {
  rmSync(folder, { recursive: true, force: true })
}
