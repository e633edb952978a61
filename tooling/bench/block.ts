import { mkdtempSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { direct, startContender, type Contender, type Stage } from './contender.ts'
import { measureGrowth, measureIdle, measureLoad, type KindOptions } from './kinds.ts'
import { ownGenerator } from './load/own.ts'
import { startOrigin } from './origin/origin.ts'
import { PEERS } from './peers/all.ts'
import type { ContenderResult } from './results.ts'
import type { Scenario } from './scenarios.ts'
import { writeCertificate } from './tls/certificate.ts'

export interface BlockOptions extends KindOptions {
  readonly peers: readonly string[]
}

export interface BlockResult {
  readonly contenders: readonly ContenderResult[]
  readonly skipped: readonly string[]
  readonly generator: string
  readonly origin: string
}

const KINDS = { load: measureLoad, idle: measureIdle, growth: measureGrowth }

/** Runs one scenario: all contenders up and warm, then measured in turn, round after round. */
export async function runBlock(scenario: Scenario, options: BlockOptions): Promise<BlockResult> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'nuncio-bench-'))
  const origin = await startOrigin(scenario, folder, options.pinning.loadPrefix)
  const tls = scenario.tls ? writeCertificate(folder) : undefined
  const stage: Stage = { scenario, origin, folder, pinning: options.pinning, tls }
  const skipped: string[] = []
  const contenders: Contender[] = []
  // A handshake that wrk resumes would not be one.
  const generator = scenario.newConnections && scenario.tls ? ownGenerator : options.generator
  try {
    contenders.push(...(await startAll(stage, options, skipped)))
    const results = await KINDS[scenario.kind](scenario, contenders, { ...options, generator })
    return { contenders: results, skipped, generator: generator.name, origin: origin.name }
  } finally {
    for (const contender of contenders) await contender.stop()
    await origin.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

async function startAll(stage: Stage, options: BlockOptions, skipped: string[]): Promise<Contender[]> {
  const started: Contender[] = []
  for (const name of options.peers) {
    for (const variant of stage.scenario.variants) {
      if (name === 'direct') {
        if (!stage.scenario.tls && stage.scenario.kind === 'load') started.push(direct(stage, variant))
        continue
      }
      const peer = PEERS.find((each) => each.name === name)
      const contender = peer ? await startContender(peer, variant, stage) : `${name}: unknown`
      if (typeof contender === 'string') {
        skipped.push(contender)
        options.say(`skipped ${contender}`)
      } else started.push(contender)
    }
  }
  return started
}
