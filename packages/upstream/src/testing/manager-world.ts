import { RecordingCallbacks } from '@nuncio/cluster/testing'
import { type ClusterHost, healthFlagsText, PlainContext } from '@nuncio/cluster'
import type { Message, Problem } from '@nuncio/config'
import { requestHeaders, SeededRandom, StatsStore, TimerWheel } from '@nuncio/core'
import { FakeTime } from '@nuncio/core/testing'
import { WriteBatch } from '@nuncio/http-codec'
import { type ClusterManagerImpl, createClusterManager } from '../cluster/cluster-manager.ts'
import type { ClusterManagerOptions } from '../cluster/options.ts'
import { FakeResolver } from './fake-resolver.ts'

type ClusterConfig = Message<'envoy.config.cluster.v3.Cluster'>

/** A cluster manager with a clock, a resolver and event logs of its own; sockets are real. */
export class ManagerWorld {
  readonly time = new FakeTime()
  readonly wheel = new TimerWheel(this.time, 1)
  readonly store = new StatsStore()
  readonly resolver = new FakeResolver()
  readonly problems: Problem[] = []
  /** Events, by file. */
  readonly events: { readonly path: string; readonly event: Readonly<Record<string, unknown>> }[] = []
  readonly manager: ClusterManagerImpl

  constructor(clusters: readonly ClusterConfig[] = [], more: Partial<ClusterManagerOptions> = {}) {
    this.manager = createClusterManager({
      time: this.time,
      wheel: this.wheel,
      batch: new WriteBatch(this.time),
      random: new SeededRandom(7),
      stats: this.store,
      resolver: this.resolver,
      report: (problem) => void this.problems.push(problem),
      eventLogs: {
        write: (path, event) => void this.events.push({ path, event: event as Readonly<Record<string, unknown>> }),
        close: () => Promise.resolve(),
      },
      ...more,
      bootstrap: { ...more.bootstrap, static_resources: { clusters } },
    })
  }

  stat(name: string): number {
    return this.store.counters.get(name)?.value ?? this.store.gauges.get(name)?.value ?? Number.NaN
  }

  /** The hosts of a cluster as `address flags`, by priority and order. */
  hosts(cluster: string): string[] {
    const view = this.manager.clusters().find(({ name }) => name === cluster)
    return (view?.hosts ?? []).map(({ addressText, healthFlags }) =>
      healthFlags === 0 ? addressText : `${addressText}${healthFlagsText(healthFlags).replaceAll('/', ' ')}`,
    )
  }

  host(cluster: string, address: string): ClusterHost {
    const levels = this.manager.get(cluster)?.priorities.levels ?? []
    const found = levels.flatMap((level) => level.hosts).find((host) => host.address === address)
    if (found === undefined) throw new RangeError(`no host ${address} in ${cluster}`)
    return found as ClusterHost
  }

  /** Sends a request through a cluster, as a router would. */
  request(
    name: string,
    options: { authority?: string; path?: string; headers?: [string, string][] } = {},
  ): RecordingCallbacks {
    const callbacks = new RecordingCallbacks()
    const cluster = this.manager.get(name)
    const headers = requestHeaders([
      [':method', 'GET'],
      [':path', options.path ?? '/'],
      [':authority', options.authority ?? 'a.test'],
      [':scheme', 'http'],
      ...(options.headers ?? []),
    ])
    const context = new PlainContext()
    context.headers = headers
    const host = cluster?.chooseHost(context)
    if (cluster === undefined || host === undefined) {
      callbacks.lines.push(cluster === undefined ? 'no cluster' : 'no host')
      return callbacks
    }
    callbacks.onReady = (encoder) => encoder.encodeHeaders(headers, true)
    cluster.httpPool(host, 0, 'HTTP/1.1', context).newStream(callbacks)
    return callbacks
  }

  /** Ends the world; a timer that is left behind is an error. */
  async close(): Promise<void> {
    await this.manager.close()
    this.wheel.stop()
    if (this.time.pending > 0) throw new Error(`${this.time.pending} timers were left behind`)
  }
}

/** A cluster of endpoints `ip:port` (or `name:port`), one locality, priority 0. */
export function endpoints(...addresses: readonly string[]): Message<'envoy.config.endpoint.v3.ClusterLoadAssignment'> {
  const lbEndpoints = addresses.map((text) => {
    const colon = text.lastIndexOf(':')
    return {
      endpoint: {
        address: { socket_address: { address: text.slice(0, colon), port_value: Number(text.slice(colon + 1)) } },
      },
    }
  })
  return { endpoints: [{ lb_endpoints: lbEndpoints }] }
}
