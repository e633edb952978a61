// npm run bench:overload -- [--seconds 10] [--factor 5] [--connections 400] [--max-wait 0.5] [--write]
//
// A proxy that is offered several times what it can do, with and without its overload manager: what the requests that it
// admits take, what the others get and when, and how soon all is well again. `--write` writes
// docs/benchmarks/overload.md.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'
import type { LoadPlan } from '../load/load.ts'
import { ownGenerator } from '../load/own.ts'
import { findWrk } from '../load/wrk.ts'
import { describeMachine } from '../machine.ts'
import { startOrigin } from '../origin/origin.ts'
import { choosePinning } from '../pinning.ts'
import { BenchProxy } from '../workers/proxy.ts'
import { disturbances, type Findings, judge, summarise } from './judge.ts'
import { offer } from './offer.ts'
import { page } from './page.ts'

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '10' },
    factor: { type: 'string', default: '5' },
    connections: { type: 'string', default: '400' },
    'max-wait': { type: 'string', default: '0.5' },
    write: { type: 'boolean', default: false },
  },
})
const [seconds, factor, connections] = [Number(values.seconds), Number(values.factor), Number(values.connections)]
/** Some 0.4 ms, as for the check of a password. */
const ROUNDS = 2500
const CALM_SHARE = 0.2

const WORK = {
  name: 'work',
  typed_config: { '@type': 'type.googleapis.com/nuncio.bench.v1.Work', rounds: ROUNDS },
}
const MANAGER = {
  refresh_interval: '0.1s',
  resource_monitors: [
    {
      name: 'wait',
      typed_config: {
        '@type': 'type.googleapis.com/nuncio.resource_monitors.request_wait.v1.RequestWaitConfig',
        max_wait: `${Number(values['max-wait']) / 1000}s`,
      },
    },
  ],
}

const folder = mkdtempSync(path.join(tmpdir(), 'nuncio-overload-'))
const { loadPrefix, proxyPrefix, about } = choosePinning()
const machine = [...describeMachine(), about].join('; ')
const filters = [path.join(import.meta.dirname, 'work-filter.ts')]

const start = (origins: readonly number[], more: object): Promise<BenchProxy> =>
  BenchProxy.start(folder, origins, 1, { more, prefix: proxyPrefix, filters, httpFilters: [WORK] })

const generator = findWrk() ?? ownGenerator

const closedLoop = ({ port }: BenchProxy, over: number, forSeconds: number): LoadPlan =>
  ({ port, tls: false, paths: ['/'], connections: over, newConnections: false, seconds: forSeconds }) // prettier-ignore

/** What the proxy can do when it is asked for all that it can: requests a second. */
async function capacityOf(proxy: BenchProxy): Promise<number> {
  await generator.run(closedLoop(proxy, 8, 2), loadPrefix)
  const { requests, seconds: took } = await generator.run(closedLoop(proxy, 8, 4), loadPrefix)
  return requests / took
}

async function play(proxy: BenchProxy, capacity: number): Promise<Findings> {
  // Code that has hardly run yet is slow.
  await generator.run(closedLoop(proxy, 2, 3), loadPrefix)
  const calm = { rate: capacity * CALM_SHARE, seconds: 5 }
  const phases = [{ ...calm, seconds: 2 }, calm, { rate: capacity * factor, seconds }, { ...calm, seconds: 3 }]
  const [, before, during, after] = await offer({ port: proxy.port, connections, phases }, loadPrefix)
  return summarise({ before: before!, during: during!, after: after!, capacity, factor, seconds })
}

console.log(machine)
const origin = await startOrigin({ bodyBytes: 1024, webSocket: false }, folder, loadPrefix)
try {
  const bare = await start(origin.ports, {})
  const capacity = await capacityOf(bare)
  const without = await play(bare, capacity)
  await bare.stop()
  const guarded = await start(origin.ports, { overload_manager: MANAGER })
  const withManager = await play(guarded, capacity)
  await guarded.stop()
  const complaints = judge(withManager)
  const disturbed = disturbances(withManager)
  const text = page({
    machine,
    without,
    withManager,
    complaints,
    disturbed,
    connections,
    maxWaitMs: Number(values['max-wait']),
  })
  console.log(text)
  if (values.write) writeFileSync(path.resolve(import.meta.dirname, '../../../docs/benchmarks/overload.md'), text)
  process.exitCode = complaints.length + disturbed.length === 0 ? 0 : 1
} finally {
  await origin.stop()
  rmSync(folder, { recursive: true, force: true })
}
