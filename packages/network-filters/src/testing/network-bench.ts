import { type AccessLogType, compileFormat } from '@nuncio/access-log'
import type { DnsCacheClient } from '@nuncio/cluster'
import { load, type Message } from '@nuncio/config'
import { emptyRuntime, OverloadState, type Runtime, SeededRandom, TimerWheel } from '@nuncio/core'
import { FakeTime } from '@nuncio/core/testing'
import type { ClusterClients, Platform } from '@nuncio/filter-chain'
import { WriteBatch } from '@nuncio/http-codec'
import type { Listener, NetworkFilterDefinition } from '@nuncio/listener'
import { ListenerHarness, until } from '@nuncio/listener/testing'
import { once } from 'node:events'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import type { HttpServices } from '../http-services/http-services.ts'
import * as registry from '../registry.ts'
import { FakeCluster } from './fake-cluster.ts'
import type { FakeHttpStream } from './fake-http-pool.ts'

const LINE =
  '%ACCESS_LOG_TYPE% %RESPONSE_FLAGS% %UPSTREAM_CLUSTER% %BYTES_RECEIVED% %BYTES_SENT% %DURATION% %UPSTREAM_REQUEST_ATTEMPT_COUNT%'

/** Network filters, written in YAML, behind a real listener: on a clock that stands still, with upstreams of sockets. */
export class NetworkBench implements AsyncDisposable {
  readonly time = new FakeTime()
  readonly overload = new OverloadState(new SeededRandom(1))
  readonly clusters = new Map<string, FakeCluster>()
  /** A line for each line of an access log: type, flags, cluster, bytes in and out, ms, attempts. */
  readonly log: string[] = []
  readonly harness: ListenerHarness
  /** Sockets that upstreams accepted, in order. */
  readonly accepted: Socket[] = []
  /** The one DNS cache: knows 127.0.0.1 for every name; a test sets its own. */
  dnsCache: DnsCacheClient = {
    load: () => ({ state: 'loaded', cancel: () => {} }),
    addressOf: () => '127.0.0.1',
    failureOf: () => '',
  }
  /** Answers side calls; a test sets its own. */
  fetch: ClusterClients['fetch'] = () => Promise.reject(new Error('no side calls here'))
  readonly #servers: Server[] = []
  #listener: Listener | undefined = undefined

  constructor(runtime: Runtime = emptyRuntime) {
    const wheel = new TimerWheel(this.time, 10)
    this.harness = new ListenerHarness({
      networkFilters: Object.values(registry) as unknown as NetworkFilterDefinition[],
      context: { time: this.time, wheel, runtime, services: this.#services(wheel) },
    })
  }

  #services(wheel: TimerWheel): HttpServices {
    const compiled = compileFormat(LINE)
    if (!compiled.ok) throw new Error(compiled.message)
    return {
      batch: new WriteBatch(this.time),
      wheel,
      clusters: {
        get: (name) => this.clusters.get(name),
        dnsCaches: { obtain: () => this.dnsCache },
        fetch: (cluster, request) => this.fetch(cluster, request),
      },
      platform: {
        environment: (name: string) => (name === 'GREETING' ? 'from the environment' : undefined),
        readFile: () => {
          throw new Error('no files here')
        },
      } as unknown as Platform,
      httpFilters: [],
      accessLog: () => ({ log: (context) => void this.log.push(compiled.formatter.format(context)) }),
      routeSource: () => ({ tableFor: () => undefined, internalOnlyHeaders: [] }),
      proxy: { localCluster: '', healthCheckFailed: false },
      tracer: () => undefined,
      tracing: { node: { id: '', zone: '' }, environment: {} },
      overload: this.overload,
    }
  }

  /** Listens with the filters of a chain: a YAML list. */
  async listen(filters: string, listener: Message<'envoy.config.listener.v3.Listener'> = {}): Promise<this> {
    const text = `filters:\n${filters.replace(/^/gm, '  ')}`
    const { config, problems } = load('envoy.config.listener.v3.FilterChain', text, { file: 'chain.yaml' })
    if (config === undefined) throw new Error(problems.map(({ path, message }) => `${path}: ${message}`).join('\n'))
    this.#listener = await this.harness.listen({
      filter_chains: [config],
      per_connection_buffer_limit_bytes: 1 << 16,
      ...listener,
    })
    return this
  }

  /** Starts an upstream and makes it the only host of a cluster; without a handler its sockets are only collected. */
  async upstream(name: string, onSocket: (socket: Socket) => void = () => {}): Promise<FakeCluster> {
    const server = createServer({ allowHalfOpen: true }, (socket) => {
      this.accepted.push(socket)
      socket.on('error', () => {})
      onSocket(socket)
    })
    this.#servers.push(server)
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    return this.cluster(name, (server.address() as AddressInfo).port)
  }

  /** A cluster with hosts at these ports of 127.0.0.1, taken in turn. */
  cluster(name: string, ...ports: readonly number[]): FakeCluster {
    const cluster = new FakeCluster(name, ports, this.harness.stats)
    this.clusters.set(name, cluster)
    return cluster
  }

  /** The listener drains, at once. */
  drain(): void {
    this.#listener!.drain(60_000, 'immediate')
  }

  connect(options: { localAddress?: string; allowHalfOpen?: boolean } = {}): Socket {
    return this.harness.connect(this.#listener!, options)
  }
  /** Connects, writes, and answers all that came back until the other side closed. */
  talk(write: string | Uint8Array = '', options: { localAddress?: string } = {}): Promise<string> {
    return this.harness.talk(this.#listener!, write, options)
  }

  /** The first stream of a tunnel to a cluster. */
  async tunnel(cluster: FakeCluster): Promise<FakeHttpStream> {
    await this.until(() => (cluster.http?.streams.length ?? 0) > 0)
    return cluster.http!.streams[0]!
  }

  /** A counter or a gauge; -1 when nobody has made it. */
  stat(name: string): number {
    const { counters, gauges } = this.harness.stats
    return (counters.get(name) ?? gauges.get(name))?.value ?? -1
  }

  /** Lines of the access log that tell of this event. */
  lines(type: AccessLogType): readonly string[] {
    return this.log.filter((line) => line.startsWith(`${type} `)).map((line) => line.slice(type.length + 1))
  }

  /** Waits, by turns of the event loop, for what is on its way. */
  async until(condition: () => boolean): Promise<void> {
    await until(condition)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.accepted) socket.destroy()
    await this.harness.close()
    await Promise.all(this.#servers.map((server) => new Promise((resolve) => server.close(resolve))))
  }
}
