import type { AdminActions, AdminEndpoint, ConfigurationView, StatsView } from '@nuncio/admin'
import { textResponse } from '@nuncio/admin'
import type { JsonObject } from '@nuncio/config'
import {
  type Logger,
  NuncioError,
  silentLogger,
  type SocketAddress,
  type StatsDump,
  type StatsStore,
  type TimeSource,
} from '@nuncio/core'
import type { ListenHandle } from '@nuncio/listener'
import type { ListeningAt } from '../server.ts'
import { loggingControl } from '../admin/admin-view.ts'
import { reloadView } from '../admin/reload-view.ts'
import { startAdmin, type StartedAdmin } from '../admin/start-admin.ts'
import { createServer } from '../create-server.ts'
import type { NuncioServer } from '../nuncio-server.ts'
import type { ServerOptions } from '../options.ts'
import { socketBinder } from '../platform/bind-socket.ts'
import { NodeRandom } from '../platform/node-random.ts'
import { NodeTime } from '../platform/node-time.ts'
import type { ReloadOutcome } from '../reload/contracts.ts'
import { type ServerStats, serverStats } from '../stats/server-stats.ts'
import { HandOver, type SpawnSuccessor } from './hot-restart/hand-over.ts'
import type { Predecessor } from './hot-restart/predecessor.ts'
import { workerBalancers } from './balancers.ts'
import { Gathered, type Wait } from './gathered.ts'
import { Guard } from './guard.ts'
import { ListeningSockets, socketKey } from './listening-sockets.ts'
import { Loans } from './loans.ts'
import { MergedStats } from './merged-stats.ts'
import { PrimaryView, primaryLogging } from './primary-view.ts'
import type { Handlers, WithHandle } from './channel.ts'
import type { PrimaryProcedures, WorkerAction } from './protocol.ts'
import { ReloadTogether } from './reload-together.ts'
import { Supervisor, type Worker, type WorkerProcess } from './supervisor.ts'
import { decideWatchdog } from './watchdog.ts'

export interface PrimaryOptions {
  /** As for `createServer`; what its parts report of the configuration comes once, from here. */
  readonly server: ServerOptions
  readonly workers: number
  /** The command line, for the workers. */
  readonly values: Readonly<Record<string, unknown>>
  /** Starts the process of a worker, which answers at `port` what `handlers` do not. */
  readonly spawn: (handlers: Handlers<PrimaryProcedures>) => WorkerProcess
  /** Starts the process that is to take over. */
  readonly spawnSuccessor: SpawnSuccessor
  /** The process that this one takes over from. */
  readonly predecessor?: Predecessor | undefined
}

/** How often workers tell their statistics, so that one that is killed takes little with it. */
const TELL_EVERY_MS = 1000
/** As which the predecessor's statistics are kept; workers have others. */
const PREDECESSOR = 0
/** How long the admin that is replaced has for the answers that are under way. */
const ADMIN_GRACE_MS = 250

/**
 * Several workers and the process that keeps them: it has the listening sockets, the admin and the sums, and no traffic of
 * its own.
 */
export class Primary implements AsyncDisposable {
  readonly stopped: Promise<void>
  readonly #options: PrimaryOptions
  readonly #reloads: ReloadTogether
  readonly #time: TimeSource
  readonly #logger: Logger
  readonly #startedMs: number
  readonly #startedWallMs: number
  readonly #merged = new MergedStats()
  readonly #sockets = new ListeningSockets(socketBinder)
  readonly #loans = new Loans(this.#sockets)
  readonly #supervisor: Supervisor
  readonly #gathered: Gathered
  readonly #guard: Guard
  readonly #handOver: HandOver
  /** What was checked and is not served here: its bootstrap, and where things stand in it. */
  readonly #checked: NuncioServer
  readonly #stats: ServerStats
  #admin: StartedAdmin | undefined = undefined
  #adminSocket: ListenHandle | undefined = undefined
  #resolveStopped: () => void = () => {}
  #stopping = false

