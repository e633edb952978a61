import type {
  AdminActions,
  AdminView,
  CertificateView,
  ConfigurationView,
  ListenerView,
  LoggingControl,
  MemoryView,
  RuntimeView,
  ServerInfoView,
  ServerState,
  StatsView,
} from '@nuncio/admin'
import type { ClusterView } from '@nuncio/cluster'
import type { JsonObject } from '@nuncio/config'
import type { LogLevel } from '@nuncio/core'
import { NO_BALANCERS } from './balancers.ts'
import type { Gathered } from './gathered.ts'
import { mergeClusters } from './merged-clusters.ts'
import type { WorkerReport } from './protocol.ts'

export interface PrimaryViewParts {
  readonly gathered: Gathered
  readonly stats: StatsView
  readonly logging: LoggingControl
  readonly actions: AdminActions
  readonly uptimeMs: () => number
  readonly uptimeAllEpochsMs: () => number
  readonly draining: () => boolean
  /** How many processes there were before this one. */
  readonly epoch: number
  /** About the workers themselves, for `/server_info`. */
  readonly workers: () => JsonObject
  readonly configuration: () => ConfigurationView
}

/** All workers as one admin shows them. Its answers are as of the last time that they were asked. */
export class PrimaryView implements AdminView {
  readonly stats: StatsView
  readonly balancers = NO_BALANCERS
  readonly logging: LoggingControl
  readonly actions: AdminActions
  readonly #parts: PrimaryViewParts

  constructor(parts: PrimaryViewParts) {
    this.#parts = parts
    this.stats = parts.stats
    this.logging = parts.logging
    this.actions = parts.actions
  }

  get #reports(): readonly WorkerReport[] {
    return this.#parts.gathered.reports
  }

  /** As long as one serves, all is well. */
  state(): ServerState {
    if (this.#parts.draining()) return 'DRAINING'
    const states = this.#reports.map(({ state }) => state)
    return states.includes('LIVE') ? 'LIVE' : (states[0] ?? 'INITIALIZING')
  }

  info(): ServerInfoView {
    const info = this.#parts.gathered.any?.info
    return {
      version: info?.version ?? '',
      hotRestartVersion: '1.nuncio',
      commandLineOptions: { ...info?.commandLineOptions, restart_epoch: this.#parts.epoch },
      node: info?.node ?? {},
      uptimeMs: this.#parts.uptimeMs(),
      uptimeAllEpochsMs: this.#parts.uptimeAllEpochsMs(),
      more: { ...info?.more, ...this.#parts.workers() },
    }
  }

  configuration(): ConfigurationView {
    return this.#parts.configuration()
  }
  listeners(): readonly ListenerView[] {
    return this.#parts.gathered.any?.listeners ?? []
  }
  clusters(): readonly ClusterView[] {
    return mergeClusters(this.#reports.map(({ clusters }) => clusters))
  }
  configDump(): readonly JsonObject[] {
    return this.#parts.gathered.configDump
  }
  certificates(): readonly CertificateView[] {
    return this.#parts.gathered.any?.certificates ?? []
  }
  runtime(): RuntimeView {
    return this.#parts.gathered.any?.runtime ?? { layers: [], entries: new Map() }
  }
  unreadyTargets(): readonly { readonly name: string; readonly targets: readonly string[] }[] {
    return this.#reports.flatMap(({ unready }) => unready)
  }

  memory(): MemoryView {
    const all = [process.memoryUsage(), ...this.#reports.map(({ memory }) => memory)]
    const sum = (name: keyof MemoryView): number => all.reduce((total, one) => total + one[name], 0)
    return { heapUsed: sum('heapUsed'), heapTotal: sum('heapTotal'), external: sum('external'), rss: sum('rss') }
  }
}

/** The levels of the primary's log; a change goes to all workers. */
export function primaryLogging(
  own: LoggingControl,
  tell: (level: LogLevel, component: string | undefined) => void,
): LoggingControl {
  return {
    levels: () => own.levels(),
    setLevel(level) {
      own.setLevel(level)
      tell(level, undefined)
    },
    setComponentLevel(component, level) {
      tell(level, component)
      return own.setComponentLevel(component, level)
    },
  }
}
