// npm run soak -- [--short] [--minutes 30]: churn and reloads; what the proxy holds returns to where it began. Linux only.
// Writes docs/benchmarks/soak.md, unless it is short (two minutes in all).
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { runClient, Tally } from '../bench/reload/clients.ts'
import { abortClients, churnWebSockets } from './churn.ts'
import { soakConfig } from './config.ts'
import { describeMachine } from '../bench/machine.ts'
import { judgeSoak } from './judge.ts'
import { soakPage } from './page.ts'
import { type Moment, type Sample, words } from './sample.ts'
import { SoakStage } from './stage.ts'

/** Two with all that is around it. */
const BRIEF_MINUTES = 1.3
const { values } = parseArgs({ options: { short: { type: 'boolean' }, minutes: { type: 'string', default: '30' } } })
const minutes = values.short === true ? BRIEF_MINUTES : Number(values.minutes)
const RELOAD_EVERY_MS = 2000
/** Times at which the heap is looked at while it runs. */
const MOMENTS = 10
const WARM_MS = 15_000
/** Longer than the drain time, and than an upstream connection takes to close. */
const REST_MS = 6000

const FLAGS = ['--no-watch', '--drain-time-s', '2', '--drain-strategy', 'immediate']

const stage = await SoakStage.begin(FLAGS)
const { ports } = stage
const tally = new Tally()

/** Everything at once, for a time, with a reload every two seconds and a look at what it did. */
async function load(ms: number, onReloaded: () => Promise<void>): Promise<void> {
  let over = false
  const options = { port: ports.main, tally, running: () => !over }
  const clients = [
    ...Array.from({ length: 6 }, () => runClient({ ...options, tls: false, newConnections: false })),
    ...Array.from({ length: 2 }, () => runClient({ ...options, tls: false, newConnections: true })),
    ...Array.from({ length: 4 }, () => churnWebSockets(options)),
    ...Array.from({ length: 4 }, () => abortClients(options)),
  ]
  const until = performance.now() + ms
  for (let step = 1; performance.now() < until; step++) {
    await sleep(Math.min(RELOAD_EVERY_MS, until - performance.now()))
    await reload(step)
    await onReloaded()
  }
  over = true
  await Promise.all(clients)
}

async function reload(step: number): Promise<void> {
  // Every fifth is broken: that leaves nothing behind either.
  writeFileSync(stage.file, step % 5 === 4 ? 'broken: [' : soakConfig(ports, step))
  const { status } = await fetch(`http://127.0.0.1:${ports.admin}/reload`, { method: 'POST' })
  if ((status === 200) === (step % 5 === 4)) tally.fail('status', `reload ${step} answered ${status}`)
}

try {
  await load(WARM_MS, async () => {})
  await reload(0)
  await sleep(REST_MS)
  const before = await stage.look()
  console.log(`began with ${words(before)}`)
  const during: Sample[] = []
  const moments: Moment[] = []
  await load(minutes * 60_000, async () => {
    const sample = await stage.sample()
    during.push(sample)
    if (sample.atMs - before.atMs < ((moments.length + 1) * minutes * 60_000) / MOMENTS) return
    const moment = await stage.look(sample)
    moments.push(moment)
    console.log(`  ${Math.round((moment.atMs - before.atMs) / 1000)} s: ${words(moment)}`)
  })
  await reload(0)
  await sleep(REST_MS)
  const after = await stage.look()
  const findings = { before, after, during, moments, failed: tally.failed, minutes }
  const complaints = judgeSoak(findings)
  const { requests, examples } = tally
  const text = soakPage({ ...findings, complaints, requests, examples, machine: describeMachine() })
  console.log(`\n${text}`)
  if (values.short !== true) writeFileSync(path.resolve(import.meta.dirname, '../../docs/benchmarks/soak.md'), text)
  process.exitCode = complaints.length === 0 ? 0 : 1
} finally {
  await stage.end()
}