  private constructor(source: string | Uint8Array, options: PrimaryOptions, checked: NuncioServer) {
    this.#options = options
    this.#checked = checked
    this.#time = options.server.time ?? new NodeTime()
    this.#logger = options.server.logger ?? silentLogger
    this.#startedMs = this.#time.monotonicMs()
    this.#startedWallMs = this.#time.wallMs()
    this.stopped = new Promise((resolve) => (this.#resolveStopped = resolve))
    for (const group of options.predecessor?.sockets ?? []) this.#sockets.inherit(group, group.sockets)
    this.#reloads = this.#makeReloads(source)
    const watchdog = decideWatchdog(checked.parts.bootstrap.watchdogs?.worker_watchdog)
    this.#supervisor = this.#makeSupervisor(watchdog)
    this.#gathered = new Gathered(this.#supervisor, this.#merged, (ms) => this.#after(ms))
    this.#guard = new Guard({ supervisor: this.#supervisor, info: watchdog, time: this.#time, stats: this.#merged.own })
    this.#handOver = this.#makeHandOver(options.spawnSuccessor)
    this.#stats = serverStats({
      ...checked.parts,
      stats: this.#merged.store,
      problems: [],
      clusters: { hostOf: (name) => this.#hostOf(name), refreshStats: () => {} },
    })
  }

  /** Checks the configuration, starts the workers, and the admin last. Rejects as `createServer` does. */
  static async start(source: string | Uint8Array, options: PrimaryOptions): Promise<Primary> {
    const checked = (await createServer(source, { ...options.server, validateOnly: true })) as NuncioServer
    await checked.close()
    const primary = new Primary(source, options, checked)
    try {
      await primary.#start()
    } catch (error) {
      primary.#sockets.close()
      throw error
    }
    return primary
  }

  async #start(): Promise<void> {
    const { predecessor, workers } = this.#options
    await this.#supervisor.start()
    this.#sockets.sweep()
    this.#loans.cover(workers, this.#sockets.slots, this.#supervisor.serving)
    if (predecessor !== undefined) this.#merged.told(PREDECESSOR, await predecessor.channel.ask('totals', undefined))
    await this.#gathered.ask()
    const { own } = this.#merged
    own.gauge('server.concurrency').set(workers)
    own.gauge('server.hot_restart_epoch').set(this.#epoch)
    this.#guard.start()
    this.#stats.flusher.start()
    this.#tellAgain()
    this.#admin = await this.#startAdmin()
    if (predecessor !== undefined) void this.#retire(predecessor)
  }

  /** The predecessor finishes what it has; until then it goes on counting. */
  async #retire({ channel }: Predecessor): Promise<void> {
    const last = await channel.ask('retire', undefined).catch(() => undefined)
    this.#merged.ended(PREDECESSOR, last)
  }

