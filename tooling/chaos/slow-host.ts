import { SeededRandom } from '@nuncio/core'
import type { Server } from '@nuncio/server'
import { Client } from './client.ts'
import { Fleet } from './fleet.ts'
import { pause } from './leaks.ts'
import { startProxy } from './proxy.ts'

export interface SlowHostResult {
  readonly policy: string
  readonly requests: number
  readonly p50Ms: number
  readonly p99Ms: number
  /** Percent of the requests that the slow host got; 12.5 would be its fair share. */
  readonly slowShare: number
}

/**
 * What policies that look at hosts have to do better than round robin, which does not; none = all is well. Round robin
 * gives the slow host its share, so that one request in eight waits for it. Least request gives it less, but not less than
 * one in a hundred while hosts are idle, so that its p99 is still the slow host's; that of the score is not.
 */
export function brokenFairness(results: readonly SlowHostResult[]): readonly string[] {
  const blind = results.find(({ policy }) => policy === 'round robin')
  if (blind === undefined || blind.requests === 0) return ['no request went round robin']
  const seeing = results.filter((result) => result !== blind)
  return [
    ...(seeing.length === 0 ? ['nothing was compared with round robin'] : []),
    ...(blind.p99Ms < SLOWEST_MS ? ['round robin never met the slow host'] : []),
    ...seeing.flatMap(({ policy, p99Ms, slowShare }) => [
      ...(policy.startsWith('score') && p99Ms >= blind.p99Ms / 2
        ? [`${policy}: a p99 of ${Math.round(p99Ms)} ms`]
        : []),
      ...(slowShare >= blind.slowShare / 2 ? [`${policy}: the slow host got ${slowShare.toFixed(1)} %`] : []),
    ]),
  ]
}

/** How long the hosts take, ms: one of eight is slow. */
const LATENCIES = [4, 4, 4, 4, 4, 4, 4, 80]
const SLOWEST_MS = Math.max(...LATENCIES)

const SCORE = 'nuncio.load_balancing_policies.score'
export const POLICIES: Readonly<Record<string, string>> = {
  'round robin': 'lb_policy: ROUND_ROBIN',
  'least request': 'lb_policy: LEAST_REQUEST',
  'least request of three': 'lb_policy: LEAST_REQUEST\nleast_request_lb_config: { choice_count: 3 }',
  'score of three': `
load_balancing_policy:
  policies:
    - typed_extension_config:
        name: ${SCORE}
        typed_config:
          '@type': type.googleapis.com/${SCORE}.v1.Score
          choice_count: 3
          terms: [{ name: active_requests }, { name: latency_ewma, weight: 0.2, decay: 10s }]`,
}

/** Requests arrive at random moments, as many a second for each policy, whether earlier ones are answered or not. */
export async function slowHost(policy: string, seconds: number, perSecond: number): Promise<SlowHostResult> {
  const fleet = await Fleet.start(LATENCIES)
  const server = await startProxy(fleet, { cluster: POLICIES[policy]! })
  const times = await arrivals(server, seconds, perSecond)
  const slow = fleet.origins.at(-1)!.requests
  await server.close()
  const result = {
    policy,
    requests: times.length,
    p50Ms: quantile(times, 0.5),
    p99Ms: quantile(times, 0.99),
    slowShare: (slow / fleet.requests) * 100,
  }
  await fleet.close()
  return result
}

async function arrivals(server: Server, seconds: number, perSecond: number): Promise<readonly number[]> {
  const client = new Client(server.listeners[0]!.port, 256)
  const random = new SeededRandom(3)
  const began = performance.now()
  const answers: Promise<number>[] = []
  let dueMs = 0
  for (let id = 1; dueMs < seconds * 1000; id++) {
    dueMs += (-Math.log((random.uint32() + 1) / 0x1_0000_0001) * 1000) / perSecond
    const waitMs = began + dueMs - performance.now()
    if (waitMs > 1) await pause(waitMs)
    // Small bodies: what counts is the host, not the transfer.
    answers.push(client.ask(`p${id * 8 + 1}`).then(({ ms }) => ms))
  }
  const times = await Promise.all(answers)
  client.close()
  return times.toSorted((a, b) => a - b)
}

function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}
