import {
  type ClusterHost,
  ClusterStats,
  type Connector,
  decideHealthCheck,
  HealthChecker,
  type HealthCheckEvent,
  type HealthCheckInfo,
  HealthFlag,
  type HealthProbe,
  type HealthTransition,
  type Host,
  PoolStats,
} from '@nuncio/cluster'
import { isMessage, type Message } from '@nuncio/config'
import { StatsStore } from '@nuncio/core'
import type { ConfigPlace } from '@nuncio/matching'
import type { ClusterFactory } from '../cluster/create-cluster.ts'
import type { LiveCluster } from '../cluster/live-cluster.ts'
import { HttpConnector, type HttpConnectorContext } from '../pool/http-connector.ts'
import { decideContents } from '../transport/proxy-protocol/contents.ts'
import { ProxyProtocolPreamble } from '../transport/proxy-protocol/preamble.ts'
import type { TransportChoice } from '../transport/transport-choice.ts'
import type { UpstreamTransport } from '../transport/transport.ts'
import { GrpcProbe } from './grpc-probe.ts'
import { HttpProbe } from './http-probe.ts'
import { TcpProbe } from './tcp-probe.ts'

type Config = Message<'envoy.config.core.v3.HealthCheck'>
const FILE_SINK = 'envoy.extensions.health_check.event_sinks.file.v3.HealthCheckEventFileSink'

/** What checks of one cluster are made with. */
export interface HealthCheckParts {
  readonly place: ConfigPlace
  readonly factory: ClusterFactory
  readonly connector: HttpConnectorContext
  readonly transports: TransportChoice
}

/** The active health checks of a cluster; undefined when it has none. */
export function createHealthFollower(cluster: LiveCluster, parts: HealthCheckParts): HealthFollower | undefined {
  const configs = cluster.info.config.health_checks ?? []
  return configs.length === 0 ? undefined : new HealthFollower(cluster, configs, parts)
}

/** Checks the hosts of a cluster and moves them between healthy and not. */
export class HealthFollower {
  readonly #cluster: LiveCluster
  readonly #checkers: readonly HealthChecker[]

  constructor(cluster: LiveCluster, configs: readonly Config[], parts: HealthCheckParts) {
    this.#cluster = cluster
    this.#checkers = configs.flatMap((config, i) =>
      this.#create(config, parts.place.item('health_checks', i, config), parts),
    )
    for (const checker of this.#checkers) checker.siblings = this.#checkers
  }

  /** Whether some host still waits for its first result. */
  get warming(): boolean {
    return !this.#checkers.every((checker) => checker.firstRoundDone)
  }

