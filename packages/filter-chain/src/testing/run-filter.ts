import type { AbortSignalLike, ClusterManager, SideRequest, SideResponse } from '@nuncio/cluster'
import { type AnyMessage, load } from '@nuncio/config'
import {
  connectionInfo,
  LoadShedPoint,
  type ConnectionInfo,
  emptyRuntime,
  HeaderTable,
  NuncioError,
  type RandomGenerator,
  type RequestHeaders,
  requestHeaders,
  type ResponseHeaders,
  type Runtime,
  SeededRandom,
  silentLogger,
  StatsStore,
  StreamInfo,
  TimerWheel,
} from '@nuncio/core'
import { FakeTime, TestSpan } from '@nuncio/core/testing'
import type { Route } from '@nuncio/router'
import { buildHttpFilterChain } from '../build-chain.ts'
import { ChainStream } from '../engine/chain-stream.ts'
import { HttpFilterChain } from '../engine/plan.ts'
import type { AnyHttpFilterDefinition, ClusterClients, HttpFilter, HttpFilterDefinition } from '../filter.ts'
import { noPlatform } from '../no-platform.ts'
import type { Platform } from '../platform.ts'
import type { ProxyView } from '../proxy-view.ts'
import { fakeRoute } from './fake-route.ts'
import { RecordingEncoder } from './recording-encoder.ts'
import { bodyChunks, type Pairs, ScriptedOrigin, type SeenRequest, type UpstreamAnswer } from './scripted-origin.ts'

export interface RunOptions {
  /** The filter's configuration: YAML of its message (without `@type`), or the normalised message. */
  readonly config?: string | object
  /** Per-route configurations, most specific first: YAML with `@type`, or normalised. */
  readonly routeConfigs?: readonly (string | AnyMessage)[]
  /** Filters that the one under test may wrap. */
  readonly wrapped?: readonly AnyHttpFilterDefinition[]
  /** Another route than a plain one; undefined stands for that. A function chooses by the headers, as they are then. */
  readonly route?: Route | RouteChoice
  readonly request?:
    | undefined
    | {
        readonly method?: string
        readonly path?: string
        readonly authority?: string
        readonly scheme?: string
        readonly headers?: Pairs
        readonly body?: string | Uint8Array | readonly (string | Uint8Array)[]
        readonly trailers?: Pairs
      }
  readonly upstream?: UpstreamAnswer | ((request: SeenRequest) => UpstreamAnswer)
  readonly time?: FakeTime
  readonly random?: RandomGenerator
  readonly runtime?: Runtime
  readonly stats?: StatsStore
  readonly platform?: Platform
  readonly proxy?: ProxyView
  /** Clusters and DNS caches that there are; undefined: none. */
  readonly clusters?: ClusterManager
  /** Answers side calls; undefined: every one fails. */
  readonly fetch?: (cluster: string, request: SideRequest) => Promise<SideResponse>
  readonly connection?: Partial<ConnectionInfo>
  /** Other filters before and after the one under test. */
  readonly before?: readonly HttpFilter[]
  readonly after?: readonly HttpFilter[]
  readonly bufferLimit?: number
  /** Virtual milliseconds to let pass until the stream is over; 60 000 by default. */
  readonly patienceMs?: number
}

type RouteChoice = (headers: RequestHeaders) => Route | undefined

/** All that became of one request. */
export interface Transcript {
  readonly status: number
  readonly headers: Pairs
  readonly body: string
  readonly trailers: Pairs | undefined
  /** What the upstream received; undefined when the request never reached it. */
  readonly upstream: SeenRequest | undefined
  readonly info: StreamInfo
  /** The request's span and those that the filter made below it, in the order in which they began. */
  readonly spans: readonly TestSpan[]
  readonly stats: StatsStore
  readonly reset: string | undefined
  readonly ended: boolean
  readonly violations: readonly string[]
  readonly errors: readonly unknown[]
  header(name: string): string | undefined
}

