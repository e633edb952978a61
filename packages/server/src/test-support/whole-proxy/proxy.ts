import { CircuitBreaker, type Cluster, createHost, decideCluster, PoolStats, StreamPool } from '@nuncio/cluster'
import { load, type Message } from '@nuncio/config'
import { emptyRuntime, OverloadState, SeededRandom, silentLogger, StatsStore, TimerWheel } from '@nuncio/core'
import { FakeTime } from '@nuncio/core/testing'
import type { Platform } from '@nuncio/filter-chain'
import { WriteBatch } from '@nuncio/http-codec'
import { MemorySocket } from '@nuncio/http-codec/testing'
import { httpFilters } from '@nuncio/http-filters'
import type { NetworkFilterContext, TerminalNetworkFilter } from '@nuncio/listener'
import { httpConnectionManager, type HttpServices, inlineRoutes } from '@nuncio/network-filters'
import { MemoryConnector } from '@nuncio/upstream/testing'
import { DownstreamConnection } from './downstream-connection.ts'
import { HOLD, HoldFilters } from './hold-filter.ts'
import { LendingSocket } from './wire.ts'

export type Protocol = 'HTTP/1.1' | 'HTTP/2'

/** What differs from run to run. */
export interface ProxyOptions {
  /** `pipelined`: HTTP/1.1, with requests that wait for no answer. */
  readonly down: Protocol | 'pipelined'
  readonly up: Protocol
  /** `per_connection_buffer_limit_bytes` of both sides. */
  readonly bufferLimit: number
  /** `max_connections` of the cluster. */
  readonly maxConnections: number
  /** `max_requests_per_connection` of the cluster; 0 = any number. */
  readonly maxRequests: number
  /** Streams that an origin allows at a time, over HTTP/2. */
  readonly maxStreams: number
  /** Whether filters run on tries, too. */
  readonly filtered: boolean
  readonly seed: number
}

const HCM = 'envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager'
const RETRIES = 'retry_policy: { retry_on: "5xx,reset", num_retries: 2, per_try_timeout: 2s, retry_back_off: { base_interval: 0.5s, max_interval: 1s } }' // prettier-ignore
const HEDGES = 'hedge_policy: { hedge_on_per_try_timeout: true }'
const routes = `
    - { match: { prefix: /retry }, route: { cluster: app, timeout: 9s, ${RETRIES} } }
    - { match: { prefix: /hedge }, route: { cluster: app, timeout: 9s, ${RETRIES}, ${HEDGES} } }
    - { match: { prefix: /mirror }, route: { cluster: app, timeout: 9s, request_mirror_policies: [{ cluster: app }] } }
    - match: { prefix: /buffer }
      route: { cluster: app, timeout: 9s }
      typed_per_filter_config:
        buffer: { '@type': type.googleapis.com/envoy.extensions.filters.http.buffer.v3.BufferPerRoute, buffer: { max_request_bytes: 20000 } }
    - { match: { prefix: /direct }, direct_response: { status: 200, body: { inline_string: ${'x'.repeat(3000)} } } }
    - match: { prefix: /slow }
      route: { cluster: app, timeout: 0s, idle_timeout: 6s, max_stream_duration: { max_stream_duration: 20s } }
    - match: { prefix: /redirect }
      route: { cluster: app, timeout: 9s, internal_redirect_policy: { max_internal_redirects: 2 } }
    - { match: { prefix: / }, route: { cluster: app, timeout: 9s } }`
