import {
  CircuitBreaker,
  type Cluster,
  type ClusterInfo,
  type ClusterManager,
  ClusterStats,
  type Host,
  type LoadBalancerContext,
  type Outcome,
  type PendingStream,
  type UpstreamCallbacks,
  type UpstreamConnection,
  type UpstreamPool,
} from '@nuncio/cluster'
import {
  type HeaderMap,
  latin1Text,
  type RequestEncoder,
  type RequestHeaders,
  type ResetReason,
  StatsStore,
} from '@nuncio/core'

/** A request as a fake host received it, with the handles to answer it. */
export class FakeRequest implements RequestEncoder {
  readonly callbacks: UpstreamCallbacks
  readonly host: Host
  headers: RequestHeaders | undefined = undefined
  path = ''
  body = ''
  ended = false
  trailers: HeaderMap | undefined = undefined
  resetReason: ResetReason | undefined = undefined
  disables = 0
  full = false

  constructor(callbacks: UpstreamCallbacks, host: Host) {
    this.callbacks = callbacks
    this.host = host
  }
  encodeHeaders(headers: RequestHeaders, endStream: boolean): void {
    this.headers = headers
    this.path = headers.path
    this.ended = endStream
  }
  encodeData(chunk: Uint8Array, endStream: boolean): boolean {
    this.body += latin1Text(chunk)
    this.ended = endStream
    return !this.full
  }
  encodeTrailers(trailers: HeaderMap): void {
    this.trailers = trailers
    this.ended = true
  }
  reset(reason: ResetReason): void {
    this.resetReason = reason
  }
  readDisable(disable: boolean): void {
    this.disables += disable ? 1 : -1
  }
}

/** A cluster without sockets: hosts in turn, each request at hand for the test to answer. */
export class FakeCluster implements Cluster, ClusterManager {
  readonly stats = new StatsStore()
  readonly info: ClusterInfo
  readonly breakers: readonly [CircuitBreaker, CircuitBreaker]
  readonly requests: FakeRequest[] = []
  readonly outcomes: Outcome[] = []
  /** What hosts said of their load, with the host. */
  readonly loads: string[] = []
  hosts: Host[] = [fakeHost('10.0.0.1:80'), fakeHost('10.0.0.2:80'), fakeHost('10.0.0.3:80')]
  /** What the pools do: give a stream at once, later, or fail. */
  mode: 'ready' | 'wait' | ResetReason = 'ready'
  readonly waiting: (() => void)[] = []
  cancelled = 0
  #turn = 0

  constructor(limits: Partial<CircuitBreaker['limits']> = {}, info: Partial<ClusterInfo> = {}) {
    const breaker = (): CircuitBreaker =>
      new CircuitBreaker({
        maxConnections: 1024,
        maxPendingRequests: 1024,
        maxRequests: 1024,
        maxRetries: 3,
        retryBudget: undefined,
        ...limits,
      })
    this.breakers = [breaker(), breaker()]
    this.info = {
      name: 'upstream', statName: 'upstream', config: {}, stats: new ClusterStats(this.stats.scope('cluster.upstream.')), connectTimeoutMs: 5000,
      bufferLimit: 1 << 20, idleTimeoutMs: 3_600_000, maxConnectionDurationMs: 0, maxConnectionDurationJitter: 0, maxRequestsPerConnection: 0, maxStreamDurationMs: 0,
      maxResponseHeadersCount: 100, maxResponseHeadersKb: 60, upstreamProtocol: 'http1', http1: {}, http2: {},
      closeConnectionsOnHealthFailure: false, perConnectionPreconnectRatio: 1, predictivePreconnectRatio: 1, metadata: {}, ...info,
    } // prettier-ignore
  }

  get(name: string): Cluster | undefined {
    return name === 'upstream' ? this : undefined
  }
  /** What is told of its connections beside the rest. */
  connection: Partial<UpstreamConnection> = {}
  readonly priorities = { levels: [] }
  readonly loadBalancer = { update: () => {}, chooseHost: (context: LoadBalancerContext) => this.chooseHost(context) }

  chooseHost(context: LoadBalancerContext): Host | undefined {
    const { overrideHost: address, overrideStrict: strict } = context
    const wanted = address === '' ? undefined : this.hosts.find((one) => one.address === address)
    if (wanted !== undefined || (address !== '' && strict)) return wanted
    if (this.hosts.length === 0) return undefined
    let host = this.hosts[this.#turn++ % this.hosts.length]!
    for (let i = 0; i < context.hostSelectionRetries && context.rejects(host); i++)
      host = this.hosts[this.#turn++ % this.hosts.length]!
    return host
  }
  httpPool(host: Host): UpstreamPool {
    return { newStream: (callbacks) => this.#newStream(callbacks, host) }
  }
  reportOutcome(_host: Host, outcome: Outcome): void {
    this.outcomes.push({ ...outcome })
  }
  reportLoad(host: Host, headers: HeaderMap): boolean {
    const load = headers.get('endpoint-load-metrics')
    if (load !== undefined) this.loads.push(`${host.address} ${load}`)
    return load !== undefined
  }

  #newStream(callbacks: UpstreamCallbacks, host: Host): PendingStream | undefined {
    const ready = (): void => {
      const request = new FakeRequest(callbacks, host)
      this.requests.push(request)
      callbacks.onPoolReady(request, host, {
        id: 1,
        local: undefined,
        protocol: 'HTTP/1.1',
        tls: undefined,
        streamsBefore: 0,
        ...this.connection,
      })
    }
    if (this.mode === 'ready') {
      ready()
      return undefined
    }
    if (this.mode === 'wait') {
      this.waiting.push(ready)
      return { cancel: () => void this.cancelled++ }
    }
    callbacks.onPoolFailure(
      this.mode as 'overflow',
      this.mode === 'overflow' ? undefined : host,
      this.mode === 'overflow' ? '' : 'delayed connect error: Connection refused',
    )
    return undefined
  }

  counter(name: string): number {
    return this.stats.counter(`cluster.upstream.${name}`).value
  }
}

function fakeHost(address: string): Host {
  const [ip, port] = address.split(':') as [string, string]
  return {
    address, ip, port: Number(port), hostname: `host-${ip}`, locality: { region: '', zone: '', subZone: '' }, priority: 0, weight: 1, metadata: {},
    canary: false, additionalAddresses: [], health: 'healthy', healthFlags: 0,
    stats: { cxTotal: 0, cxActive: 0, cxConnectFail: 0, rqTotal: 0, rqActive: 0, rqPending: 0, rqSuccess: 0, rqError: 0, rqTimeout: 0, outstandingCost: 0 },
  } as unknown as Host // prettier-ignore
}
