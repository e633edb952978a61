import {
  type AdminActions,
  type AdminView,
  type BalancersView,
  type CertificateDetailsView,
  type CertificateView,
  type ConfigurationView,
  type ListenerView,
  type LoggingControl,
  type MemoryView,
  type RuntimeView,
  type ServerInfoView,
  type ServerState,
  type StatsView,
} from '@nuncio/admin'
import type { ClusterView } from '@nuncio/cluster'
import { type JsonObject, toJson } from '@nuncio/config'
import type { UsedCertificate } from '@nuncio/tls'
import type { Logger, LogLevel } from '@nuncio/core'
import type { NuncioServer } from '../nuncio-server.ts'
import type { ServerOptions } from '../options.ts'
import type { ServerStats } from '../stats/server-stats.ts'
import { ServerBalancers } from './balancers-view.ts'
import { configDump } from './config-dump.ts'
import { reloadView } from './reload-view.ts'

/** What a logger offers whose levels can be changed while it runs. */
interface Leveled {
  levels(): readonly (readonly [string, LogLevel])[]
  setLevel(level: LogLevel): void
  setComponentLevel(component: string, level: LogLevel): boolean
}

/** A server as its admin sees it. */
export class ServerAdminView implements AdminView {
  readonly stats: StatsView
  readonly balancers: BalancersView
  readonly logging: LoggingControl
  readonly actions: AdminActions
  readonly #server: NuncioServer

  constructor(server: NuncioServer, stats: ServerStats) {
    this.#server = server
    this.stats = statsView(server, stats)
    this.balancers = new ServerBalancers(server)
    this.logging = loggingControl(server.parts.logger)
    this.actions = actions(server)
  }

  state(): ServerState {
    return this.#server.state
  }

  info(): ServerInfoView {
    const { options, time } = this.#server.parts
    const { bootstrap } = this.#server.snapshot
    const uptime = time.monotonicMs() - this.#server.startedMs
    const node = toJson('envoy.config.core.v3.Node', bootstrap.node ?? {}) as JsonObject | undefined
    return {
      version: options.version ?? '0.0.0',
      uptimeMs: uptime,
      uptimeAllEpochsMs: uptime,
      hotRestartVersion: 'disabled',
      commandLineOptions: commandLine(options),
      node: { ...node, ...overrides(options.node) },
    }
  }

  configuration(): ConfigurationView {
    const { lastReload, snapshot } = this.#server
    return {
      generation: snapshot.generation,
      appliedAtMs: snapshot.appliedAtMs,
      lastReload: lastReload && reloadView(lastReload),
    }
  }

  listeners(): readonly ListenerView[] {
    return this.#server.listenersLive.map((listener) => {
      const [address = { address: '', port: 0 }, ...additionalAddresses] = listener.addresses
      return { name: listener.name, address, additionalAddresses }
    })
  }

  clusters(): readonly ClusterView[] {
    return this.#server.parts.clusters.clusters()
  }

  configDump(options: { readonly endpoints: boolean }): readonly JsonObject[] {
    return configDump(this.#server, options.endpoints)
  }

  certificates(): readonly CertificateView[] {
    return this.#server.parts.certificates
      .list()
      .map(({ ca, chain }) => ({ ca: ca.map(certificateView), chain: chain.map(certificateView) }))
  }

  runtime(): RuntimeView {
    const { layers } = this.#server.parts.runtime
    const keys = new Set(layers.flatMap((layer) => [...layer.values.keys()]))
    return {
      layers: layers.map((layer) => layer.name),
      entries: new Map([...keys].map((key) => [key, layers.map((layer) => text(layer.values.get(key)))] as const)),
    }
  }

  memory(): MemoryView {
    return process.memoryUsage()
  }

  unreadyTargets(): readonly { readonly name: string; readonly targets: readonly string[] }[] {
    return []
  }
}

function statsView(server: NuncioServer, stats: ServerStats): StatsView {
  const { rules, intervals, flusher, flushOnAdmin } = stats
  return {
    store: server.stats,
    intervals,
    accepts: (name) => rules.accepts(name),
    tagged: (name) => rules.tagged(name),
    bounds: (name) => rules.bounds(name),
    refresh: () => (flushOnAdmin ? flusher.flush() : stats.refresh()),
  }
}

/** The levels of a log, as far as it has any. */
export function loggingControl(log: Logger): LoggingControl {
  const logger = log as unknown as Partial<Leveled>
  return {
    levels: () => logger.levels?.() ?? [],
    setLevel: (level) => logger.setLevel?.(level),
    setComponentLevel: (component, level) => logger.setComponentLevel?.(component, level) ?? false,
  }
}

function actions(server: NuncioServer): AdminActions {
  return {
    quit: () => void server.close(),
    resetCounters: () => server.stats.resetCounters(),
    failHealthChecks: (fail) => server.failHealthChecks(fail),
    drainListeners: (options) => void server.drainListeners(options),
    reopenLogs: () => server.reopenLogs(),
    reload: async () => reloadView(await server.reread()),
    modifyRuntime: (values) => server.parts.runtime.modify(values),
  }
}

function commandLine({ commandLine: given = {}, drainTimeMs = 600_000, worker }: ServerOptions): JsonObject {
  const fields = Object.entries(given).map(([name, value]) => [name.replaceAll('-', '_'), value as string] as const)
  return {
    ...Object.fromEntries(fields),
    mode: typeof given['mode'] === 'string' ? given['mode'] : 'Serve',
    drain_time: `${drainTimeMs / 1000}s`,
    concurrency: worker?.workers ?? 1,
    restart_epoch: 0,
  }
}

function overrides(
  node: { readonly cluster?: string | undefined; readonly id?: string | undefined } | undefined,
): JsonObject {
  return {
    ...(node?.id !== undefined && { id: node.id }),
    ...(node?.cluster !== undefined && { cluster: node.cluster }),
  }
}

function text(value: unknown): string {
  return value === undefined ? '' : typeof value === 'string' ? value : JSON.stringify(value)
}

function certificateView({ path, facts }: UsedCertificate): CertificateDetailsView {
  const { serial, dnsSans, uriSans, ipSans, validFromMs, validToMs } = facts
  const subjectAltNames = [...named('dns', dnsSans), ...named('uri', uriSans), ...named('ip_address', ipSans)]
  return { path, serialNumber: serial, subjectAltNames, validFromMs, validToMs }
}

function named(key: string, names: readonly string[]): JsonObject[] {
  return names.map((name) => ({ [key]: name }))
}