const manager = (down: Protocol): string => `
stat_prefix: test
codec_type: ${down === 'HTTP/2' ? 'HTTP2' : 'HTTP1'}
http_protocol_options: { enable_trailers: true }
upgrade_configs: [{ upgrade_type: foo }]
http2_protocol_options: { allow_connect: true, initial_stream_window_size: 65535, initial_connection_window_size: 1048576 }
common_http_protocol_options: { idle_timeout: 30s }
stream_idle_timeout: 15s
drain_timeout: 1s
route_config:
  virtual_hosts:
  - name: all
    domains: ['*']
    routes: ${routes}
http_filters:
- name: buffer
  disabled: true
  typed_config: { '@type': type.googleapis.com/envoy.extensions.filters.http.buffer.v3.Buffer, max_request_bytes: 20000 }
- { name: router, typed_config: { '@type': type.googleapis.com/envoy.extensions.filters.http.router.v3.Router } }`

const UPSTREAM_CODEC = {
  name: 'codec',
  typed_config: { '@type': 'envoy.extensions.filters.http.upstream_codec.v3.UpstreamCodec' },
}

function configOf(down: Protocol): Message<typeof HCM> {
  const { config, problems } = load(HCM, manager(down), { file: 'hcm.yaml' })
  if (config === undefined || problems.length > 0) throw new Error(problems.map(({ message }) => message).join('\n'))
  return config
}

const HTTP1 = configOf('HTTP/1.1')
const CONFIGS = { 'HTTP/1.1': HTTP1, pipelined: HTTP1, 'HTTP/2': configOf('HTTP/2') }

/** A proxy without a network and on a clock that the script moves: connection manager, filters, router, pools and codecs. */
export class Proxy {
  readonly time = new FakeTime()
  readonly stats = new StatsStore()
  readonly wheel = new TimerWheel(this.time, 50, (error) => void this.bugs.push(error))
  readonly holds = new HoldFilters()
  /** A line for each stream that is over: its fate and its number. */
  readonly log: string[] = []
  /** What should never have been thrown. */
  readonly bugs: unknown[] = []
  readonly batch = new WriteBatch(this.time, (error) => void this.bugs.push(error))
  readonly connector: MemoryConnector
  readonly breaker: CircuitBreaker
  readonly host = createHost({ ip: '192.0.2.1', port: 80 })
  readonly connections: DownstreamConnection[] = []
  readonly #options: ProxyOptions
  readonly #site: TerminalNetworkFilter
  readonly #context: NetworkFilterContext<HttpServices>
  readonly #pool: StreamPool
  #generation = 0
  #ids = 0

