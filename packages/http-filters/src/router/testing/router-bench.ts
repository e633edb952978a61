import {
  connectionInfo,
  LoadShedPoint,
  emptyRuntime,
  HeaderTable,
  requestHeaders,
  responseHeaders,
  type ResponseHeaders,
  type Runtime,
  SeededRandom,
  silentLogger,
  StatsStore,
  StreamInfo,
  TimerWheel,
  latin1Bytes,
} from '@nuncio/core'
import { FakeTime } from '@nuncio/core/testing'
import { type AccessLog, compileFormat } from '@nuncio/access-log'
import {
  buildHttpFilterChain,
  noPlatform,
  ChainStream,
  type HttpFilterChain,
  type HttpFilterDefinition,
} from '@nuncio/filter-chain'
import { fakeRoute, RecordingEncoder } from '@nuncio/filter-chain/testing'
import { strictPlace } from '@nuncio/matching'
import type { ForwardRoute, Route } from '@nuncio/router'
import { HttpTracing, OtelTracer, type TraceSpan } from '@nuncio/tracing'
import { buffer } from '../../buffer/index.ts'
import { headerMutation } from '../../header-mutation/index.ts'
import { upstreamCodec } from '../../upstream-codec/index.ts'
import { router } from '../index.ts'
import { FakeCluster, type FakeRequest } from './fake-cluster.ts'

class RoutedStream extends ChainStream {
  readonly #time: FakeTime
  readonly #choose: (path: string) => Route | undefined
  constructor(
    chain: HttpFilterChain,
    encoder: RecordingEncoder,
    info: StreamInfo,
    time: FakeTime,
    choose: (path: string) => Route | undefined,
  ) {
    super(chain, encoder, info, 7, 1000)
    this.#time = time
    this.#choose = choose
  }
  protected override selectRoute(): Route | undefined {
    return this.#choose(this.requestHeaders.path)
  }
  protected override finalizeResponse(_headers: ResponseHeaders): void {}
  protected override filterError(_name: string, error: unknown): void {
    throw error
  }
  protected override streamDone(): void {}
  protected override nowMs(): number {
    return this.#time.monotonicMs()
  }
  protected override makeAbort(): never {
    throw new Error('not in this test')
  }
  override wakeAt(atMs: number): void {
    this.#time.setTimer(atMs - this.#time.monotonicMs(), () => this.wakeTerminal(this.#time.monotonicMs()))
  }
}

/** The router filter over a fake cluster, on virtual time. */
export class RouterBench {
  readonly time = new FakeTime()
  readonly cluster: FakeCluster
  readonly stats = new StatsStore()
  readonly encoder = new RecordingEncoder()
  readonly loadShed = new LoadShedPoint(new SeededRandom(1))
  readonly stream: ChainStream
  /** Spans that have ended, in that order; only with `tracing`. */
  readonly spans: TraceSpan[] = []
  /** Lines of `upstream_log`, in the format given. */
  readonly logged: string[] = []

  constructor(
    options: {
      readonly route?: Partial<ForwardRoute>
      readonly none?: boolean
      readonly cluster?: FakeCluster
      readonly config?: object
      readonly routes?: (path: string) => Route | undefined
      readonly runtime?: Runtime
      /** More filters that may run on tries. */
      readonly filters?: readonly HttpFilterDefinition[]
      /** `HttpConnectionManager.tracing`. */
      readonly tracing?: object
    } = {},
  ) {
    this.cluster = options.cluster ?? new FakeCluster()
    const wheel = new TimerWheel(this.time, 1)
    const chain = buildHttpFilterChain([{ name: 'router', typed_config: { '@type': router.config.type, ...options.config } }], {
      definitions: [router, upstreamCodec, buffer, headerMutation, ...(options.filters ?? [])], stats: this.stats.scope('http.test.'), time: this.time, wheel, random: new SeededRandom(3), runtime: options.runtime ?? emptyRuntime,
      logger: silentLogger, clusters: Object.assign(this.cluster, { fetch: () => Promise.reject(new Error('no side calls')) }), platform: noPlatform('ERR_NUNCIO_TEST_PLATFORM', 'this bench has no platform', ''), proxy: { localCluster: '', localAddress: '192.0.2.1', healthCheckFailed: false },
      loadShed: this.loadShed,
      accessLog: ({ name = '' }) => this.#log(name),
      sources: undefined, path: '', report: (problem) => { throw new Error(problem.message) }, onDispose: () => {},
    }) // prettier-ignore
    const route = fakeRoute({ overrides: options.route ?? {} })
    this.stream = new RoutedStream(
      chain,
      this.encoder,
      new StreamInfo(connectionInfo(), this.time.monotonicMs(), 0),
      this.time,
      options.routes ?? (() => (options.none === true ? undefined : route)),
    )
    if (options.tracing !== undefined) this.#trace(options.tracing)
  }

  /** The name of an entry is its format. */
  #log(text: string): AccessLog {
    const compiled = compileFormat(text, { environment: { time: this.time } })
    if (!compiled.ok) throw new Error(text)
    return { log: (context) => void this.logged.push(compiled.formatter.format(context)) }
  }

  #trace(config: object): void {
    const { time } = this
    const random = new SeededRandom(1)
    const sink = { take: (span: TraceSpan) => void this.spans.push(span) }
    const tracing = new HttpTracing(config, strictPlace(config), {
      tracer: new OtelTracer({ time, random, sampler: undefined, sink }),
      egress: false,
      requestIds: { packsReason: true, samplesById: false },
      runtime: emptyRuntime,
      random,
      environment: undefined,
      node: { id: '', zone: '' },
    })
    const trace = tracing.begin(requestHeaders([[':authority', 'a']]), time.monotonicMs(), undefined)
    this.stream.trace = trace
    this.stream.span = trace.span
  }

  /** What the tries said on their spans, with their names. */
  get tries(): readonly Readonly<Record<string, unknown>>[] {
    return this.spans.map(({ operation, attributes }) => ({ operation, ...Object.fromEntries(attributes ?? []) }))
  }

  request(headers: readonly (readonly [string, string])[] = [], body?: readonly string[]): this {
    this.stream.start(
      requestHeaders([
        [':method', body === undefined ? 'GET' : 'POST'],
        [':path', '/'],
        [':authority', 'a'],
        [':scheme', 'http'],
        ...headers,
      ]),
      body === undefined,
    )
    body?.forEach((chunk, i) => this.stream.requestData(latin1Bytes(chunk), i === body.length - 1))
    return this
  }

  /** The try with this number, from 0. */
  attempt(n: number): FakeRequest {
    const request = this.cluster.requests[n]
    if (request === undefined) throw new Error(`there was no try ${n}`)
    return request
  }
  respond(n: number, status: number, headers: readonly (readonly [string, string])[] = [], body?: string): void {
    const { callbacks } = this.attempt(n)
    callbacks.onHeaders(responseHeaders(status, headers), body === undefined)
    if (body !== undefined) callbacks.onData(latin1Bytes(body), true)
  }
  trailers(n: number, pairs: readonly (readonly [string, string])[]): void {
    const table = new HeaderTable()
    for (const [name, value] of pairs) table.append(name, value)
    this.attempt(n).callbacks.onTrailers(table)
  }
  get outcome(): { status: number; body: string; flags: string; details: string; fate: string | undefined } {
    const { info } = this.stream
    return {
      status: this.encoder.status,
      body: this.encoder.body,
      flags: info.flagsText,
      details: info.details ?? '',
      fate: info.fate,
    }
  }
}
