import { setTimeout as sleep } from 'node:timers/promises'
import type { Contender } from './contender.ts'
import { openIdle } from './load/idle.ts'
import type { LoadPlan } from './load/load.ts'
import { usageOf } from './measure/process-tree.ts'
import { isClean, summarise, type ContenderResult, type Slice } from './results.ts'
import { pathsOf, type Scenario } from './scenarios.ts'
import { measure, type SliceOptions } from './slice.ts'

export interface KindOptions extends SliceOptions {
  readonly rounds: number
  readonly seconds: number
  readonly warmSeconds: number
  readonly growthRequests: number
  say(line: string): void
}

/** Peers that decide a target are measured this many times as often. */
const DECIDING_FACTOR = 3
/** A pause in which a collector may run and freed memory go back to the system. */
const SETTLE_MS = 2000

function planFor(scenario: Scenario, contender: Contender, seconds: number): LoadPlan {
  const { tls, connections, newConnections } = scenario
  return { port: contender.port, tls, paths: pathsOf(contender.variant), connections, seconds, newConnections }
}

function resultOf(contender: Contender, slices: readonly Slice[]): ContenderResult {
  const { name, peer, variant, version, notes } = contender
  const summary = summarise(slices)
  return { name, peer, variant: variant.label, version, notes, slices, ...(summary && { summary }) }
}

async function warm(scenario: Scenario, contenders: readonly Contender[], options: KindOptions): Promise<void> {
  for (const contender of contenders) {
    await options.generator.run(planFor(scenario, contender, options.warmSeconds), options.pinning.loadPrefix)
  }
}

/** All contenders in turn, each round beginning with another one, so that none always follows the same neighbour. */
export async function measureLoad(
  scenario: Scenario,
  contenders: readonly Contender[],
  options: KindOptions,
): Promise<ContenderResult[]> {
  const slices = new Map<Contender, Slice[]>(contenders.map((each) => [each, []]))
  const round = async (group: readonly Contender[], index: number): Promise<void> => {
    for (const [i] of group.entries()) {
      const contender = group[(i + index) % group.length]
      if (!contender) continue
      const slice = await measure(contender, planFor(scenario, contender, options.seconds), options, index)
      slices.get(contender)?.push(slice)
      options.say(line(contender, slice))
    }
  }
  await warm(scenario, contenders, options)
  for (let i = 0; i < options.rounds; i++) await round(contenders, i)
  const deciding = contenders.filter((each) => scenario.deciding.includes(each.peer))
  const extra = deciding.length > 1 ? options.rounds * (DECIDING_FACTOR - 1) : 0
  for (let i = 0; i < extra; i++) await round(deciding, options.rounds + i)
  // Others on the machine spoil slices: try again, but not for ever.
  for (let i = 0; i < options.rounds; i++) {
    const poor = contenders.filter((each) => (slices.get(each) ?? []).filter(isClean).length < options.rounds)
    await round(poor, options.rounds + extra + i)
  }
  return contenders.map((each) => resultOf(each, slices.get(each) ?? []))
}

function line(contender: Contender, slice: Slice): string {
  const cpu = slice.cpuPerRequest.toFixed(1).padStart(8)
  const rate = String(Math.round(slice.requestsPerSecond)).padStart(7)
  const noise = isClean(slice) ? '' : `  noisy: ${Math.round(slice.foreign * 100)} % of the core used by others`
  const errors = slice.errors > 0 ? `  ${slice.errors} errors` : ''
  return `  ${contender.name.padEnd(28)} ${cpu} µs/req ${rate} req/s  p99 ${slice.p99Ms.toFixed(2)} ms${errors}${noise}`
}

/** RSS for each connection that was used once and is kept. */
export async function measureIdle(
  scenario: Scenario,
  contenders: readonly Contender[],
  options: KindOptions,
): Promise<ContenderResult[]> {
  await warm({ ...scenario, connections: 16 }, contenders, options)
  const results: ContenderResult[] = []
  for (const contender of contenders) {
    await sleep(SETTLE_MS)
    const before = usageOf(contender.pid).rssKiB
    const held = await openIdle(
      contender.port,
      pathsOf(contender.variant)[0] ?? '/',
      scenario.connections,
      scenario.webSocket,
    )
    await sleep(SETTLE_MS)
    const idleKiB = (usageOf(contender.pid).rssKiB - before) / scenario.connections
    held.close()
    options.say(
      `  ${contender.name.padEnd(28)} ${idleKiB.toFixed(2).padStart(8)} KiB each, over ${Math.round(before / 1024)} MiB`,
    )
    results.push({ ...resultOf(contender, []), idleKiB })
  }
  return results
}

/** RSS before and after very many requests. */
export async function measureGrowth(
  scenario: Scenario,
  contenders: readonly Contender[],
  options: KindOptions,
): Promise<ContenderResult[]> {
  const results: ContenderResult[] = []
  for (const contender of contenders) {
    // A heap takes its time to find its size: the first tenth of the requests does not count.
    await drive(scenario, contender, options, options.growthRequests / 10)
    const beforeMiB = usageOf(contender.pid).rssKiB / 1024
    const slices = await drive(scenario, contender, options, options.growthRequests)
    const requests = slices.reduce((sum, slice) => sum + slice.requests, 0)
    await sleep(SETTLE_MS)
    const growth = { beforeMiB, afterMiB: usageOf(contender.pid).rssKiB / 1024, requests }
    const change = `${beforeMiB.toFixed(1)} → ${growth.afterMiB.toFixed(1)} MiB`
    options.say(`  ${contender.name.padEnd(28)} ${change} over ${requests} requests`)
    results.push({ ...resultOf(contender, slices), growth })
  }
  return results
}

/** Loads a contender until it has answered that many requests. */
async function drive(
  scenario: Scenario,
  contender: Contender,
  options: KindOptions,
  requests: number,
): Promise<Slice[]> {
  const slices: Slice[] = []
  const plan = planFor(scenario, contender, requests > 100_000 ? 10 : 2)
  for (let done = 0; done < requests;) {
    const slice = await measure(contender, plan, { ...options, patienceMs: 0 }, slices.length)
    slices.push(slice)
    // A proxy that answers nothing would keep this loop for ever.
    if (slice.requests === 0) break
    done += slice.requests
  }
  return slices
}
