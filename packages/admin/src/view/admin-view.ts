import type { ClusterView } from '@nuncio/cluster'
import type { JsonObject } from '@nuncio/config'
import type { LogLevel, SocketAddress } from '@nuncio/core'
import type { BalancersView } from './balancer-view.ts'
import type { StatsView } from './stats-view.ts'

/** The states of `/server_info`, by Envoy's names; only LIVE is ready. */
export type ServerState = 'LIVE' | 'DRAINING' | 'PRE_INITIALIZING' | 'INITIALIZING'

/**
 * All that the admin endpoints know of a server and can do to it. The server fulfils it; nothing else of the server is
 * reachable from here. Every call is made for one request and may allocate.
 */
export interface AdminView {
  readonly stats: StatsView
  readonly balancers: BalancersView
  state(): ServerState
  configuration(): ConfigurationView
  info(): ServerInfoView
  listeners(): readonly ListenerView[]
  clusters(): readonly ClusterView[]
  /**
   * The parts of `ConfigDump` as proto-JSON with snake_case fields, each with its `@type`
   * (`type.googleapis.com/envoy.admin.v3.ClustersConfigDump`). `endpoints`: the endpoints' part too. Secrets are redacted
   * once more before they leave.
   */
  configDump(options: { readonly endpoints: boolean }): readonly JsonObject[]
  certificates(): readonly CertificateView[]
  runtime(): RuntimeView
  /** What the server still waits for before it is live: by name, the targets that are not ready. */
  unreadyTargets(): readonly { readonly name: string; readonly targets: readonly string[] }[]
  /** Bytes that the proxy uses, in all its processes. */
  memory(): MemoryView
  readonly logging: LoggingControl
  readonly actions: AdminActions
}

/** What `POST` endpoints do. */
export interface AdminActions {
  /** Begins an orderly end of the process; the answer is on its way by then. */
  quit(): void
  resetCounters(): void
  /** Makes health checks of this server fail (`/healthcheck/fail`) or pass again. */
  failHealthChecks(fail: boolean): void
  drainListeners(options: {
    readonly graceful: boolean
    readonly skipExit: boolean
    readonly inboundOnly: boolean
  }): void
  reopenLogs(): void
  /** Reads the configuration again and goes over to it, if it is good. */
  reload(): Promise<ReloadView>
  /** Sets overrides of the runtime's admin layer; '' removes one. False when there is no admin layer. */
  modifyRuntime(values: ReadonlyMap<string, string>): boolean
}

/** Levels of the server's log. */
export interface LoggingControl {
  /** Components with their levels, by name. */
  levels(): readonly (readonly [component: string, level: LogLevel])[]
  setLevel(level: LogLevel): void
  /** False when there is no such component. */
  setComponentLevel(component: string, level: LogLevel): boolean
}

/** The configuration in use. */
export interface ConfigurationView {
  /** 1 is the one that the server began with. */
  readonly generation: number
  /** Milliseconds since 1970-01-01 UTC. */
  readonly appliedAtMs: number
  /** What the latest reload came to; undefined before the first. */
  readonly lastReload: Pick<ReloadView, 'outcome' | 'errors' | 'atMs'> | undefined
}

/** What a reload came to. */
export interface ReloadView {
  readonly outcome: 'applied' | 'unchanged' | 'rejected'
  readonly generation: number
  readonly atMs: number
  /** Each with its place, as in `envoy.yaml:7:3: there is no field x`. */
  readonly errors: readonly string[]
  readonly warnings: readonly string[]
  readonly changes: readonly string[]
  /** Which connections close. */
  readonly closes: readonly string[]
}

/** What `/server_info` tells of the process. */
export interface ServerInfoView {
  readonly version: string
  readonly uptimeMs: number
  /** Since the first of the processes that replaced one another. */
  readonly uptimeAllEpochsMs: number
  /** `disabled` without hot restart. */
  readonly hotRestartVersion: string
  /** `CommandLineOptions` and `Node` as proto-JSON with snake_case fields. */
  readonly commandLineOptions: JsonObject
  readonly node: JsonObject
  /** More fields of our own. */
  readonly more?: JsonObject
}

/** As `process.memoryUsage` has it. */
export interface MemoryView {
  readonly heapUsed: number
  readonly heapTotal: number
  readonly external: number
  readonly rss: number
}

/** A listener of `/listeners`, with the addresses that it really has. */
export interface ListenerView {
  readonly name: string
  readonly address: SocketAddress
  readonly additionalAddresses: readonly SocketAddress[]
}

/** A certificate in use with its authority. */
export interface CertificateView {
  readonly ca: readonly CertificateDetailsView[]
  readonly chain: readonly CertificateDetailsView[]
}

/** One certificate of `/certs`; times in ms since 1970. */
export interface CertificateDetailsView {
  /** A file, or `<inline>`. */
  readonly path: string
  readonly serialNumber: string
  readonly subjectAltNames: readonly JsonObject[]
  readonly validFromMs: number
  readonly validToMs: number
}

/** What `/runtime` shows. */
export interface RuntimeView {
  /** Names of the layers, the one that wins last. */
  readonly layers: readonly string[]
  /** By key, the value in each layer; '' = not set there. */
  readonly entries: ReadonlyMap<string, readonly string[]>
}
