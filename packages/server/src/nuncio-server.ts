import type { AdminView } from '@nuncio/admin'
import type { LoadResult, Problem } from '@nuncio/config'
import {
  isNamedAddress,
  type Logger,
  type RandomGenerator,
  type SocketAddress,
  type StatsStore,
  type TimerWheel,
  type TimeSource,
} from '@nuncio/core'
import { type Listener, type ListenerContext, ListenerManagerStats } from '@nuncio/listener'
import type { HttpServices } from '@nuncio/network-filters'
import type { LogFiles, StatsFlusher } from '@nuncio/telemetry'
import type { CertificateRegistry } from '@nuncio/tls'
import type { ClusterManagerImpl } from '@nuncio/upstream'
import type { FileSource } from '@nuncio/xds'
import type { ServerHttpServices } from './http-services.ts'
import type { Bootstrap } from './load-configuration.ts'
import type { ServerOptions } from './options.ts'
import type { PreparedReload, ReloadOptions, ReloadOutcome } from './reload/contracts.ts'
import type { ListenerChanges, PlacedChange } from './reload/listener-changes.ts'
import { Discovery } from './resources/discovery.ts'
import { Reloads } from './reload/reloads.ts'
import { PassingNames } from './stats/passing-names.ts'
import { type ConfigSnapshot, firstSnapshot } from './reload/snapshot.ts'
import type { LayeredRuntime } from './runtime/layered-runtime.ts'
import type { ServerOverload } from './overload/server-overload.ts'
import type { StaticSecrets } from './secrets/static-secrets.ts'
import { ProcessStats } from './stats/process-stats.ts'
import type { Tracers } from './tracing/tracers.ts'
import type { ListeningAt, Server } from './server.ts'

/** What one server is made of. */
export interface ServerParts {
  /** What the server began with; what runs now is its snapshot. */
  readonly loaded: LoadResult<Bootstrap>
  readonly bootstrap: Bootstrap
  readonly stats: StatsStore
  readonly time: TimeSource
  /** The same clock, read once a turn of the event loop. */
  readonly loopTime: TimeSource
  readonly random: RandomGenerator
  readonly wheel: TimerWheel
  readonly runtime: LayeredRuntime
  readonly logger: Logger
  readonly services: ServerHttpServices
  readonly overload: ServerOverload
  readonly clusters: ClusterManagerImpl
  /** Where what comes over xDS is had from. */
  readonly resources: FileSource
  readonly certificates: CertificateRegistry
  readonly logFiles: LogFiles
  readonly tracers: Tracers
  readonly secrets: StaticSecrets
  readonly listenerContext: ListenerContext<HttpServices>
  readonly inUse: ListenersInUse
  readonly problems: Problem[]
  readonly options: ServerOptions
}

/** For what is made before the server itself: its listeners at any time. */
export interface ListenersInUse {
  listeners: () => readonly Listener<HttpServices>[]
}

/** `server.state` as Envoy numbers it. */
export type ServerState = 'LIVE' | 'DRAINING' | 'PRE_INITIALIZING' | 'INITIALIZING'
const STATES: readonly ServerState[] = ['LIVE', 'DRAINING', 'PRE_INITIALIZING', 'INITIALIZING']
/** What a change of a listener counts as, in Envoy's words. */
const COUNTED = { added: 'added', 'in-place': 'in_place_updated', replaced: 'modified', removed: 'removed' } as const

const NOWHERE = { address: '', port: 0 } as const

/** The living server. */
export class NuncioServer implements Server {
  readonly parts: ServerParts
  readonly listenerStats: ListenerManagerStats
  readonly processStats: ProcessStats
  readonly startedMs: number
  readonly stopped: Promise<void>
  /** Those of the configuration in use. */
  listenersLive: readonly Listener<HttpServices>[] = []
  /** Those of them that came over xDS. */
  discovered: readonly Listener<HttpServices>[] = []
  readonly discovery: Discovery
  snapshot: ConfigSnapshot
  /** Undefined until there was one. */
  lastReload: ReloadOutcome | undefined = undefined
  state: ServerState = 'INITIALIZING'
  /** Undefined until it serves. */
  view: AdminView | undefined = undefined
  #admin: SocketAddress | undefined = undefined
  #closeAdmin: () => Promise<void> = () => Promise.resolve()
  #flusher: StatsFlusher | undefined = undefined
  #resolveStopped: () => void = () => {}
  #closing: Promise<void> | undefined = undefined
  #draining = false
  /** Listeners that a reload took out, until their last connection is over. */
  readonly #leaving = new Set<Listener<HttpServices>>()
  readonly #passing: PassingNames
  readonly #reloads: Reloads
  readonly #untilStopped = new Set<() => void>()

