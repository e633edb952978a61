// npm run bench -- [--scenario NAME,...] [--peers NAME,...] [--rounds N] [--seconds N]: see --help and README.md.
import path from 'node:path'
import { readArguments, type Arguments } from './arguments.ts'
import { runBlock } from './block.ts'
import { findH2load } from './load/h2load.ts'
import { ownGenerator } from './load/own.ts'
import { findWrk } from './load/wrk.ts'
import type { LoadGenerator } from './load/load.ts'
import { describeMachine } from './machine.ts'
import { PEERS } from './peers/all.ts'
import { choosePinning } from './pinning.ts'
import { readResults, writeResult } from './report/write.ts'
import type { ScenarioResult } from './results.ts'
import { SCENARIOS, type Scenario } from './scenarios.ts'
import { judge } from './targets.ts'

const HOME = path.resolve(import.meta.dirname, '../../docs/benchmarks')
const say = (line: string): void => console.log(line)

function list(): void {
  say('scenarios')
  for (const { name, title } of SCENARIOS) say(`  ${name.padEnd(20)} ${title}`)
  say('peers')
  for (const peer of PEERS) {
    const found = peer.find()
    say(`  ${peer.name.padEnd(20)} ${'missing' in found ? `skipped: ${found.missing}` : found.version}`)
  }
}

function chooseGenerator(wanted: Arguments['load']): LoadGenerator {
  const wrk = wanted === 'own' ? undefined : findWrk()
  if (wanted === 'wrk' && !wrk) throw new Error('wrk is not installed')
  return wrk ?? ownGenerator
}

function generatorFor(scenario: Scenario, wanted: Arguments['load']): LoadGenerator {
  if (scenario.layer !== 'http2') return chooseGenerator(wanted)
  const generator = findH2load()
  if (generator === undefined) throw new Error(`${scenario.name} is skipped: h2load is not installed`)
  return generator
}

async function runScenario(scenario: Scenario, args: Arguments): Promise<ScenarioResult> {
  const pinning = choosePinning()
  const { rounds, seconds, warm } = args
  say(`\n${scenario.title} (${scenario.name})`)
  const block = await runBlock(scenario, {
    peers: args.peers ?? scenario.peers,
    rounds,
    seconds,
    warmSeconds: warm,
    patienceMs: args.patience * 1000,
    growthRequests: args.growth,
    generator: generatorFor(scenario, args.load),
    pinning,
    say,
  })
  const load = `load by ${block.generator}, ${scenario.connections} connections, origin ${block.origin}`
  return {
    scenario: scenario.name,
    title: scenario.title,
    about: scenario.about,
    date: new Date().toISOString().slice(0, 10),
    machine: describeMachine(),
    settings: [load, pinning.about, `${rounds} rounds of ${seconds} s after ${warm} s of warming, interleaved`],
    skipped: block.skipped,
    contenders: block.contenders,
  }
}

function sayVerdicts(results: readonly ScenarioResult[]): boolean {
  let missed = false
  say('\ntargets')
  for (const { target, measured, met } of judge(results)) {
    if (met === undefined) continue
    missed ||= !met
    say(`  ${met ? 'met   ' : 'missed'}  ${(measured ?? '').padStart(9)}  ${target}`)
  }
  return missed
}

async function main(): Promise<number> {
  const args = readArguments(process.argv.slice(2), HOME)
  if (args.list) {
    list()
    return 0
  }
  if (process.platform !== 'linux') throw new Error('the benchmark reads /proc and runs on Linux only')
  const results: ScenarioResult[] = []
  for (const scenario of args.scenarios) {
    const result = await runScenario(scenario, args)
    results.push(result)
    if (args.write) writeResult(args.out, result)
  }
  const missed = sayVerdicts(args.write ? readResults(args.out) : results)
  return args.strict && missed ? 1 : 0
}

try {
  process.exitCode = await main()
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 2
}