  constructor(options: ProxyOptions) {
    this.#options = options
    const { time, wheel, batch } = this
    const random = new SeededRandom(options.seed)
    const limit = {
      per_connection_buffer_limit_bytes: options.bufferLimit,
      circuit_breakers: { thresholds: [{ max_retries: 100, max_connections: options.maxConnections }] },
    }
    const info = decideCluster({ name: 'app', connect_timeout: 3000, ...limit, common_http_protocol_options: { idle_timeout: 30_000 }, ...(options.maxRequests > 0 && { max_requests_per_connection: options.maxRequests }) }, { stats: this.stats, report: ({ message }) => this.bugs.push(message) }) // prettier-ignore
    const stats = new PoolStats(info.stats)
    this.breaker = new CircuitBreaker(info.breakerLimits[0])
    this.connector = new MemoryConnector(options.up, { info, stats, batch, time, random })
    const context = { info, stats, time, wheel, random, nextConnectionId: () => ++this.#ids }
    const pool = (this.#pool = new StreamPool(context, this.host, { breaker: this.breaker, connector: this.connector }))
    const cluster: Cluster = {
      info,
      priorities: { levels: [] },
      loadBalancer: { update: () => {}, chooseHost: () => this.host },
      breakers: [this.breaker, this.breaker],
      chooseHost: () => this.host,
      httpPool: () => pool,
      reportOutcome: () => {},
    }
    this.#context = this.#managerContext(cluster, random)
    this.#site = httpConnectionManager.terminal
      ? httpConnectionManager.create(this.#config(), this.#context)
      : (undefined as never)
  }

  #config(): Message<typeof HCM> {
    const given = CONFIGS[this.#options.down]
    const hold = { name: 'hold', typed_config: { '@type': HOLD } }
    const [buffer, router] = given.http_filters!
    const filtered = {
      name: 'router',
      typed_config: { ...router!.typed_config, upstream_http_filters: [hold, UPSTREAM_CODEC] },
    }
    return {
      ...given,
      route_config: { ...given.route_config, name: `generation ${this.#generation++}` },
      http_filters: [hold, buffer!, this.#options.filtered ? (filtered as typeof hold) : router!],
      access_log: [{ name: 'lines' }],
    }
  }

  #managerContext(cluster: Cluster, random: SeededRandom): NetworkFilterContext<HttpServices> {
    const services: HttpServices = {
      batch: this.batch,
      wheel: this.wheel,
      clusters: { get: () => cluster, fetch: () => Promise.reject(new Error('no side calls here')) },
      platform: { environment: () => undefined, abortController: () => new AbortController() } as unknown as Platform,
      httpFilters: [...httpFilters, this.holds.definition],
      accessLog: () => ({
        log: ({ info, request, logType }) => {
          if (logType === 'DownstreamEnd') this.log.push(`${info.fate} ${request?.get('x-id') ?? ''}`)
        },
      }),
      routeSource: (config, given) => inlineRoutes(config, { ...given, sources: undefined, path: 'hcm' }),
      proxy: { localCluster: '', healthCheckFailed: false },
      tracer: () => undefined,
      tracing: { node: { id: '', zone: '' }, environment: {} },
      overload: new OverloadState(random),
    }
    const listener = { name: 'l', statPrefix: 'l', trafficDirection: 'UNSPECIFIED' as const, metadata: undefined, bufferLimit: this.#options.bufferLimit, bypassesOverload: false, sources: undefined } // prettier-ignore
    return {
      name: 'http', stats: this.stats.scope(''), time: this.time, random, runtime: emptyRuntime, services, sources: undefined, listener, filterChainName: '', path: 'hcm',
      logger: { ...silentLogger, log: (_level, message) => void this.bugs.push(message) },
      report: ({ message }) => void this.bugs.push(message), waitFor: () => {}, onDispose: () => {},
    } // prettier-ignore
  }

  /** A client connects; answers the proxy's end. */
  accept(): MemorySocket {
    const socket = new MemorySocket()
    const connection = new DownstreamConnection(socket, this.time.monotonicMs(), this.#options.bufferLimit)
    this.connections.push(connection)
    this.#site.accept(connection)
    return socket
  }

  /** A socket for a connection upstream. */
  upstreamSocket(): MemorySocket {
    return this.#options.up === 'HTTP/1.1' ? new LendingSocket(this.batch) : new MemorySocket()
  }

  /** Other routes: streams that begin from now on are under them. */
  reload(): void {
    const definition = httpConnectionManager
    const update = definition.terminal ? definition.update?.(this.#site, this.#config(), this.#context) : undefined
    if (update === undefined) throw new Error('a change that is not taken over')
    update.commit()
  }

  drainUpstream(): void {
    this.#pool.drainConnections()
  }
  closeUpstream(): void {
    this.#pool.closeConnections()
  }

  /** All gauges that are not 0, and whatever else should be. */
  get left(): Readonly<Record<string, number>> {
    const gauges = [...this.stats.gauges.values()].map(({ name, value }): [string, number] => [name, value])
    const { connections, pending, requests, retries } = this.breaker
    const breaker = Object.entries({ connections, pending, requests, retries })
    const host = this.host.stats
    const more = { cxActive: host.cxActive, rqActive: host.rqActive, rqPending: host.rqPending, outstandingCost: host.outstandingCost, poolStreams: this.#pool.streams, poolPending: this.#pool.pending, poolConnections: this.#pool.connections.size } // prettier-ignore
    return Object.fromEntries([...gauges, ...breaker, ...Object.entries(more)].filter(([, value]) => value !== 0))
  }
}