  constructor(parts: ServerParts) {
    this.parts = parts
    this.listenerStats = new ListenerManagerStats(parts.stats)
    this.processStats = new ProcessStats(parts.stats, parts.options.version ?? '')
    this.processStats.began(parts.loaded)
    this.snapshot = firstSnapshot(parts)
    this.#passing = new PassingNames(parts.stats)
    this.#reloads = new Reloads(this)
    this.discovery = new Discovery({ ...parts, server: this }, parts.bootstrap)
    this.startedMs = parts.time.monotonicMs()
    this.stopped = new Promise((resolve) => (this.#resolveStopped = resolve))
    void this.stopped.then(() => this.#untilStopped.forEach((wake) => wake()))
    this.#setState('INITIALIZING')
  }

  get listeners(): readonly ListeningAt[] {
    return this.listenersLive.flatMap(({ name, addresses }) =>
      addresses.length === 0 ? [{ name, ...NOWHERE }] : addresses.map((at) => ({ name, ...at })),
    )
  }
  get admin(): SocketAddress | undefined {
    return this.#admin
  }
  get stats(): StatsStore {
    return this.parts.stats
  }
  get problems(): readonly Problem[] {
    return this.snapshot.problems
  }
  get generation(): number {
    return this.snapshot.generation
  }
  /** Waits for work, but no longer than the server lives. (A race with `stopped` would leave something there each time.) */
  async orStopped(work: Promise<unknown>): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    this.#untilStopped.add(resolve)
    work.then(() => resolve(), reject)
    try {
      await promise
    } finally {
      this.#untilStopped.delete(resolve)
    }
  }

  /** Nothing new is begun any more. */
  get isStopping(): boolean {
    return this.#draining || this.#closing !== undefined
  }

  reload(source: string | Uint8Array, options: ReloadOptions = {}): Promise<ReloadOutcome> {
    return this.#reloads.reload(source, options)
  }
  reread(): Promise<ReloadOutcome> {
    return this.#reloads.reread()
  }
  prepareReload(source: string | Uint8Array, options: ReloadOptions = {}): Promise<PreparedReload> {
    return this.#reloads.prepare(source, options)
  }

  /** Listeners that stand in the bootstrap. */
  get listenersOfFile(): readonly Listener<HttpServices>[] {
    return this.listenersLive.filter((listener) => !this.discovered.includes(listener))
  }

  /** Does something that changes listeners, when no reload is under way; the next one waits for it. */
  inTurn(work: () => Promise<void>): Promise<void> {
    return this.#reloads.inTurn(work)
  }

  /** Another configuration was applied: its listeners are the server's, beside those that came over xDS; others leave. */
  replaceListeners({ list, listeners }: ListenerChanges): void {
    this.listenersLive = [...listeners, ...this.discovered]
    const { active, events } = this.listenerStats
    for (const { listener, change } of list) {
      if (change.outcome === 'unchanged') continue
      events[COUNTED[change.outcome]].inc()
      if (change.outcome === 'in-place') events.modified.inc()
      if (change.outcome !== 'removed') events.create_success.inc()
      if (change.outcome === 'removed') {
        this.#leaving.add(listener)
        void listener.idle().then(() => this.#leaving.delete(listener))
      }
    }
    active.set(this.listenersLive.length)
  }

  /** Brings statistics up to date that nobody keeps so; call before they are read. */
  refreshStats(): void {
    const { certificates, clusters, time } = this.parts
    clusters.refreshStats()
    let connections = 0
    for (const listener of this.#everyListener) {
      listener.refreshStats()
      connections += listener.connectionCount
    }
    this.#passing.refresh(this.#statPrefixes())
    this.processStats.connections.set(connections)
    this.processStats.expire(certificates.expiry(), time.wallMs())
  }

  /** Where the statistics are of what comes and goes with configurations. Clusters look after their own. */
  #statPrefixes(): ReadonlySet<string> {
    const listeners = this.#everyListener.map(({ info }) => `listener.${info.statPrefix}.`)
    const hosts = this.snapshot.hostStats
    return new Set([...listeners, ...hosts, ...this.parts.clusters.dnsCaches.statPrefixes])
  }

  /** All listeners that have connections, or may get some. */
  get #everyListener(): readonly Listener<HttpServices>[] {
    return [...this.listenersLive, ...this.#leaving]
  }

  /** Settles when listeners that come have what they need; meanwhile they count as warming. */
  async warmListeners(changes: readonly PlacedChange[]): Promise<void> {
    const { warming } = this.listenerStats
    const count = changes.filter(({ change: { outcome } }) => outcome !== 'unchanged' && outcome !== 'removed').length
    warming.set(warming.value + count)
    try {
      await Promise.all(changes.map(({ change }) => change.ready()))
    } finally {
      warming.set(warming.value - count)
    }
  }

  /** Everything listens; statistics are flushed from now on. */
  live(flusher: StatsFlusher): void {
    this.#flusher = flusher
    flusher.start()
    this.parts.overload.manager?.start()
    this.#setState('LIVE')
    const { listenerStats, listenersLive, processStats } = this
    const { time, logger, bootstrap } = this.parts
    listenerStats.active.set(listenersLive.length)
    const { length } = this.listenersOfFile
    listenerStats.events.added.add(length)
    listenerStats.events.create_success.add(length)
    listenerStats.workersStarted.set(1)
    processStats.concurrency.set(this.parts.options.worker?.workers ?? 1)
    processStats.initializationTime.record(Math.round(time.monotonicMs() - this.startedMs))
    processStats.live.set(1)
    if (this.parts.options.worker === undefined && (bootstrap.watchdogs ?? bootstrap.watchdog) !== undefined)
      logger.log('warning', 'watchdogs: a single process cannot watch itself; --concurrency 2 and more is watched')
    for (const { name, address, port } of this.listeners)
      logger.log('info', `listener ${name} is listening on ${isNamedAddress(address) ? address : `${address}:${port}`}`)
  }

  adminAddress(address: SocketAddress | undefined, close: () => Promise<void> = () => Promise.resolve()): void {
    this.#admin = address
    this.#closeAdmin = close
  }

  #setState(state: ServerState): void {
    this.state = state
    this.processStats.state.set(STATES.indexOf(state))
  }

  /** `POST /healthcheck/fail` and `/ok`: what asks whether this proxy is ready hears no (or yes again). */
  failHealthChecks(fail: boolean): void {
    this.parts.services.proxy.healthCheckFailed = fail
    if (this.#closing === undefined) this.#setState(fail ? 'DRAINING' : 'LIVE')
    for (const listener of this.listenersLive) {
      if (listener.info.drainType !== 'DEFAULT') continue
      // As with Envoy the strategy of drains does not count here: nobody is to stay with a proxy that fails.
      if (fail) listener.drain(this.parts.options.drainTimeMs ?? 600_000, 'immediate')
      else listener.stopDrain()
    }
  }

  /** `POST /drain_listeners`. */
  async drainListeners(options: {
    readonly graceful: boolean
    readonly skipExit: boolean
    readonly inboundOnly: boolean
  }): Promise<void> {
    const chosen = this.listenersLive.filter(
      (listener) => !options.inboundOnly || listener.info.trafficDirection === 'INBOUND',
    )
    const timeMs = this.parts.options.drainTimeMs ?? 600_000
    if (options.graceful) {
      for (const listener of chosen) listener.drain(timeMs, this.parts.options.drainStrategy ?? 'gradual')
      if (options.skipExit) return
      await this.#after(timeMs)
    }
    await Promise.all(chosen.map((listener) => listener.stopListening()))
    this.listenerStats.events.stopped.add(chosen.length)
  }

  async drain(timeMs = this.parts.options.drainTimeMs ?? 600_000): Promise<void> {
    if (this.#closing !== undefined) return await this.#closing
    this.#draining = true
    this.#setState('DRAINING')
    this.processStats.live.set(0)
    // Whoever asks to stop wants the end: connections close behind what they have under way, not gradually.
    for (const listener of this.#everyListener) listener.drain(timeMs, 'immediate')
    await Promise.all(this.listenersLive.map((listener) => listener.stopListening()))
    const idle = Promise.all(this.#everyListener.map((listener) => listener.idle()))
    this.#tellDrain('draining', timeMs)
    await Promise.race([idle, this.#after(timeMs)])
    this.#tellDrain('drained', timeMs)
    await this.close()
  }

  #tellDrain(what: 'draining' | 'drained', timeMs: number): void {
    let connections = 0
    for (const listener of this.#everyListener) connections += listener.connectionCount
    const { logger } = this.parts
    if (what === 'draining') logger.log('info', 'draining: no new connections', { connections, at_most_ms: timeMs })
    else if (connections === 0) logger.log('info', 'drained: all connections ended by themselves')
    else logger.log('warning', 'the drain time is over: what is left is closed', { connections })
  }

  #after(ms: number): Promise<void> {
    return new Promise((resolve) => void this.parts.time.setTimer(ms, resolve))
  }

  close(): Promise<void> {
    this.#closing ??= this.#stop()
    return this.#closing
  }

  async #stop(): Promise<void> {
    const { clusters, logFiles, overload, resources, tracers, wheel } = this.parts
    resources.close()
    overload.manager?.stop()
    await Promise.all(this.#everyListener.map((listener) => listener.close()))
    await tracers.close()
    await clusters.close()
    await this.#closeAdmin()
    this.#flusher?.close()
    await logFiles.close()
    wheel.stop()
    this.#resolveStopped()
  }

  reopenLogs(): void {
    this.parts.logFiles.reopen()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }
}