  get #epoch(): number {
    const { predecessor } = this.#options
    return predecessor === undefined ? 0 : predecessor.inheritance.epoch + 1
  }

  /** What the primary counts itself. */
  get stats(): StatsStore {
    return this.#merged.own
  }
  get admin(): SocketAddress | undefined {
    return this.#admin?.address
  }
  get listeners(): readonly ListeningAt[] {
    return (this.#gathered.any?.listeners ?? []).map(({ name, address }) => ({ name, ...address }))
  }

  /** Replaces all workers, one after the other, by new ones of the program as it is on disk now. */
  async restartWorkers(): Promise<void> {
    await this.#supervisor.restart(this.#drainMs)
  }

  /**
   * Starts the program as it is on disk now, hands it the sockets, and ends behind what is under way once it serves. Rejects when
   * it cannot serve; this one goes on then.
   */
  async handOver(): Promise<void> {
    const path = this.#sockets.described.find(({ at }) => at.unix && !at.address.startsWith('@'))?.at.address
    const bound = path ?? (this.admin?.address.startsWith('/') === true ? this.admin.address : undefined)
    if (bound !== undefined) {
      // Whoever bound a path removes it at its end, whoever listens there by then.
      const message = `the Unix socket ${bound} cannot be handed over`
      throw new NuncioError('ERR_NUNCIO_HAND_OVER', message, { hint: 'POST /workers/restart replaces the workers' })
    }
    await this.#handOver.start()
  }

  /** Reads the configuration again; all workers go over to it, or none. */
  reread(): Promise<ReloadOutcome> {
    return this.#reloads.reread()
  }

  reopenLogs(): void {
    this.#tell({ do: 'reopen-logs' })
  }

  /** No new connections, finish what is under way within `timeMs`, then stop. */
  async drain(timeMs = this.#drainMs): Promise<void> {
    this.#stopping = true
    await this.#supervisor.drain(timeMs)
    await this.close()
  }

  async close(): Promise<void> {
    this.#stopping = true
    this.#guard.stop()
    this.#supervisor.stop()
    this.#sockets.close()
    await this.#admin?.close()
    this.#stats.flusher.close()
    this.#resolveStopped()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  #makeHandOver(spawn: SpawnSuccessor): HandOver {
    return new HandOver({
      spawn,
      sockets: this.#sockets,
      adminSocket: () => this.#adminSocket,
      inheritance: () => ({
        epoch: this.#epoch,
        generation: this.#reloads.generation,
        startedWallMs: this.#firstStartedWallMs,
      }),
      totals: () => this.#merged.totals(),
      retire: () => this.#retireItself(),
      end: () => void this.close(),
    })
  }

  async #retireItself(): Promise<void> {
    this.#logger.log('info', 'another process has taken over; what is under way is finished')
    this.#stopping = true
    this.#guard.stop()
    await this.#after(ADMIN_GRACE_MS).over
    await this.#admin?.close()
    await this.#gathered.ask()
    await this.#supervisor.drain(this.#drainMs)
  }

  get #firstStartedWallMs(): number {
    return this.#options.predecessor?.inheritance.startedWallMs ?? this.#startedWallMs
  }

  #makeReloads(source: string | Uint8Array): ReloadTogether {
    const { server, predecessor } = this.#options
    return new ReloadTogether({
      source,
      generation: predecessor === undefined ? (server.generation ?? 1) : predecessor.inheritance.generation + 1,
      file: server.file ?? '',
      read: server.read,
      serving: () => this.#supervisor.serving,
      onOutcome: ({ outcome, problems, texts }) => outcome !== 'unchanged' && server.onProblems?.(problems, texts),
      stats: this.#merged.own,
      time: this.#time,
      logger: this.#logger.child('config'),
    })
  }

  get #drainMs(): number {
    return this.#options.server.drainTimeMs ?? 600_000
  }

  #makeSupervisor(watchdog: ReturnType<typeof decideWatchdog>): Supervisor {
    const { workers, values, server, spawn } = this.#options
    return new Supervisor({
      slots: workers,
      spawn: (worker) => spawn(this.#handlersFor(worker)),
      request: (worker) => {
        this.#reloads.given(worker)
        const { source, generation } = this.#reloads
        return { source, generation, values, slot: worker.slot, workers }
      },
      time: this.#time,
      random: server.random ?? new NodeRandom(),
      logger: this.#logger.child('workers'),
      stats: this.#merged.own.scope('workers.'),
      watchdog,
      onLeaving: (worker) => this.#loans.leaves(worker, this.#supervisor.serving),
      onServing: (worker) => {
        this.#loans.takeBack(worker)
        this.#reloads.serves(worker)
      },
      onDeath: (worker) => this.#loans.standIn(worker, this.#supervisor.serving),
      onEnd: (worker, last) => this.#onEnd(worker, last),
    })
  }

  /** What one worker may ask. */
  #handlersFor({ id, slot }: Pick<Worker, 'id' | 'slot'>): Handlers<PrimaryProcedures> {
    return {
      socket: ({ at, use }): WithHandle<{ readonly key: string }> => {
        const { handle } = this.#sockets.obtain(at, use, slot, id)
        return { value: { key: socketKey(at, use.owner) }, handle }
      },
      released: ({ key }) => this.#sockets.release(key, id),
    }
  }

  #onEnd(worker: Worker, last: StatsDump | undefined): void {
    this.#merged.ended(worker.id, last)
    if (worker.state === 'gone' && this.#supervisor.serving.some(({ slot }) => slot === worker.slot)) {
      this.#sockets.forget(worker.id)
    }
  }

  #tell(action: WorkerAction): void {
    for (const { process } of this.#supervisor.workers) process.channel.ask('act', action).catch(() => {})
  }

  #tellAgain(): void {
    this.#time.setTimer(TELL_EVERY_MS, () => {
      if (this.#stopping) return
      void this.#askAll().then(() => this.#tellAgain())
    })
  }

  async #askAll(): Promise<void> {
    const { predecessor } = this.#options
    if (this.#merged.knows(PREDECESSOR)) {
      const totals = await predecessor?.channel.ask('totals', undefined).catch(() => undefined)
      if (totals !== undefined && this.#merged.knows(PREDECESSOR)) this.#merged.told(PREDECESSOR, totals)
    }
    await this.#gathered.ask()
  }

  #after(ms: number): ReturnType<Wait> {
    const { promise, resolve } = Promise.withResolvers<undefined>()
    const timer = this.#time.setTimer(ms, () => resolve(undefined))
    return { over: promise, cancel: () => timer.cancel() }
  }

  /** Any healthy host of a cluster, as the workers see it: for stats sinks that go through one. */
  #hostOf(name: string): { readonly address: string; readonly port: number } | undefined {
    const hosts = this.#gathered.any?.clusters.find((cluster) => cluster.name === name)?.hosts ?? []
    return (hosts.find(({ healthFlags }) => healthFlags.size === 0) ?? hosts[0])?.address
  }

  #startAdmin(): Promise<StartedAdmin | undefined> {
    const { parts } = this.#checked
    const view = new PrimaryView({
      gathered: this.#gathered,
      stats: this.#statsView(),
      logging: primaryLogging(loggingControl(parts.logger), (level, component) =>
        this.#tell({ do: 'log-level', level, component }),
      ),
      actions: this.#actions(),
      uptimeMs: () => this.#time.monotonicMs() - this.#startedMs,
      uptimeAllEpochsMs: () => this.#time.wallMs() - this.#firstStartedWallMs,
      draining: () => this.#stopping,
      workers: () => this.#describe(),
      configuration: () => this.#configuration(),
    })
    return startAdmin({
      view,
      bootstrap: parts.bootstrap,
      time: this.#time,
      logger: this.#logger,
      stats: this.#merged.own.scope(''),
      accessLog: (log, options) => parts.services.accessLog(log, options),
      sources: parts.loaded.sources,
      endpoints: [
        ...workerBalancers(() => this.#supervisor.serving),
        postEndpoint('/workers/restart', 'replace all workers, one after the other, without losing a request', () =>
          this.restartWorkers(),
        ),
        postEndpoint('/hot_restart', 'start the program anew and hand everything over to it', () => this.handOver()),
        ...(parts.options.adminEndpoints ?? []),
      ],
      bind: (at) => this.#bindAdmin(at),
      prepare: ({ path, params }) => {
        if (path !== '/config_dump') return this.#gathered.ask()
        return this.#gathered.ask(params.has('include_eds') ? 'with-endpoints' : 'plain')
      },
    })
  }

  #statsView(): StatsView {
    const { rules, intervals, flusher, flushOnAdmin } = this.#stats
    return {
      store: this.#merged.store,
      intervals,
      accepts: (name) => rules.accepts(name),
      tagged: (name) => rules.tagged(name),
      bounds: (name) => rules.bounds(name),
      refresh: () => flushOnAdmin && flusher.flush(),
    }
  }

  #actions(): AdminActions {
    return {
      quit: () => void this.close(),
      resetCounters: () => {
        this.#tell({ do: 'reset-counters' })
        this.#merged.reset()
      },
      failHealthChecks: (fail) => this.#tell({ do: 'fail-health-checks', fail }),
      drainListeners: (options) => this.#tell({ do: 'drain-listeners', ...options }),
      reopenLogs: () => this.reopenLogs(),
      reload: async () => reloadView(await this.reread()),
      modifyRuntime: (values) => {
        this.#tell({ do: 'modify-runtime', values })
        return this.#checked.parts.runtime.canModify
      },
    }
  }

  #bindAdmin(at: SocketAddress): ListenHandle {
    const unix = at.address.startsWith('/')
    this.#adminSocket =
      this.#options.predecessor?.adminSocket ??
      socketBinder.bind({ ...at, unix, mode: 0, ipv4Compat: false }, false).handle
    return this.#adminSocket
  }

  #configuration(): ConfigurationView {
    const { generation, appliedAtMs, lastReload } = this.#reloads
    return { generation, appliedAtMs, lastReload: lastReload && reloadView(lastReload) }
  }

  #describe(): JsonObject {
    return {
      pid: process.pid,
      restart_epoch: this.#epoch,
      workers: this.#supervisor.workers.map(({ slot, process, state }) => ({ slot, pid: process.pid, state })),
    }
  }
}

/** An endpoint that does something which may fail without harm. */
function postEndpoint(path: string, help: string, act: () => Promise<void>): AdminEndpoint {
  return {
    path,
    help,
    mutates: true,
    handle: async () => {
      try {
        await act()
        return textResponse('OK\n')
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error)
        return textResponse(`it failed, and all is as it was: ${message}\n`, 503)
      }
    },
  }
}
