import {
  type Logger,
  silentLogger,
  type SocketAddress,
  type StatsDump,
  type StatsStore,
  type TimeSource,
} from '@nuncio/core'
import { createServer } from '../create-server.ts'
import type { NuncioServer } from '../nuncio-server.ts'
import type { ServerOptions } from '../options.ts'
import { socketBinder } from '../platform/bind-socket.ts'
import { NodeRandom } from '../platform/node-random.ts'
import { NodeTime } from '../platform/node-time.ts'
import type { ReloadOutcome } from '../reload/contracts.ts'
import type { ListeningAt } from '../server.ts'
import { type ServerStats, serverStats } from '../stats/server-stats.ts'
import type { Handlers, WithHandle } from './channel.ts'
import { Gathered } from './gathered.ts'
import { Guard } from './guard.ts'
import { HandOver, type SpawnSuccessor } from './hot-restart/hand-over.ts'
import { HotRestartStats } from './hot-restart/hot-restart-stats.ts'
import { Lineage } from './hot-restart/lineage.ts'
import type { Predecessor } from './hot-restart/predecessor.ts'
import { ListeningSockets, socketKey } from './listening-sockets.ts'
import { Loans } from './loans.ts'
import { MergedStats } from './merged-stats.ts'
import { PrimaryAdmin, type Steering } from './primary-admin.ts'
import type { PrimaryProcedures } from './protocol.ts'
import { ReloadTogether } from './reload-together.ts'
import { Supervisor, type Worker, type WorkerProcess } from './supervisor.ts'
import { wait } from './wait.ts'
import { decideWatchdog, type WatchdogInfo } from './watchdog.ts'

/** What the process beside the workers is made of. */
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
  /** How long that one may take until it serves, ms; a minute by default. */
  readonly hotRestartMs?: number
  /** How long that one must serve beside this one until it is trusted, ms; 3 seconds by default. */
  readonly trialMs?: number
  /** How long this process goes on at most once another has taken over, ms; 15 minutes by default. */
  readonly parentShutdownMs?: number
  /** The process that this one takes over from. */
  readonly predecessor?: Predecessor | undefined
}

/** How often workers tell their statistics, so that one that is killed takes little with it. */
const TELL_EVERY_MS = 1000
/** How long the admin that is replaced has for the answers that are under way. */
const ADMIN_GRACE_MS = 250
const HOT_RESTART_MS = 60_000
const TRIAL_MS = 3000
const PARENT_SHUTDOWN_MS = 900_000
const DRAIN_MS = 600_000

/**
 * Several workers and the process that keeps them: it has the listening sockets, the admin and the sums, and no traffic of
 * its own.
 */
export class Primary implements AsyncDisposable, Steering {
  readonly stopped: Promise<void>
  readonly #options: PrimaryOptions
  readonly #time: TimeSource
  readonly #logger: Logger
  readonly #merged = new MergedStats()
  readonly #sockets = new ListeningSockets(socketBinder)
  readonly #loans = new Loans(this.#sockets)
  readonly #lineage: Lineage
  readonly #reloads: ReloadTogether
  readonly #supervisor: Supervisor
  readonly #gathered: Gathered
  readonly #guard: Guard
  readonly #handOver: HandOver
  readonly #stats: ServerStats
  readonly #admin: PrimaryAdmin
  #resolveStopped: () => void = () => {}
  #stopping = false

  private constructor(source: string | Uint8Array, options: PrimaryOptions, checked: NuncioServer) {
    this.#options = options
    this.#time = options.server.time ?? new NodeTime()
    this.#logger = options.server.logger ?? silentLogger
    this.stopped = new Promise((resolve) => (this.#resolveStopped = resolve))
    this.#lineage = new Lineage(options.predecessor, this.#merged, this.#time.wallMs())
    this.#lineage.inheritSockets(this.#sockets)
    this.#reloads = this.#makeReloads(source)
    const watchdog = decideWatchdog(checked.parts.bootstrap)
    this.#supervisor = this.#makeSupervisor(watchdog)
    this.#gathered = new Gathered(this.#supervisor, this.#merged, this.#time)
    this.#guard = new Guard({ supervisor: this.#supervisor, info: watchdog, time: this.#time, stats: this.#merged.own })
    this.#handOver = this.#makeHandOver()
    this.#stats = serverStats({
      ...checked.parts,
      stats: this.#merged.store,
      problems: [],
      clusters: { hostOf: (name) => this.#gathered.hostOf(name), refreshStats: () => {} },
    })
    this.#admin = new PrimaryAdmin({
      primary: this,
      checked,
      supervisor: this.#supervisor,
      gathered: this.#gathered,
      merged: this.#merged,
      stats: this.#stats,
      reloads: this.#reloads,
      lineage: this.#lineage,
      time: this.#time,
      logger: this.#logger,
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
      await primary.#abandon()
      throw error
    }
    return primary
  }

