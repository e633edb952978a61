import { ClusterStats } from '@nuncio/cluster'
import type { StatsStore } from '@nuncio/core'
import type { NetworkConnection } from '@nuncio/listener'
import { connect, type Socket } from 'node:net'
import { FakeHttpPool } from './fake-http-pool.ts'
import type {
  Cluster,
  Host,
  LoadBalancerContext,
  PoolFailure,
  TcpPool,
  TcpPoolCallbacks,
} from '../tcp-proxy/upstream.ts'

/** A cluster in a test: hosts on loopback, taken in turn, and what it was asked and told. */
export class FakeCluster implements Pick<Cluster, 'info' | 'breakers' | 'chooseHost' | 'tcpPool' | 'reportOutcome'> {
  readonly info: Cluster['info']
  readonly priorities = { levels: [] }
  readonly loadBalancer: Cluster['loadBalancer'] = { update: () => {}, chooseHost: () => undefined }
  breakers: Cluster['breakers']
  /** Contexts of all picks. */
  readonly picks: { hash: string; metadata: unknown; attempt: number }[] = []
  readonly contexts: LoadBalancerContext[] = []
  /** The proxy's ends of the connections to its hosts. */
  readonly sockets: Socket[] = []
  readonly outcomes: string[] = []
  /** Instead of connecting. */
  failure: PoolFailure | 'never' | undefined = undefined
  cancelled = 0
  /** Where streams of tunnels come from, once one was asked for. */
  http: FakeHttpPool | undefined = undefined
  readonly #hosts: readonly Host[]

  constructor(name: string, ports: readonly number[], stats: StatsStore) {
    const counters = new ClusterStats(stats.scope(`cluster.${name}.`))
    const info = { name, statName: name, config: {}, bufferLimit: 1 << 16, metadata: {}, stats: counters }
    this.info = info as unknown as Cluster['info']
    this.breakers = [breaker(true), breaker(true)]
    this.#hosts = ports.map((port) => ({ address: `127.0.0.1:${port}`, port, hostname: '' }) as Host)
  }

  httpPool(host: Host): FakeHttpPool {
    return (this.http ??= new FakeHttpPool(host))
  }

  /** The downstream connections that picks were made for. */
  get connections(): readonly NetworkConnection[] {
    return this.contexts.map((context) => context.info!.connection as unknown as NetworkConnection)
  }

  /** The port of a host. */
  port(index: number): number {
    return this.#hosts[index]!.port
  }

  /** Its circuit breaker takes no more connections. */
  overflow(): void {
    this.breakers = [breaker(false), breaker(false)]
  }

  chooseHost(context: LoadBalancerContext): Host | undefined {
    this.contexts.push(context)
    const hash = context.hasHash ? `${context.hashHigh}:${context.hashLow}` : ''
    this.picks.push({ hash, metadata: context.metadataMatch, attempt: context.attempt })
    return this.#hosts[(this.picks.length - 1) % this.#hosts.length]
  }

  reportOutcome(host: Host, outcome: Parameters<Cluster['reportOutcome']>[1]): void {
    this.outcomes.push(`${this.#hosts.indexOf(host)} ${outcome.reset ?? 'ok'}`)
  }

  tcpPool(host: Host): TcpPool {
    return { newConnection: (callbacks) => this.#connect(host, callbacks) }
  }

  #connect(host: Host, callbacks: TcpPoolCallbacks): { cancel(): void } | undefined {
    const { failure } = this
    if (failure !== undefined && failure !== 'never') {
      callbacks.onPoolFailure(failure, host, '')
      return undefined
    }
    let socket: Socket | undefined = undefined
    if (failure === undefined) {
      socket = connect({ host: '127.0.0.1', port: host.port, allowHalfOpen: true })
      socket.pause()
      const refused = (): void => callbacks.onPoolFailure('remote connection failure', host, 'refused')
      socket.once('error', refused)
      socket.once('connect', () => {
        socket!.off('error', refused)
        const local = { address: socket!.localAddress ?? '', port: socket!.localPort ?? 0 }
        this.sockets.push(socket!)
        callbacks.onPoolReady(socket, host, { id: 7, local, tls: undefined })
      })
    }
    return {
      cancel: () => {
        this.cancelled++
        socket?.destroy()
      },
    }
  }
}

function breaker(open: boolean): Cluster['breakers'][0] {
  return { mayConnect: () => open } as unknown as Cluster['breakers'][0]
}
