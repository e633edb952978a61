// npm run bench:reload -- [--seconds 30] [--reloads 100] [--restarts 10] [--connections 16]
//   [--contenders nuncio,nginx,haproxy] [--no-write]
//
// What is lost when a proxy is reloaded under load, when its workers are replaced or killed, when another process takes over
// and when it is stopped: beside nginx and HAProxy, in some four minutes.
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { freePort } from '../command.ts'
import { Daemon } from '../daemon.ts'
import { describeMachine } from '../machine.ts'
import { writeCertificate } from '../tls/certificate.ts'
import { runClient, Tally } from './clients.ts'
import { CONTENDERS, folderOf, KINDS, type ReloadContender, type ReloadSetup } from './contenders.ts'
import { type Disturbed, disturb } from './disturb.ts'
import { type ReloadResult, writeReloadResults } from './report.ts'

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '30' },
    reloads: { type: 'string', default: '100' },
    restarts: { type: 'string', default: '10' },
    connections: { type: 'string', default: '16' },
    contenders: { type: 'string', default: 'nuncio,nginx,haproxy' },
    'no-write': { type: 'boolean', default: false },
  },
})
const [seconds, reloads, connections] = [Number(values.seconds), Number(values.reloads), Number(values.connections)]

/** Connections that are made anew for each request, over TLS: handshakes meet every certificate. */
const HANDSHAKING = 2

async function setUp(
  of: Pick<ReloadSetup, 'certificates' | 'origins'>,
  folder: string,
  workers: number,
): Promise<ReloadSetup> {
  const [port, tlsPort, extraPort, adminPort] = [await freePort(), await freePort(), await freePort(), await freePort()]
  return { ...of, folder, workers, port, tlsPort, extraPort, adminPort }
}

async function measure(contender: ReloadContender, setup: ReloadSetup, version: string): Promise<ReloadResult> {
  const daemon = await contender.start(setup)
  try {
    const tally = new Tally()
    const until = performance.now() + seconds * 1000
    let over = false
    const running = (): boolean => !over
    const client = (tls: boolean, newConnections: boolean): Promise<void> =>
      runClient({ port: tls ? setup.tlsPort : setup.port, tls, newConnections, tally, running })
    const clients = [
      ...Array.from({ length: connections }, () => client(false, false)),
      ...Array.from({ length: Math.ceil(connections / 4) }, () => client(true, false)),
      ...Array.from({ length: HANDSHAKING }, () => client(true, true)),
    ]
    const rssBefore = rssMiB(daemon.pid)
    let done = 0
    const durations: number[] = []
    for (let step = 1; step <= reloads; step++) {
      await sleep(Math.max(0, until - performance.now()) / (reloads - step + 2))
      const began = performance.now()
      await contender.reload(setup, step, daemon)
      durations.push(performance.now() - began)
      done++
    }
    await sleep(Math.max(0, until - performance.now()))
    over = true
    await Promise.all(clients)
    const sorted = tally.latenciesMs.toSorted((a, b) => a - b)
    return {
      name: contender.name,
      version,
      reloads: done,
      requests: tally.requests,
      connections: tally.connections,
      failures: Object.fromEntries(tally.failures),
      failed: tally.failed,
      perMillion: Math.round((tally.failed / Math.max(1, tally.requests)) * 1e6),
      examples: tally.examples,
      p50Ms: round(sorted[Math.floor(sorted.length * 0.5)]),
      p99Ms: round(sorted[Math.floor(sorted.length * 0.99)]),
      maxMs: round(sorted.at(-1)),
      reloadMs:
        contender.name === 'nuncio'
          ? round(durations.toSorted((a, b) => a - b)[Math.floor(durations.length / 2)])
          : undefined,
      rssMiB: [rssBefore, rssMiB(daemon.pid)],
    }
  } finally {
    await daemon.stop()
  }
}

const round = (ms: number | undefined): number => Math.round((ms ?? 0) * 100) / 100

function rssMiB(pid: number): number {
  const pages = Number(readFileSync(`/proc/${pid}/statm`, 'latin1').split(' ')[1])
  return Math.round((pages * 4096) / 1024 / 1024)
}

const folder = mkdtempSync(path.join(tmpdir(), 'nuncio-reload-'))
const origins = [await freePort(), await freePort()] as const
const program = fileURLToPath(new URL('processes/origin.ts', import.meta.url))
const origin = new Daemon(
  { file: process.execPath, args: [program, ...origins.map(String)] },
  [],
  path.join(folder, 'origin.log'),
)
try {
  for (const port of origins) await origin.ready(port, false, '/begin')
  const certificates = [0, 1].map((i) => {
    const at = path.join(folder, `certificate-${i}`)
    mkdirSync(at)
    return writeCertificate(at)
  }) as unknown as ReloadSetup['certificates']
  const results: ReloadResult[] = []
  const skipped: string[] = []
  const disturbed: { readonly name: string; readonly version: string; readonly list: readonly Disturbed[] }[] = []
  for (const name of values.contenders.split(',')) {
    const contender = CONTENDERS.find((each) => each.name === name)
    const found = contender?.find() ?? { missing: 'there is no such contender' }
    if (contender === undefined || 'missing' in found) {
      skipped.push(`${name}: ${'missing' in found ? found.missing : ''}`)
      continue
    }
    console.log(`${name} ${found.version}: ${reloads} reloads in ${seconds} s`)
    const setup = (what: string, workers: number): Promise<ReloadSetup> =>
      setUp({ certificates, origins }, folderOf(folder, `${name}-${what}`), workers)
    const result = await measure(contender, await setup('reloads', 1), found.version)
    const kinds = Object.entries(result.failures).map(([kind, count]) => `${count} ${kind}`)
    console.log(
      `  ${result.requests} requests, ${result.failed} failed (${result.perMillion} per million) ${kinds.join(', ')}`,
    )
    for (const example of result.examples) console.log(`    ${example}`)
    console.log(`  p99 ${result.p99Ms} ms, longest ${result.maxMs} ms, RSS ${result.rssMiB.join(' → ')} MiB`)
    results.push(result)
    const list = await disturb(contender, await setup('disturbed', 2), Number(values.restarts))
    for (const { what, requests, failed, why } of list)
      console.log(`  ${what}: ${why ?? `${requests} requests, ${failed} failed`}`)
    disturbed.push({ name, version: found.version, list })
  }
  if (!values['no-write']) {
    const settings = `${reloads} reloads in ${seconds} s (${KINDS.join(', ')} in turn), ${connections} connections kept, ${Math.ceil(connections / 4)} kept over TLS, ${HANDSHAKING} with a handshake for each request`
    writeReloadResults({
      date: new Date().toISOString().slice(0, 10),
      machine: describeMachine(),
      settings,
      results,
      disturbed,
      skipped,
    })
  }
  const own = disturbed.find(({ name }) => name === 'nuncio')?.list ?? []
  const lost = results.some(({ name, failed }) => name === 'nuncio' && failed > 0)
  if (lost || own.some(({ failed, allowed }) => failed > allowed)) process.exitCode = 1
} finally {
  await origin.stop()
  rmSync(folder, { recursive: true, force: true })
}
