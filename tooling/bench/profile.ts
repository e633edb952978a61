// npm run bench:profile -- [--scenario NAME] [--peer NAME] [--seconds N] [--top N] [--keep FILE]
//
// Runs one Node peer under the CPU profiler while a scenario loads it, and prints where the time goes: by part of the
// program, then the functions with the most self time.
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { startContender } from './contender.ts'
import { ownGenerator } from './load/own.ts'
import { findWrk } from './load/wrk.ts'
import { startOrigin } from './origin/origin.ts'
import { PEERS } from './peers/all.ts'
import type { Peer } from './peers/peer.ts'
import { choosePinning } from './pinning.ts'
import { byGroup, selfTimes, type CpuProfile, type SelfTime } from './profile/analyse.ts'
import { pathsOf, SCENARIOS } from './scenarios.ts'
import { writeCertificate } from './tls/certificate.ts'

const HOOK = pathToFileURL(path.join(import.meta.dirname, 'peers/processes/profile-hook.ts')).href

const { values } = parseArgs({
  options: {
    scenario: { type: 'string', default: 'keepalive-1k' },
    peer: { type: 'string', default: 'nuncio' },
    variant: { type: 'string' },
    seconds: { type: 'string', default: '5' },
    top: { type: 'string', default: '40' },
    keep: { type: 'string' },
  },
})

/** The peer with the profiler loaded into it. */
function profiled(peer: Peer, file: string): Peer {
  return {
    ...peer,
    command(setup) {
      const command = peer.command(setup)
      return { ...command, args: ['--import', HOOK, ...command.args], env: { ...command.env, PROFILE_FILE: file } }
    },
  }
}

async function written(file: string): Promise<CpuProfile> {
  for (let waited = 0; waited < 10_000; waited += 100) {
    if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8')) as CpuProfile
    await sleep(100)
  }
  throw new Error('no profile was written: is the peer a Node program?')
}

function print(times: readonly SelfTime[], all: number, requests: number): void {
  for (const { name, group, micros } of times) {
    const share = `${((100 * micros) / all).toFixed(1)} %`.padStart(8)
    const each = (micros / requests).toFixed(2).padStart(8)
    console.log(`${share} ${each} µs/req  ${name}${name === group ? '' : `  [${group}]`}`)
  }
}

async function main(): Promise<void> {
  const scenario = SCENARIOS.find((each) => each.name === values.scenario)
  const peer = PEERS.find((each) => each.name === values.peer)
  const variant = scenario?.variants.find((each) => each.label === (values.variant ?? scenario.variants[0]?.label))
  if (!scenario || !peer || !variant) throw new Error('no such scenario, peer or variant: npm run bench -- --list')
  const folder = mkdtempSync(path.join(os.tmpdir(), 'nuncio-profile-'))
  const file = path.join(folder, 'run.cpuprofile')
  const pinning = choosePinning()
  const origin = await startOrigin(scenario, folder, pinning.loadPrefix)
  const tls = scenario.tls ? writeCertificate(folder) : undefined
  const stage = { scenario, origin, folder, pinning, tls }
  const contender = await startContender(profiled(peer, file), variant, stage)
  try {
    if (typeof contender === 'string') throw new Error(contender)
    const generator = findWrk() ?? ownGenerator
    const { connections, newConnections } = scenario
    const plan = { port: contender.port, tls: scenario.tls, paths: pathsOf(variant), connections, newConnections }
    await generator.run({ ...plan, seconds: 3 }, pinning.loadPrefix)
    process.kill(contender.pid, 'SIGUSR2')
    await sleep(200)
    const { requests } = await generator.run({ ...plan, seconds: Number(values.seconds) }, pinning.loadPrefix)
    process.kill(contender.pid, 'SIGUSR2')
    const times = selfTimes(await written(file))
    const all = times.reduce((sum, each) => sum + each.micros, 0)
    console.log(
      `${contender.name}, ${scenario.title}: ${requests} requests, ${(all / requests).toFixed(1)} µs each by the profiler\n`,
    )
    print(byGroup(times), all, requests)
    console.log('')
    print(times.slice(0, Number(values.top)), all, requests)
    if (values.keep) copyFileSync(file, values.keep)
  } finally {
    if (typeof contender !== 'string') await contender.stop()
    await origin.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

try {
  await main()
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}
