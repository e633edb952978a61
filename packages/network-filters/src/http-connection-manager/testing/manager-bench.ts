import { compileFormat } from '@nuncio/access-log'
import { load, type Message } from '@nuncio/config'
import { Flag, OverloadState, type RequestHeaders, SeededRandom, TimerWheel } from '@nuncio/core'
import { FakeTime } from '@nuncio/core/testing'
import {
  type FilterStream,
  type HttpFilter,
  type HttpFilterDefinition,
  localReply,
  type Platform,
} from '@nuncio/filter-chain'
import { ScriptedOrigin, type SeenRequest, type UpstreamAnswer } from '@nuncio/filter-chain/testing'
import { WriteBatch } from '@nuncio/http-codec'
import type { Listener, NetworkConnection } from '@nuncio/listener'
import { ListenerHarness, until } from '@nuncio/listener/testing'
import { OtelTracer, type TraceSpan } from '@nuncio/tracing'
import { inlineRoutes } from '../../http-services/inline-routes.ts'
import type { HttpServices } from '../../http-services/http-services.ts'
import { httpConnectionManager } from '../index.ts'

const HCM = 'envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager'
const ORIGIN = 'nuncio.testing.Origin'
const FILTER = 'nuncio.testing.Filter'
const ROUTES =
  "route_config: { virtual_hosts: [{ name: all, domains: ['*'], routes: [{ match: { prefix: / }, route: { cluster: app } }] }] }"
const LINE = '%RESPONSE_CODE% %RESPONSE_CODE_DETAILS% %RESPONSE_FLAGS% %DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%'

/** Stands where the router filter would: no route is a 404, a route is answered by script. */
class RoutedOrigin extends ScriptedOrigin {
  override onRequestHeaders(headers: RequestHeaders, stream: FilterStream, endStream: boolean): void {
    if (stream.route() !== undefined) return super.onRequestHeaders(headers, stream, endStream)
    const terminal = stream as FilterStream & { sendLocalReply(reply: ReturnType<typeof localReply>): void }
    terminal.sendLocalReply(localReply(404, 'route_not_found', { flags: Flag.NR }))
  }
}

/** A connection manager behind a real listener: bytes in, bytes out, on a clock that stands still. */
export class ManagerBench implements AsyncDisposable {
  readonly time = new FakeTime()
  readonly overload = new OverloadState(new SeededRandom(1))
  /** Requests as they came out of the filter chain. */
  readonly seen: SeenRequest[] = []
  /** Sampled spans that have ended. */
  readonly spans: TraceSpan[] = []
  readonly tracer = new OtelTracer({
    time: this.time,
    random: new SeededRandom(1),
    sampler: undefined,
    sink: { take: (span) => void this.spans.push(span) },
  })
  /** A line for each stream that is over, or as `access_log_options` say: status, details, flags, client. */
  readonly log: string[] = []
  /** The type of each line. */
  readonly logTypes: string[] = []
  readonly #harness: ListenerHarness
  readonly #listener: Promise<Listener>