class TestStream extends ChainStream {
  readonly errors: unknown[] = []
  override readonly span = new TestSpan()
  readonly #route: Route | RouteChoice
  readonly #time: FakeTime
  constructor(
    chain: HttpFilterChain,
    encoder: RecordingEncoder,
    info: StreamInfo,
    random: number,
    limit: number,
    route: Route | RouteChoice,
    time: FakeTime,
  ) {
    super(chain, encoder, info, random, limit)
    this.#route = route
    this.#time = time
  }
  protected override selectRoute(): Route | undefined {
    return typeof this.#route === 'function' ? this.#route(this.requestHeaders) : this.#route
  }
  protected override finalizeResponse(_headers: ResponseHeaders): void {}
  protected override filterError(_name: string, error: unknown): void {
    this.errors.push(error)
  }
  protected override streamDone(): void {}
  protected override nowMs(): number {
    return this.#time.monotonicMs()
  }
  protected override makeAbort(): { readonly signal: AbortSignalLike; abort(): void } {
    const listeners = new Set<() => void>()
    const signal = {
      aborted: false,
      addEventListener: (_type: 'abort', listener: () => void) => void listeners.add(listener),
      removeEventListener: (_type: 'abort', listener: () => void) => void listeners.delete(listener),
    }
    return {
      signal,
      abort: () => {
        signal.aborted = true
        for (const listener of listeners) listener()
      },
    }
  }
  override wakeAt(atMs: number): void {
    this.#time.setTimer(atMs - this.#time.monotonicMs(), () => this.wakeTerminal(this.#time.monotonicMs()))
  }
}

/** A filter with its configuration, ready to run any number of requests (so that what it remembers can be tested). */
export class FilterBench {
  readonly stats: StatsStore
  readonly time: FakeTime
  readonly problems: string[] = []
  readonly #chain: HttpFilterChain
  readonly #options: RunOptions
  readonly #origins: ScriptedOrigin[] = []
  readonly #route: Route | RouteChoice
  readonly #name: string
  readonly #random: RandomGenerator

  constructor(definition: AnyHttpFilterDefinition, options: RunOptions = {}) {
    this.#options = options
    this.stats = options.stats ?? new StatsStore()
    this.time = options.time ?? new FakeTime()
    this.#random = options.random ?? new SeededRandom(1)
    const any = definition as unknown as HttpFilterDefinition
    this.#name = any.name
    const known = [any, ...(options.wrapped ?? [])]
    const config = parse(any.config.type, options.config ?? {}, known)
    this.#route =
      options.route ?? fakeRoute({ configs: (options.routeConfigs ?? []).map((text) => parseAny(text, known)) })
    const built = buildHttpFilterChain(
      [
        { name: any.name, typed_config: config },
        { name: 'origin', typed_config: { '@type': 'origin' } },
      ],
      {
        definitions: [
          ...known,
          {
            name: 'origin',
            config: { type: 'origin', honours: {} },
            stability: 'stable',
            terminal: true,
            create: () => () => this.#origin(),
          },
        ],
        stats: this.stats.scope('http.test.'),
        time: this.time,
        wheel: new TimerWheel(this.time),
        random: this.#random,
        runtime: options.runtime ?? emptyRuntime,
        logger: silentLogger,
        clusters: clients(options),
        platform: options.platform ?? NO_PLATFORM,
        proxy: options.proxy ?? { localCluster: 'local', healthCheckFailed: false },
        loadShed: new LoadShedPoint(this.#random),
        sources: undefined,
        path: 'http_filters',
        report: (problem) => this.problems.push(problem.message),
        onDispose: () => {},
      },
    )
    const fixed = (filters: readonly HttpFilter[] = [], name: string) =>
      filters.map((filter, i) => ({ name: `${name}${i}`, create: () => filter, disabled: false }))
    this.#chain = new HttpFilterChain(
      [
        ...fixed(options.before, 'before'),
        built.entries[0]!,
        ...fixed(options.after, 'after'),
        built.entries[1]!,
      ].filter((entry) => entry !== undefined),
    )
  }

  #origin(): ScriptedOrigin {
    const origin = new ScriptedOrigin(this.#options.upstream ?? {})
    this.#origins.push(origin)
    return origin
  }

  /** One more filter object of this configuration, to be a neighbour in another bench; for one stream. */
  filter(): HttpFilter {
    return this.#chain.entries.find((entry) => entry.name === this.#name)!.create()
  }

