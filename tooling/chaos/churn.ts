import { SeededRandom } from '@nuncio/core'
import type { Server } from '@nuncio/server'
import { type Answer, Client, type Ending } from './client.ts'
import { drawFault, NO_FAULT } from './fault.ts'
import { Fleet } from './fleet.ts'
import { leakedHandles, openHandles, pause, stuckGauges } from './leaks.ts'
import type { Origin } from './origin.ts'
import { startProxy, statOf } from './proxy.ts'

export interface ChurnOptions {
  readonly seed: number
  readonly seconds: number
  readonly clients: number
}

export interface ChurnResult {
  readonly requests: number
  readonly endings: Readonly<Record<Ending, number>>
  /** Some of what did not end right. */
  readonly examples: readonly string[]
  readonly faults: Readonly<Record<string, number>>
  /** Requests that reached an origin. */
  readonly tries: number
  readonly ejections: number
  readonly wrongUploads: number
  readonly crashes: readonly string[]
  readonly leaks: readonly string[]
  /** Fates of the connection manager; they have to add up to the requests. */
  readonly fates: Readonly<Record<string, number>>
  readonly p99Ms: number
}

const ORIGINS = 8
/** So many origins are without a fault at any time. */
const HEALTHY = 2

const ROUTE = `
timeout: 8s
retry_policy:
  retry_on: 5xx,reset,connect-failure,refused-stream
  num_retries: 12
  per_try_timeout: 0.4s
  retry_back_off: { base_interval: 0.005s, max_interval: 0.05s }
  retry_host_predicate:
    - name: envoy.retry_host_predicates.previous_hosts
      typed_config: { '@type': type.googleapis.com/envoy.extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate }
  host_selection_retry_max_attempts: 20`

const CLUSTER = `
lb_policy: LEAST_REQUEST
circuit_breakers:
  thresholds: [{ retry_budget: { budget_percent: { value: 100 }, min_retry_concurrency: 100 } }]
outlier_detection:
  consecutive_5xx: 3
  interval: 0.3s
  base_ejection_time: 0.5s
  max_ejection_time: 2s
  max_ejection_percent: 70
common_lb_config: { healthy_panic_threshold: { value: 10 } }`

/** Eight origins fail in all ways while idempotent requests run through the proxy. */
export async function churn(options: ChurnOptions): Promise<ChurnResult> {
  const handles = openHandles()
  const crashes: string[] = []
  const onCrash = (error: unknown): void => void crashes.push(String(error))
  process.on('uncaughtException', onCrash).on('unhandledRejection', onCrash)
  const fleet = await Fleet.start(Array.from({ length: ORIGINS }, () => 0))
  const server = await startProxy(fleet, { route: ROUTE, cluster: CLUSTER })
  const until = performance.now() + options.seconds * 1000
  const [answers, faults] = await Promise.all([ask(server, options, until), torment(fleet, options.seed, until)])
  const stuck = await stuckGauges(server, 3000)
  const result = judge(server, fleet, answers, faults)
  await server.close()
  await fleet.close()
  const leaked = await leakedHandles(handles, 3000)
  process.off('uncaughtException', onCrash).off('unhandledRejection', onCrash)
  return { ...result, crashes, leaks: [...stuck, ...leaked] }
}

async function ask(server: Server, { seed, clients }: ChurnOptions, until: number): Promise<Answer[]> {
  const client = new Client(server.listeners[0]!.port, clients)
  const random = new SeededRandom(seed + 1)
  const answers: Answer[] = []
  let next = 0
  const loop = async (): Promise<void> => {
    while (performance.now() < until) {
      const id = `r${seed}-${next++}`
      const answer = await client.ask(id, random.uint32() % 4 === 0 ? 'PUT' : 'GET')
      answers.push(answer.ending === 'right' ? answer : { ...answer, details: `${id}: ${answer.details}` })
      // Fewer requests, more of them in the middle of something when an origin fails.
      if (random.uint32() % 4 === 0) await pause(random.uint32() % 10)
    }
  }
  await Promise.all(Array.from({ length: clients }, loop))
  client.close()
  return answers
}

/** Lets origins fail and mend, never so many that fewer than `HEALTHY` are left. */
async function torment(fleet: Fleet, seed: number, until: number): Promise<Record<string, number>> {
  const random = new SeededRandom(seed)
  const faults: Record<string, number> = {}
  const mendings: Promise<void>[] = []
  while (performance.now() < until - 500) {
    await pause(40 + (random.uint32() % 120))
    const origin = fleet.origins[random.uint32() % ORIGINS]!
    const [fault, forMs] = [drawFault(random), 150 + (random.uint32() % 1200)]
    const whole = fleet.origins.filter((other) => other.fault.kind === 'none').length
    if (origin.fault.kind !== 'none' || whole <= HEALTHY) continue
    faults[fault.kind] = (faults[fault.kind] ?? 0) + 1
    await origin.suffer(fault)
    fleet.publish()
    mendings.push(mend(fleet, origin, Math.min(forMs, until - performance.now())))
  }
  await Promise.all(mendings)
  return faults
}

async function mend(fleet: Fleet, origin: Origin, afterMs: number): Promise<void> {
  await pause(Math.max(0, afterMs))
  await origin.suffer(NO_FAULT)
  fleet.publish()
}

function judge(
  server: Server,
  fleet: Fleet,
  answers: readonly Answer[],
  faults: Record<string, number>,
): Omit<ChurnResult, 'crashes' | 'leaks'> {
  const endings: Record<Ending, number> = { right: 0, 'wrong body': 0, cut: 0, hang: 0, failed: 0 }
  for (const { ending } of answers) endings[ending]++
  const prefix = 'http.chaos.fate.'
  const fates = [...server.stats.counters.values()].filter(({ name }) => name.startsWith(prefix))
  const times = answers.map(({ ms }) => ms).toSorted((a, b) => a - b)
  return {
    requests: answers.length,
    endings,
    examples: answers.flatMap(({ ending, details }) => (ending === 'right' ? [] : `${ending} ${details}`)).slice(0, 10),
    faults,
    tries: fleet.requests,
    ejections: statOf(server, 'cluster.origins.outlier_detection.ejections_enforced_total'),
    wrongUploads: fleet.origins.reduce((sum, origin) => sum + origin.wrongUploads, 0),
    fates: Object.fromEntries(fates.map(({ name, value }) => [name.slice(prefix.length), value])),
    p99Ms: times[Math.floor(times.length * 0.99)] ?? 0,
  }
}

/** What a run broke of what is promised; none = all is well. */
export function brokenPromises(result: ChurnResult): readonly string[] {
  const { endings, fates, requests } = result
  const counted = Object.values(fates).reduce((sum, count) => sum + count, 0)
  return [
    ...(requests === 0 ? ['no request was sent'] : []),
    ...(Object.keys(result.faults).length === 0 ? ['nothing ever failed'] : []),
    ...(endings['wrong body'] > 0 ? [`${endings['wrong body']} wrong bodies`] : []),
    ...(result.wrongUploads > 0 ? [`${result.wrongUploads} wrong uploads`] : []),
    ...(endings.hang > 0 ? [`${endings.hang} hangs`] : []),
    ...(endings.failed > 0 ? [`${endings.failed} requests failed while two hosts were healthy`] : []),
    ...(endings.cut > (fates['upstream_error'] ?? 0) ? ['a response was cut that the upstream had sent whole'] : []),
    ...(counted === requests ? [] : [`${counted} fates of ${requests} requests`]),
    ...result.crashes.map((crash) => `crash: ${crash}`),
    ...result.leaks.map((leak) => `leak: ${leak}`),
  ]
}
