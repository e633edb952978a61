// npm run soak:connections -- [--short]: 2 000 idle connections, 1 000 WebSockets that talk and 10 000 connections that
// come and go, twice; what the proxy holds returns to where it began. Linux only.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { freePort } from '../bench/command.ts'
import { Daemon } from '../bench/daemon.ts'
import { soakConfig, type SoakPorts } from './config.ts'
import { crowd, type CrowdSizes } from './crowd.ts'
import { judgeSoak } from './judge.ts'
import { inspectable } from './live-heap.ts'
import { lookInside, type Moment, takeSample, words } from './sample.ts'

const { values } = parseArgs({ options: { short: { type: 'boolean' } } })
const sizes: CrowdSizes =
  values.short === true ? { idle: 200, webSockets: 100, short: 1000 } : { idle: 2000, webSockets: 1000, short: 10_000 }
/** Longer than the origin keeps connections that nobody uses. */
const REST_MS = 8000

const folder = mkdtempSync(path.join(tmpdir(), 'nuncio-crowd-'))
const file = path.join(folder, 'envoy.yaml')
const ports: SoakPorts = {
  main: await freePort(),
  extra: await freePort(),
  admin: await freePort(),
  origin: await freePort(),
}
const inspector = await freePort()
const bin = path.resolve(import.meta.dirname, '../../apps/proxy/src/bin.ts')
const started: Daemon[] = []

function start(name: string, args: readonly string[]): Daemon {
  const daemon = new Daemon({ file: process.execPath, args }, [], path.join(folder, `${name}.log`))
  started.push(daemon)
  return daemon
}

const show = (when: string, moment: Moment): void => console.log(`${when}: ${words(moment)}`)

try {
  writeFileSync(file, soakConfig(ports, 0))
  const origin = start('origin', [fileURLToPath(new URL('processes/origin.ts', import.meta.url)), String(ports.origin)])
  await origin.ready(ports.origin, false, '/begin')
  const proxy = start('proxy', [
    inspectable(inspector),
    '--conditions=@nuncio/source',
    bin,
    '-c',
    file,
    '-l',
    'critical',
  ])
  await proxy.ready(ports.main, false, '/begin')
  const sample = async (): Promise<Moment> => lookInside(await takeSample(proxy.pid, ports.admin), inspector)
  let failed = 0
  const come = async (round: string): Promise<Moment> => {
    const tally = await crowd(ports.main, sizes, async () => show(`${round}, all there`, await sample()))
    failed += tally.failed
    console.log(`${round}: ${tally.requests} requests, ${tally.messages} messages, ${tally.failed} failed`)
    await sleep(REST_MS)
    const after = await sample()
    show(`${round}, all gone`, after)
    return after
  }
  // A heap takes its time to find its size: what the first crowd leaves is what the second is measured against.
  const before = await come('first crowd')
  const after = await come('second crowd')
  const complaints = judgeSoak({ before, after, during: [], moments: [], failed, minutes: 0 })
  for (const complaint of complaints) console.log(`not well: ${complaint}`)
  process.exitCode = complaints.length === 0 ? 0 : 1
} finally {
  await Promise.all(started.map((daemon) => daemon.stop()))
  rmSync(folder, { recursive: true, force: true })
}