  /** Starts a request and hands it in; answers handles for tests that look on the way or abort. */
  open(request: RunOptions['request'] = this.#options.request ?? {}): OpenStream {
    const encoder = new RecordingEncoder()
    const info = new StreamInfo(
      connectionFor(this.#options.connection, this.time),
      this.time.monotonicMs(),
      this.time.wallMs(),
    )
    const stream = new TestStream(
      this.#chain,
      encoder,
      info,
      this.#random.uint32(),
      this.#options.bufferLimit ?? 1 << 20,
      this.#route,
      this.time,
    )
    const pseudo: Pairs = [
      [':method', request.method ?? 'GET'],
      [':path', request.path ?? '/'],
      [':authority', request.authority ?? 'host'],
      [':scheme', request.scheme ?? 'http'],
    ]
    const chunks = bodyChunks(request.body)
    const { trailers } = request
    const before = this.#origins.length
    stream.start(requestHeaders([...pseudo, ...(request.headers ?? [])]), chunks.length === 0 && trailers === undefined)
    chunks.forEach(
      (chunk, i) => stream.done || stream.requestData(chunk, i === chunks.length - 1 && trailers === undefined),
    )
    if (trailers !== undefined && !stream.done) {
      const table = new HeaderTable()
      for (const [name, value] of trailers) table.append(name, value)
      stream.requestTrailersReceived(table)
    }
    return { stream, encoder, transcript: () => this.#transcript(stream, encoder, this.#origins[before]) }
  }

  /** Runs one request to its end, letting virtual time pass as far as it must. */
  async run(request?: RunOptions['request']): Promise<Transcript> {
    const open = this.open(request)
    let left = this.#options.patienceMs ?? 60_000
    for (let i = 0; i < 50 && !open.stream.done; i++) await this.time.advanceAsync(0)
    while (!open.stream.done && left > 0) {
      await this.time.advanceAsync(10)
      left -= 10
    }
    return open.transcript()
  }

  #transcript(stream: TestStream, encoder: RecordingEncoder, origin: ScriptedOrigin | undefined): Transcript {
    return {
      status: encoder.status, headers: encoder.headers, body: encoder.body, trailers: encoder.trailers,
      upstream: origin?.seen, info: stream.info, spans: stream.span.all, stats: this.stats, reset: encoder.resetReason, ended: encoder.ended,
      violations: encoder.violations, errors: stream.errors,
      header: (name) => encoder.headers.find(([key]) => key.toLowerCase() === name)?.[1],
    } // prettier-ignore
  }
}

export interface OpenStream {
  readonly stream: ChainStream
  readonly encoder: RecordingEncoder
  transcript(): Transcript
}

/** Runs one request through one filter, without sockets and on virtual time. */
export async function runFilter(definition: AnyHttpFilterDefinition, options: RunOptions = {}): Promise<Transcript> {
  return await new FilterBench(definition, options).run()
}

function parse(type: string, config: string | object, known: readonly HttpFilterDefinition[]): AnyMessage {
  if (typeof config !== 'string') return { '@type': type, ...config }
  const result = load(type as never, config, {
    file: 'test.yaml',
    definitions: known.flatMap(({ config: own, routeConfig }) => [
      own,
      ...(routeConfig === undefined ? [] : [routeConfig]),
    ]) as never,
  })
  if (result.config === undefined)
    throw new NuncioError(
      'ERR_NUNCIO_TEST_CONFIG',
      result.problems.map((p) => `${p.line}:${p.column} ${p.message}`).join('\n'),
    )
  return { '@type': type, ...(result.config as object) }
}

function parseAny(config: string | AnyMessage, known: readonly HttpFilterDefinition[]): AnyMessage {
  if (typeof config !== 'string') return config
  const type =
    /^\s*['"]?@type['"]?:\s*(?:type\.googleapis\.com\/)?(\S+)\s*$/m.exec(config)?.[1] ??
    known[0]!.routeConfig?.type ??
    known[0]!.config.type
  return parse(type, config.replace(/^\s*['"]?@type['"]?:.*$/m, ''), known)
}

function connectionFor(given: Partial<ConnectionInfo> | undefined, time: FakeTime): ConnectionInfo {
  const remote = { address: '127.0.0.1', port: 40_000 }
  const local = { address: '127.0.0.1', port: 10_000 }
  return connectionInfo({ id: 1, remote, local, listenerName: 'test', startMs: time.monotonicMs(), ...given })
}

function clients(options: RunOptions): ClusterClients {
  return {
    get: (name) => options.clusters?.get(name),
    ...(options.clusters?.dnsCaches !== undefined && { dnsCaches: options.clusters.dnsCaches }),
    fetch:
      options.fetch ??
      (async () => Promise.reject(new NuncioError('ERR_NUNCIO_SIDE_CALL', 'no cluster answers in this test'))),
  }
}

const NO_PLATFORM = noPlatform('ERR_NUNCIO_TEST_PLATFORM', 'this test has no platform', 'pass `platform` to runFilter')
