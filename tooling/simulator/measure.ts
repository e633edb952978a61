import { openConfig } from '@nuncio/checks'
import { SeededRandom, uniform } from '@nuncio/core'
import { parseIncident, sceneOf, simulate } from '@nuncio/simulator'
import { startProxy } from '@nuncio/testkit/proxy'
import { Agent, createServer, request, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { configOf, type Load, type Scenario } from './scenarios.ts'
import { Stalls } from './stalls.ts'

/** What both runs are compared by. */
export interface Measured {
  /** Each host's share of what hosts were sent. */
  readonly shares: readonly number[]
  readonly p50: number
  readonly p99: number
  /** Tries for each request. */
  readonly amplification: number
  /** Share of answers of 500 and more. */
  readonly failed: number
}

/** A live run; `undisturbed` counts the requests during which the machine did not stand still: latencies are theirs. */
export interface LiveMeasured extends Measured {
  readonly ports: readonly number[]
  readonly undisturbed: number
  readonly requests: number
}

/** The scenario on virtual time. */
export function simulated(scenario: Scenario, ports: readonly number[], load: Load): Measured {
  const { loaded } = openConfig(configOf(scenario, ports))
  const address = (i: number): string => `127.0.0.1:${ports[i]!}`
  const report = simulate({
    ...sceneOf(loaded, 'c')!,
    route: sceneOf(loaded, 'c')!.routes[0],
    ...load,
    keys: scenario.keys ?? 1000,
    services: new Map(
      scenario.hosts.map(({ serviceMs }, i) => [
        address(i),
        { meanMs: serviceMs, spread: 'fixed', workers: 1000 } as const,
      ]),
    ),
    incidents: scenario.hosts.flatMap(({ failures = 0 }, i) =>
      failures === 0 ? [] : [parseIncident(`fail ${address(i)} 0s 503 ${failures}%`)],
    ),
  })
  const { p50, p99 } = report.latency
  const failed = report.failed / report.requests
  return { shares: report.hosts.map(({ share }) => share), p50, p99, amplification: report.amplification, failed }
}

/** The scenario through the proxy, over sockets: origins that take their time, and requests that come when they come. */
export async function live(scenario: Scenario, load: Load): Promise<LiveMeasured> {
  const origins = await Promise.all(scenario.hosts.map((host, i) => Origin.start(host, load.seed + i)))
  const ports = origins.map(({ port }) => port)
  await using proxy = await startProxy({ config: configOf(scenario, ports), random: new SeededRandom(load.seed) })
  const agent = new Agent({ keepAlive: true, maxSockets: 512 })
  using stalls = new Stalls()
  try {
    const results = await arrivals(load, (n) => send(proxy.url, agent, `key-${n % (scenario.keys ?? 1000)}`))
    // What a stalled machine did to a request says nothing of the proxy.
    const undisturbed = results.filter(({ beganMs, ms }) => !stalls.overlap(beganMs, beganMs + ms))
    const times = undisturbed.map(({ ms }) => ms).toSorted((a, b) => a - b)
    const tries = origins.reduce((sum, { requests }) => sum + requests, 0)
    return {
      ports,
      shares: origins.map(({ requests }) => requests / tries),
      p50: times[Math.ceil(times.length * 0.5) - 1] ?? 0,
      p99: times[Math.ceil(times.length * 0.99) - 1] ?? 0,
      undisturbed: undisturbed.length,
      requests: results.length,
      amplification: tries / results.length,
      failed: results.filter(({ status }) => status >= 500).length / results.length,
    }
  } finally {
    agent.destroy()
    for (const origin of origins) origin.close()
  }
}

interface Result {
  readonly status: number
  readonly beganMs: number
  readonly ms: number
}

/** Sends requests independently of each other, whether those before were answered or not. */
async function arrivals({ rps, seconds, seed }: Load, sendOne: (n: number) => Promise<Result>): Promise<Result[]> {
  const random = new SeededRandom(seed)
  const began = performance.now()
  const results: Promise<Result>[] = []
  const { promise, resolve } = Promise.withResolvers<void>()
  let dueMs = 0
  const next = (): void => {
    // A timer may be late: whatever is due by now is sent.
    for (; dueMs <= performance.now() - began; dueMs += (-1000 / rps) * Math.log(1 - uniform(random))) {
      if (dueMs >= seconds * 1000) return resolve()
      results.push(sendOne(results.length))
    }
    setTimeout(next, Math.max(0, dueMs - (performance.now() - began)))
  }
  next()
  await promise
  return await Promise.all(results)
}

async function send(url: string, agent: Agent, key: string): Promise<Result> {
  const began = performance.now()
  const { promise, resolve, reject } = Promise.withResolvers<Result>()
  const sent = request(url, { agent, headers: { 'x-key': key } }, (response) => {
    response.resume()
    response.on('end', () => resolve({ status: response.statusCode!, beganMs: began, ms: performance.now() - began }))
  })
  sent.on('error', reject)
  sent.end()
  return await promise
}

/** A host that answers after a fixed time; of a hundred requests so many at once with 503. */
class Origin {
  requests = 0
  readonly #server: Server

  private constructor({ serviceMs, failures = 0 }: Scenario['hosts'][number], seed: number) {
    const random = new SeededRandom(seed)
    this.#server = createServer({ keepAliveTimeout: 60_000 }, (_, response) => {
      this.requests++
      if (random.uint32() % 100 < failures) response.writeHead(503).end()
      else setTimeout(() => response.end(), serviceMs)
    })
  }

  static async start(host: Scenario['hosts'][number], seed: number): Promise<Origin> {
    const origin = new Origin(host, seed)
    await new Promise<void>((resolve) => origin.#server.listen(0, '127.0.0.1', resolve))
    return origin
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }
  close(): void {
    this.#server.closeAllConnections()
    this.#server.close()
  }
}
