import type { AdminActions, StatsView } from '@nuncio/admin'
import type { JsonObject } from '@nuncio/config'
import type { Logger, SocketAddress, TimeSource } from '@nuncio/core'
import type { ListenHandle } from '@nuncio/listener'
import { loggingControl } from '../admin/admin-view.ts'
import { reloadView } from '../admin/reload-view.ts'
import { startAdmin, type StartedAdmin } from '../admin/start-admin.ts'
import type { NuncioServer } from '../nuncio-server.ts'
import { bindAddress } from '../platform/bind-address.ts'
import { socketBinder } from '../platform/bind-socket.ts'
import type { ReloadOutcome } from '../reload/contracts.ts'
import type { ServerStats } from '../stats/server-stats.ts'
import type { BoundSocket } from './bound-socket.ts'
import type { Gathered } from './gathered.ts'
import type { Lineage } from './hot-restart/lineage.ts'
import type { MergedStats } from './merged-stats.ts'
import { primaryEndpoints } from './primary-endpoints.ts'
import { primaryLogging, PrimaryView } from './primary-view.ts'
import type { ReloadTogether } from './reload-together.ts'
import type { Supervisor } from './supervisor.ts'

/** What an admin may ask of the primary itself. */
export interface Steering {
  readonly stopping: boolean
  close(): Promise<void>
  reread(): Promise<ReloadOutcome>
  restartWorkers(): Promise<void>
  handOver(): Promise<void>
}

export interface PrimaryAdminParts {
  readonly primary: Steering
  /** What was checked and is not served here: its bootstrap, and where things stand in it. */
  readonly checked: NuncioServer
  readonly supervisor: Supervisor
  readonly gathered: Gathered
  readonly merged: MergedStats
  readonly stats: ServerStats
  readonly reloads: ReloadTogether
  readonly lineage: Lineage
  readonly time: TimeSource
  readonly logger: Logger
}

/** The one admin of all workers, on a socket that can be handed over. */
export class PrimaryAdmin {
  readonly #parts: PrimaryAdminParts
  readonly #startedMs: number
  #admin: StartedAdmin | undefined = undefined
  #socket: BoundSocket | undefined = undefined

  constructor(parts: PrimaryAdminParts) {
    this.#parts = parts
    this.#startedMs = parts.time.monotonicMs()
  }

  /** Undefined while it does not listen. */
  get address(): SocketAddress | undefined {
    return this.#admin?.address
  }
  get socket(): BoundSocket | undefined {
    return this.#socket
  }

  async start(): Promise<void> {
    const { checked, time, logger, merged, gathered, primary, supervisor } = this.#parts
    const { parts } = checked
    this.#admin = await startAdmin({
      view: this.#view(),
      bootstrap: parts.bootstrap,
      time,
      logger,
      stats: merged.own.scope(''),
      accessLog: (log, options) => parts.services.accessLog(log, options),
      sources: parts.loaded.sources,
      endpoints: [
        ...primaryEndpoints({
          serving: () => supervisor.serving,
          restartWorkers: () => primary.restartWorkers(),
          handOver: () => primary.handOver(),
          logger,
        }),
        ...(parts.options.adminEndpoints ?? []),
      ],
      hosts: parts.options.adminHosts ?? [],
      bind: (at) => this.#bind(at),
      prepare: ({ path, params }) => {
        if (path !== '/config_dump') return gathered.ask()
        return gathered.ask(params.has('include_eds') ? 'with-endpoints' : 'plain')
      },
    })
  }

  async close(): Promise<void> {
    await this.#admin?.close()
    this.#socket?.close()
  }

  /** Another process has its socket. */
  async letGo(): Promise<void> {
    await this.#admin?.close()
    this.#socket?.letGo()
    this.#admin = this.#socket = undefined
  }

  #bind(at: SocketAddress): ListenHandle {
    this.#socket = this.#parts.lineage.adminSocket ?? socketBinder.bind(bindAddress(at), false)
    return this.#socket.handle
  }

  #view(): PrimaryView {
    const { checked, gathered, lineage, primary, reloads, supervisor, time } = this.#parts
    return new PrimaryView({
      gathered,
      stats: this.#statsView(),
      logging: primaryLogging(loggingControl(checked.parts.logger), (level, component) =>
        supervisor.tell({ do: 'log-level', level, component }),
      ),
      actions: this.#actions(),
      uptimeMs: () => time.monotonicMs() - this.#startedMs,
      uptimeAllEpochsMs: () => time.wallMs() - lineage.startedWallMs,
      draining: () => primary.stopping,
      epoch: lineage.epoch,
      workers: () => this.#workers(),
      configuration: () => {
        const { generation, appliedAtMs, lastReload } = reloads
        return { generation, appliedAtMs, lastReload: lastReload && reloadView(lastReload) }
      },
    })
  }

  #statsView(): StatsView {
    const { rules, intervals, flusher, flushOnAdmin } = this.#parts.stats
    return {
      store: this.#parts.merged.store,
      intervals,
      accepts: (name) => rules.accepts(name),
      tagged: (name) => rules.tagged(name),
      bounds: (name) => rules.bounds(name),
      refresh: () => flushOnAdmin && flusher.flush(),
    }
  }

  #actions(): AdminActions {
    const { checked, merged, primary, supervisor } = this.#parts
    return {
      quit: () => void primary.close(),
      resetCounters: () => {
        supervisor.tell({ do: 'reset-counters' })
        merged.reset()
      },
      failHealthChecks: (fail) => supervisor.tell({ do: 'fail-health-checks', fail }),
      drainListeners: (options) => supervisor.tell({ do: 'drain-listeners', ...options }),
      reopenLogs: () => supervisor.tell({ do: 'reopen-logs' }),
      reload: async () => reloadView(await primary.reread()),
      modifyRuntime: (values) => {
        supervisor.tell({ do: 'modify-runtime', values })
        return checked.parts.runtime.canModify
      },
    }
  }

  /** About the processes, for `/server_info`. */
  #workers(): JsonObject {
    const { lineage, supervisor } = this.#parts
    return {
      pid: process.pid,
      restart_epoch: lineage.epoch,
      workers: supervisor.workers.map(({ slot, process, state }) => ({ slot, pid: process.pid, state })),
    }
  }
}
