import type { Problem } from '@nuncio/config'
import { requestHeaders, responseHeaders, SeededRandom, silentLogger, StatsStore } from '@nuncio/core'
import { FakeRuntime, FakeTime } from '@nuncio/core/testing'
import type { SideRequest, SideResponse } from '@nuncio/filter-chain'
import { configPlace } from '@nuncio/matching'
import type { TracingProvider } from '../tracing/contracts.ts'
import { createTracingProvider } from '../tracing/create-tracing-provider.ts'

/** A status, the failure of a side call, or nothing yet. */
export type CollectorAnswer = number | string | Promise<never>

/** A tracing provider before a collector that answers as it is told. */
export class ProviderBench {
  readonly time = new FakeTime()
  readonly stats = new StatsStore()
  readonly problems: Problem[] = []
  readonly received: (SideRequest & { readonly cluster: string })[] = []
  answer: CollectorAnswer = 200
  readonly provider: TracingProvider | undefined

  constructor(
    type: string,
    config: object,
    more: {
      readonly runtime?: Readonly<Record<string, number>>
      readonly environment?: Readonly<Record<string, string>>
    } = {},
  ) {
    const http = { typed_config: { '@type': type, ...config } }
    const { runtime, environment = {} } = more
    const place = configPlace(http, { report: (problem) => void this.problems.push(problem), path: 'provider' })
    this.provider = createTracingProvider(http, place, {
      time: this.time,
      random: new SeededRandom(1),
      runtime: new FakeRuntime(runtime),
      stats: this.stats.scope(''),
      logger: silentLogger,
      clusters: { get: () => undefined, fetch: (cluster, request) => this.#fetch(cluster, request) },
      environment: { hostname: 'machine', environment: (name) => environment[name] },
      proxy: { version: '1.2.3', cluster: 'shop', address: '192.0.2.7' },
    })
  }

  async #fetch(cluster: string, request: SideRequest): Promise<SideResponse> {
    this.received.push({ ...request, cluster })
    const answer = await this.answer
    if (typeof answer === 'string') throw Object.assign(new Error(answer), { failure: answer })
    const grpcStatus = request.grpc === true ? (answer === 200 ? 0 : 14) : -1
    return { status: answer, headers: responseHeaders(answer), body: new Uint8Array(0), grpcStatus, grpcMessage: '' }
  }

  /** Begins and ends the spans of requests. */
  spans(count: number): void {
    for (let i = 0; i < count; i++) {
      const headers = requestHeaders([[':authority', 'shop.example']])
      const start = { headers, startMs: this.time.monotonicMs(), operation: `request ${i}` }
      const span = this.provider!.tracer.start({ ...start, traced: true, egress: false, spawns: false })
      span.setAttribute('n', i)
      span.end()
    }
  }

  /** Counters below `tracing.` that are not 0. */
  get counters(): Readonly<Record<string, number>> {
    const found = [...this.stats.counters.values()].filter(({ value }) => value !== 0)
    return Object.fromEntries(found.map(({ name, value }) => [name.replace(/^tracing\.\w+\./, ''), value]))
  }
}