  /**
   * `yaml` is a connection manager without filters; left out: a route for `/`. `answer` is what requests get, `filter` stands
   * before whoever gives it; `more` are fields that go in as they are.
   */
  constructor(
    yaml: string,
    answer: UpstreamAnswer = { body: 'hello' },
    listener: Message<'envoy.config.listener.v3.Listener'> = {},
    filter: HttpFilter = {},
    more: Message<typeof HCM> = {},
  ) {
    const wheel = new TimerWheel(this.time, 10)
    this.#harness = new ListenerHarness({
      networkFilters: [httpConnectionManager],
      context: { time: this.time, wheel, services: this.#services(wheel, [given(filter), this.#origin(answer)]) },
    })
    this.#listener = this.#harness.listen({
      ...listener,
      filter_chains: [{ filters: [{ name: 'http', typed_config: { '@type': HCM, ...configuration(yaml), ...more } }] }],
    })
  }

  #services(wheel: TimerWheel, httpFilters: readonly HttpFilterDefinition<object>[]): HttpServices {
    const compiled = compileFormat(LINE)
    if (!compiled.ok) throw new Error(compiled.message)
    return {
      batch: new WriteBatch(this.time),
      wheel,
      clusters: { get: () => undefined, fetch: () => Promise.reject(new Error('no clusters here')) },
      platform: { environment: () => undefined, abortController: () => new AbortController() } as unknown as Platform,
      httpFilters,
      accessLog: () => ({
        log: (context) => {
          this.log.push(compiled.formatter.format(context))
          this.logTypes.push(context.logType)
        },
      }),
      routeSource: (config, options) => inlineRoutes(config, { ...options, sources: undefined, path: 'hcm' }),
      proxy: { localCluster: '', healthCheckFailed: false },
      tracer: (config) => (config === undefined ? undefined : { tracer: this.tracer, release: () => {} }),
      tracing: { node: { id: 'node-1', zone: 'zone-1' }, environment: {} },
      overload: this.overload,
    }
  }

  #origin(answer: UpstreamAnswer): HttpFilterDefinition<object> {
    const script = (request: SeenRequest): UpstreamAnswer => {
      this.seen.push(request)
      return answer
    }
    return {
      name: 'origin',
      config: { type: ORIGIN, honours: {} },
      stability: 'wip',
      terminal: true,
      create: () => () => new RoutedOrigin(script),
    }
  }

  /** Where it listens: `http://127.0.0.1:<port>`, for clients that are not ours. */
  async url(): Promise<string> {
    return `http://127.0.0.1:${(await this.#listener).addresses[0]!.port}`
  }

  /** Opens a connection; what it hears is collected in `text`. */
  async open(bytes = '', options: { readonly allowHalfOpen?: boolean } = {}): Promise<Client> {
    const socket = this.#harness.connect(await this.#listener, options)
    const client: Client = {
      text: '',
      closed: false,
      write: (more) => void socket.write(more, 'latin1'),
      abort: () => void socket.resetAndDestroy(),
      pause: (paused) => void (paused ? socket.pause() : socket.resume()),
    }
    socket.on('data', (chunk: Buffer) => (client.text += chunk.toString('latin1')))
    socket.on('close', () => (client.closed = true))
    if (bytes !== '') client.write(bytes)
    return client
  }

  /** Sends bytes and reads until the other side closes. */
  async send(bytes: string): Promise<string> {
    return await this.#harness.talk(await this.#listener, bytes)
  }

  /** One GET that asks for the connection to be closed; `lines` are more header lines. */
  async get(path = '/', ...lines: string[]): Promise<string> {
    return await this.send(get(path, ...lines))
  }

  /** The value of a header in the last request that came out of the chain. */
  sent(name: string): string | undefined {
    return this.seen.at(-1)?.headers.find(([key]) => key.toLowerCase() === name)?.[1]
  }

  /** `http.test.downstream_<name>`: a counter, or a gauge. */
  stat(name: string): number {
    return this.rootStat(`http.test.downstream_${name}`)
  }

  /** A counter or a gauge by its full name; -1: there is none. */
  rootStat(name: string): number {
    const { counters, gauges } = this.#harness.stats
    return (counters.get(name) ?? gauges.get(name))?.value ?? -1
  }

  /** The only connection there is, once it is accepted: how the proxy sees it. */
  async accepted(): Promise<NetworkConnection> {
    const [chain] = (await this.#listener).filterChains
    await until(() => chain!.connections.size === 1)
    return [...chain!.connections][0]!
  }

  /** All fates with their numbers. */
  get fates(): Readonly<Record<string, number>> {
    const found = [...this.#harness.stats.counters.values()].filter(({ name }) => name.startsWith('http.test.fate.'))
    return Object.fromEntries(found.map(({ name, value }) => [name.slice('http.test.fate.'.length), value]))
  }

  /** Waits, by turns of the event loop, for what is on its way. */
  async until(condition: () => boolean): Promise<void> {
    await until(condition)
  }

  /** As `until`, while time passes: 100 ms at each turn. */
  async advanceUntil(condition: () => boolean): Promise<void> {
    await until(() => {
      this.time.advance(100)
      return condition()
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#harness.close()
  }
}

export interface Client {
  text: string
  closed: boolean
  write(bytes: string): void
  /** Resets the connection. */
  abort(): void
  /** Stops reading, or reads on. */
  pause(paused: boolean): void
}

/** A GET that asks for the connection to be closed behind the answer; a `host` among `lines` replaces the usual one. */
export function get(path = '/', ...lines: string[]): string {
  const host = lines.some((line) => /^host:/i.test(line)) ? [] : ['host: test']
  return [`GET ${path} HTTP/1.1`, ...host, 'connection: close', ...lines, '', ''].join('\r\n')
}

function given(filter: HttpFilter): HttpFilterDefinition<object> {
  return {
    name: 'filter',
    config: { type: FILTER, honours: {} },
    stability: 'wip',
    create: () => () => filter,
  }
}

function configuration(yaml: string): Message<typeof HCM> {
  const routes = /^(route_config|scoped_routes):/m.test(yaml) ? '' : ROUTES
  const { config, problems } = load(HCM, `stat_prefix: test\n${yaml}\n${routes}`, { file: 'hcm.yaml' })
  if (config === undefined) throw new Error(problems.map((problem) => problem.message).join('\n'))
  return {
    ...config,
    http_filters: [
      { name: 'filter', typed_config: { '@type': FILTER } },
      { name: 'origin', typed_config: { '@type': ORIGIN } },
    ],
    access_log: [{ name: 'lines' }],
  }
}