  add(hosts: readonly ClusterHost[]): void {
    for (const checker of this.#checkers) checker.add(hosts)
  }
  remove(hosts: readonly ClusterHost[]): void {
    for (const checker of this.#checkers) checker.remove(hosts)
  }
  failImmediately(host: ClusterHost): void {
    for (const checker of this.#checkers) checker.failImmediately(host)
  }
  close(): void {
    for (const checker of this.#checkers) checker.dispose()
  }

  #create(config: Config, place: ConfigPlace, parts: HealthCheckParts): HealthChecker[] {
    const { report, sources } = place.scope
    const info = decideHealthCheck(config, { report, sources, path: place.path })
    const probe = this.#probe(info, place, parts)
    if (probe === undefined) return []
    const { factory } = parts
    const { time, random } = factory.options
    const { stats } = this.#cluster.info
    const onEvent = eventWriter(config, place, parts)
    return [
      new HealthChecker(info, {
        clusterName: this.#cluster.info.name,
        probe,
        time,
        random,
        runtime: factory.runtime,
        stats: stats.scope,
        hadTraffic: () => stats.cxTotal.value > 0,
        checkedBefore: (host) => this.#cluster.hosts.checkedBefore(host),
        onChecked: (host, transition, ok) => this.#onChecked(host, transition, ok),
        ...(onEvent !== undefined && { onEvent }),
      }),
    ]
  }

  #onChecked(host: ClusterHost, transition: HealthTransition, ok: boolean): void {
    const cluster = this.#cluster
    if (cluster.closed) return
    if (ok) cluster.outlier?.detector.onCheckPassed(host)
    const leaving = (host.healthFlags & HealthFlag.pendingDynamicRemoval) !== 0
    if (leaving && host.health === 'unhealthy') cluster.removePending(host)
    else if (transition === 'changed') cluster.hostsMoved([host])
    if (!cluster.warm) cluster.checkWarm()
  }

  #probe(info: HealthCheckInfo, place: ConfigPlace, parts: HealthCheckParts): HealthProbe | undefined {
    const { config } = info
    const criteria = config.transport_socket_match_criteria
    const { name } = this.#cluster.info
    const altPort = config.alt_port
    const reuse = info.reuseConnection
    const transportOf = (host: Host): UpstreamTransport =>
      criteria === undefined ? parts.transports.choose(host) : parts.transports.chooseBy(criteria)
    const secure = parts.transports.secure
    const base = { clusterName: name, reuse, secure, altPort }
    const http = config.http_health_check
    if (http !== undefined) {
      const kind = http.codec_client_type === 'HTTP2' ? 'http2' : 'http1'
      const connector = new ProbeConnector(parts.connector, kind, transportOf, config.tls_options?.alpn_protocols)
      if (http.codec_client_type === 'HTTP3')
        place.at('http_health_check').at('codec_client_type').error('unsupported', 'HTTP/3 is not spoken')
      const verifyCluster = this.#cluster.info.stats.scope.counter('health_check.verify_cluster')
      return new HttpProbe(http, {
        ...base,
        connector,
        verifyCluster,
        runtime: parts.factory.runtime,
        place: place.at('http_health_check', http),
      })
    }
    if (config.grpc_health_check !== undefined) {
      if (this.#cluster.info.upstreamProtocol === 'http1')
        place.at('grpc_health_check').error('bad-value', 'a gRPC health check needs a cluster that speaks HTTP/2')
      const connector = new ProbeConnector(parts.connector, 'http2', transportOf, config.tls_options?.alpn_protocols)
      return new GrpcProbe(config.grpc_health_check, { ...base, connector })
    }
    const tcp = config.tcp_health_check
    if (tcp !== undefined) {
      const told = tcp.proxy_protocol_config
      const at = place.at('tcp_health_check', tcp).at('proxy_protocol_config', told)
      const preamble = told && new ProxyProtocolPreamble(decideContents(told, at))
      const toldTransport = (host: Host): UpstreamTransport => {
        const transport = transportOf(host)
        return preamble === undefined ? transport : { ...transport, preamble }
      }
      return new TcpProbe(tcp, {
        dial: parts.connector.dial,
        transportOf: toldTransport,
        protocols: config.tls_options?.alpn_protocols ?? [],
        reuse,
        altPort,
        place: place.at('tcp_health_check', tcp),
      })
    }
    if (config.custom_health_check !== undefined) {
      place
        .at('custom_health_check')
        .error('unsupported', `the health check ${config.custom_health_check.name ?? ''} is not supported`)
    }
    return undefined
  }
}

/** Connections of checks: like those of traffic, but not counted as such. */
class ProbeConnector implements Connector {
  readonly protocol: 'HTTP/1.1' | 'HTTP/2' | undefined
  readonly expectedStreams = 1
  readonly #context: HttpConnectorContext
  readonly #kind: 'http1' | 'http2'
  readonly #transportOf: (host: Host) => UpstreamTransport
  readonly #alpn: readonly string[] | undefined

  constructor(
    context: HttpConnectorContext,
    kind: 'http1' | 'http2',
    transportOf: (host: Host) => UpstreamTransport,
    alpn: readonly string[] | undefined,
  ) {
    this.#context = { ...context, stats: new PoolStats(new ClusterStats(new StatsStore().scope(''))) }
    this.#kind = kind
    this.protocol = kind === 'http1' ? 'HTTP/1.1' : 'HTTP/2'
    this.#transportOf = transportOf
    this.#alpn = alpn
  }

  connect(...args: Parameters<Connector['connect']>): ReturnType<Connector['connect']> {
    return new HttpConnector(this.#context, this.#kind, this.#transportOf(args[0]), this.#alpn).connect(...args)
  }
}

function eventWriter(
  config: Config,
  place: ConfigPlace,
  parts: HealthCheckParts,
): ((event: HealthCheckEvent) => void) | undefined {
  const paths: string[] = []
  if (config.event_log_path !== undefined && config.event_log_path !== '') paths.push(config.event_log_path)
  for (const [i, sink] of (config.event_logger ?? []).entries()) {
    const typed = sink.typed_config
    if (isMessage(typed, FILE_SINK)) paths.push(typed.event_log_path ?? '')
    else
      place
        .item('event_logger', i, sink)
        .error('unsupported', `the event sink ${typed?.['@type'] ?? sink.name ?? ''} is not supported`)
  }
  if (paths.length === 0) return undefined
  return (event) => {
    for (const path of paths) parts.factory.eventLogs.write(path, event)
  }
}
