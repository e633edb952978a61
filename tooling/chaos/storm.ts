import type { Server } from '@nuncio/server'
import { Client } from './client.ts'
import { NO_FAULT } from './fault.ts'
import { Fleet } from './fleet.ts'
import { pause } from './leaks.ts'
import { startProxy, statOf } from './proxy.ts'

export interface StormResult {
  /** While all origins answered 503. */
  readonly requests: number
  readonly attempts: number
  readonly refusedRetries: number
  /** From the moment when the origins were well again to the last answer that was not, ms. */
  readonly recoveryMs: number
  /** Requests in the second after that moment, and those of them that failed. */
  readonly after: { readonly requests: number; readonly failed: number }
}

const ROUTE = `
retry_policy: { retry_on: 5xx, num_retries: 3 }`
const CLUSTER = `
circuit_breakers:
  thresholds: [{ retry_budget: { budget_percent: { value: 20 }, min_retry_concurrency: 3 } }]
outlier_detection: { interval: 0.5s, base_ejection_time: 1s, max_ejection_percent: 100 }`

/** All origins answer 503 for a while, with retries, a budget for them, and outlier detection that ejects every host. */
export async function storm(seconds: number, clients = 32): Promise<StormResult> {
  const fleet = await Fleet.start(Array.from({ length: 8 }, () => 2))
  const server = await startProxy(fleet, { route: ROUTE, cluster: CLUSTER })
  for (const origin of fleet.origins) await origin.suffer({ kind: 'status', code: 503 })
  const result = await weather(server, fleet, seconds, clients)
  await server.close()
  await fleet.close()
  return result
}

async function weather(server: Server, fleet: Fleet, seconds: number, clients: number): Promise<StormResult> {
  const client = new Client(server.listeners[0]!.port, clients)
  let wellAt = Number.POSITIVE_INFINITY
  const end = performance.now() + seconds * 1000 + 1000
  let [id, during, after, failed, recoveryMs] = [0, 0, 0, 0, 0]
  const loop = async (): Promise<void> => {
    while (performance.now() < end) {
      const { ending } = await client.ask(`s${id++}`)
      const sinceMs = performance.now() - wellAt
      if (sinceMs < 0) during++
      else {
        after++
        if (ending === 'right') continue
        failed++
        recoveryMs = Math.max(recoveryMs, sinceMs)
      }
    }
  }
  const loops = Array.from({ length: clients }, loop)
  await pause(seconds * 1000)
  const attempts = fleet.requests
  const refusedRetries = statOf(server, 'cluster.origins.upstream_rq_retry_overflow')
  await Promise.all(fleet.origins.map((origin) => origin.suffer(NO_FAULT)))
  wellAt = performance.now()
  const requests = during
  await Promise.all(loops)
  client.close()
  return { requests, attempts, refusedRetries, recoveryMs, after: { requests: after, failed } }
}