  async #start(): Promise<void> {
    const { workers } = this.#options
    await this.#supervisor.start()
    this.#sockets.sweep()
    this.#loans.cover(workers, this.#sockets.slots, this.#supervisor.serving)
    await this.#lineage.inheritStats()
    await this.#gathered.ask()
    const { own } = this.#merged
    own.gauge('server.concurrency').set(workers)
    own.gauge('server.hot_restart_epoch').set(this.#lineage.epoch)
    this.#guard.start()
    this.#stats.flusher.start()
    this.#tellAgain()
    await this.#admin.start()
    void this.#lineage.takeOver()
  }

  /** It cannot serve: nothing of it is left, and what it was to take over stays with the predecessor. */
  async #abandon(): Promise<void> {
    this.#stopping = true
    this.#guard.stop()
    this.#supervisor.stop()
    this.#stats.flusher.close()
    this.#closeSockets()
    await this.#admin.letGo()
  }

  /** Those of a predecessor that goes on stay as they are. */
  #closeSockets(): void {
    if (this.#lineage.onTrial) this.#sockets.letGo()
    else this.#sockets.close()
  }

  /** What the primary counts itself. */
  get stats(): StatsStore {
    return this.#merged.own
  }
  get admin(): SocketAddress | undefined {
    return this.#admin.address
  }
  get listeners(): readonly ListeningAt[] {
    return (this.#gathered.any?.listeners ?? []).map(({ name, address }) => ({ name, ...address }))
  }
  get stopping(): boolean {
    return this.#stopping
  }

  /** Replaces all workers, one after the other, by new ones of the program as it is on disk now. */
  async restartWorkers(): Promise<void> {
    await this.#supervisor.restart(this.#drainMs)
  }

  /**
   * Starts the program as it is on disk now, hands it the sockets, and ends behind what is under way once it has served for
   * `trialMs`. Rejects when it cannot serve, or not that long, when one is under way, and when this one is stopping; it goes on as it was then.
   */
  async handOver(): Promise<void> {
    await this.#handOver.start()
  }

  /** Reads the configuration again; all workers go over to it, or none. */
  reread(): Promise<ReloadOutcome> {
    return this.#reloads.reread()
  }

  reopenLogs(): void {
    this.#supervisor.tell({ do: 'reopen-logs' })
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
    this.#closeSockets()
    await (this.#lineage.onTrial ? this.#admin.letGo() : this.#admin.close())
    this.#stats.flusher.close()
    this.#resolveStopped()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  get #drainMs(): number {
    return this.#options.server.drainTimeMs ?? DRAIN_MS
  }

  #makeHandOver(): HandOver {
    const { spawnSuccessor, hotRestartMs = HOT_RESTART_MS, trialMs = TRIAL_MS } = this.#options
    return new HandOver({
      spawn: spawnSuccessor,
      patienceMs: hotRestartMs,
      trialMs,
      stopping: () => this.#stopping,
      sockets: this.#sockets,
      adminSocket: () => this.#admin.socket,
      inheritance: () => ({
        epoch: this.#lineage.epoch,
        generation: this.#reloads.generation,
        startedWallMs: this.#lineage.startedWallMs,
      }),
      totals: () => this.#merged.totals(),
      retire: () => this.#retire(),
      end: () => void this.close(),
      time: this.#time,
      logger: this.#logger.child('workers'),
      stats: new HotRestartStats(this.#merged.own.scope('server.hot_restart.')),
    })
  }

  async #retire(): Promise<void> {
    this.#logger.log('info', 'another process has taken over; what is under way is finished')
    this.#stopping = true
    this.#guard.stop()
    this.#sockets.letGo()
    await wait(this.#time, ADMIN_GRACE_MS).over
    await this.#admin.letGo()
    await this.#gathered.ask()
    await this.#supervisor.drain(Math.min(this.#drainMs, this.#options.parentShutdownMs ?? PARENT_SHUTDOWN_MS))
  }

  #makeReloads(source: string | Uint8Array): ReloadTogether {
    const { server } = this.#options
    return new ReloadTogether({
      source,
      generation: this.#lineage.generation(server.generation ?? 1),
      file: server.file ?? '',
      read: server.read,
      serving: () => this.#supervisor.serving,
      stopping: () => this.#stopping,
      onOutcome: ({ outcome, problems, texts }) => outcome !== 'unchanged' && server.onProblems?.(problems, texts),
      stats: this.#merged.own,
      time: this.#time,
      logger: this.#logger.child('config'),
    })
  }

  #makeSupervisor(watchdog: WatchdogInfo): Supervisor {
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

  #tellAgain(): void {
    this.#time.setTimer(TELL_EVERY_MS, () => {
      if (this.#stopping) return
      void this.#lineage
        .refreshStats()
        .then(() => this.#gathered.ask())
        .then(() => this.#tellAgain())
    })
  }
}
