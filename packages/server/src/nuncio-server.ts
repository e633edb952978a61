import type { LoadResult, Problem } from '@nuncio/config'
import type { Logger, RandomGenerator, SocketAddress, StatsStore, TimerWheel, TimeSource } from '@nuncio/core'
import type { Listener } from '@nuncio/listener'
import type { HttpServices } from '@nuncio/network-filters'
import type { LogFiles, StatsFlusher } from '@nuncio/telemetry'
import type { ClusterManagerImpl } from '@nuncio/upstream'
import type { ServerHttpServices } from './http-services.ts'
import type { Bootstrap } from './load-configuration.ts'
import type { ServerOptions } from './options.ts'
import type { LayeredRuntime } from './runtime/layered-runtime.ts'
import type { ServerOverload } from './overload/server-overload.ts'
import type { ListeningAt, Server } from './server.ts'

/** What one server is made of. */
export interface ServerParts {
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
  readonly logFiles: LogFiles
  readonly problems: Problem[]
  readonly options: ServerOptions
}

/** `server.state` as Envoy numbers it. */
export type ServerState = 'LIVE' | 'DRAINING' | 'PRE_INITIALIZING' | 'INITIALIZING'
const STATES: readonly ServerState[] = ['LIVE', 'DRAINING', 'PRE_INITIALIZING', 'INITIALIZING']

/** The living server. */
export class NuncioServer implements Server {
  readonly parts: ServerParts
  readonly startedMs: number
  readonly stopped: Promise<void>
  /** Set once, before anything listens. */
  listenersLive: readonly Listener<HttpServices>[] = []
  state: ServerState = 'INITIALIZING'
  #admin: SocketAddress | undefined = undefined
  #closeAdmin: () => Promise<void> = () => Promise.resolve()
  #flusher: StatsFlusher | undefined = undefined
  #resolveStopped: () => void = () => {}
  #closing: Promise<void> | undefined = undefined

  constructor(parts: ServerParts) {
    this.parts = parts
    this.startedMs = parts.time.monotonicMs()
    this.stopped = new Promise((resolve) => (this.#resolveStopped = resolve))
    this.#setState('INITIALIZING')
  }

  get listeners(): readonly ListeningAt[] {
    return this.listenersLive.map((listener) => ({
      name: listener.name,
      ...(listener.addresses[0] ?? { address: '', port: 0 }),
    }))
  }
  get admin(): SocketAddress | undefined {
    return this.#admin
  }
  get stats(): StatsStore {
    return this.parts.stats
  }
  get problems(): readonly Problem[] {
    return this.parts.problems
  }

  /** Everything listens; statistics are flushed from now on. */
  live(flusher: StatsFlusher): void {
    this.#flusher = flusher
    flusher.start()
    this.parts.overload.manager?.start()
    this.#setState('LIVE')
    const { stats, logger } = this.parts
    stats.gauge('listener_manager.total_listeners_active').set(this.listenersLive.length)
    stats.counter('listener_manager.listener_added').add(this.listenersLive.length)
    stats.counter('listener_manager.listener_create_success').add(this.listenersLive.length)
    stats.gauge('listener_manager.workers_started').set(1)
    stats.gauge('server.concurrency').set(1)
    stats.gauge('server.live').set(1)
    for (const { name, address, port } of this.listeners)
      logger.log('info', `listener ${name} is listening on ${address}:${port}`)
  }

  adminAddress(address: SocketAddress | undefined, close: () => Promise<void> = () => Promise.resolve()): void {
    this.#admin = address
    this.#closeAdmin = close
  }

  #setState(state: ServerState): void {
    this.state = state
    this.parts.stats.gauge('server.state').set(STATES.indexOf(state))
  }

  /** `POST /healthcheck/fail` and `/ok`: what asks whether this proxy is ready hears no (or yes again). */
  failHealthChecks(fail: boolean): void {
    this.parts.services.proxy.healthCheckFailed = fail
    if (this.#closing === undefined) this.#setState(fail ? 'DRAINING' : 'LIVE')
    const strategy = this.parts.options.drainStrategy ?? 'gradual'
    for (const listener of this.listenersLive) {
      if (listener.info.drainType !== 'DEFAULT') continue
      if (fail) listener.drain(this.parts.options.drainTimeMs ?? 600_000, strategy)
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
    this.parts.stats.counter('listener_manager.listener_stopped').add(chosen.length)
  }

  async drain(timeMs = this.parts.options.drainTimeMs ?? 600_000): Promise<void> {
    if (this.#closing !== undefined) return await this.#closing
    this.#setState('DRAINING')
    this.parts.stats.gauge('server.live').set(0)
    // Whoever asks to stop wants the end: connections close behind what they have under way, not gradually.
    for (const listener of this.listenersLive) listener.drain(timeMs, 'immediate')
    await Promise.all(this.listenersLive.map((listener) => listener.stopListening()))
    const idle = Promise.all(this.listenersLive.map((listener) => listener.idle()))
    await Promise.race([idle, this.#after(timeMs)])
    await this.close()
  }

  #after(ms: number): Promise<void> {
    return new Promise((resolve) => void this.parts.time.setTimer(ms, resolve))
  }

  close(): Promise<void> {
    this.#closing ??= this.#stop()
    return this.#closing
  }

  async #stop(): Promise<void> {
    const { clusters, logFiles, overload, wheel } = this.parts
    overload.manager?.stop()
    await Promise.all(this.listenersLive.map((listener) => listener.close()))
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
