import type { Problem } from '@nuncio/config'
import { type FilterMetadata, internalAddress, NuncioError, type OverloadState, type SocketAddress } from '@nuncio/core'
import type { Socket } from 'node:net'
import type { CloseMode } from '../contracts.ts'
import type { FilterChainInfo, ListenerInfo } from '../decide/listener-info.ts'
import { ListenerStats } from '../listener-stats.ts'
import { ListenerManagerStats } from '../manager-stats.ts'
import { sameConfig } from '../same-config.ts'
import type { Bound } from './bind.ts'
import type { ChangeOutcome, ListenerChange } from './change.ts'
import { type ConnectionOwner, DownstreamConnection } from './connection.ts'
import type { ListenerContext } from './context.ts'
import type { DrainStrategy } from './drain.ts'
import { finishedInfo, NO_FILTER_CHAIN } from './finished-info.ts'
import { type ActiveFilterChain, type FilterChainSite } from './filter-chain.ts'
import { Generation, type Touched } from './generation.ts'
import { closeOf, Inspections, type InspectionsUser } from './inspections.ts'
import { runNetworkFilters } from './network-filters.ts'
import { RetiredChains } from './retired-chains.ts'
import { localAddress, remoteAddress } from './socket-addresses.ts'
import { ListenError, SocketPlan } from './socket-plan.ts'

/** How `update` went. */
export interface UpdateResult {
  /** `rejected`: nothing changed, see `problems`. */
  readonly outcome: ChangeOutcome | 'rejected'
  readonly problems: readonly Problem[]
}

/** A living listener: its sockets, its filter chains and the connections in them. */
export class Listener<S = unknown> implements ConnectionOwner, InspectionsUser {
  readonly #context: ListenerContext<S>
  readonly stats: ListenerStats
  readonly #managerStats: ListenerManagerStats
  #generation: Generation<S>
  readonly #retired: RetiredChains<S>
  readonly #inspections = new Inspections(this)
  #bound: readonly Bound[] = []
  #stopped = false
  /** Reachable as an internal listener. */
  #registered = false
  /** How long its connections drain since it was removed; -1: it was not. */
  #removedFor = -1
  #draining: [durationMs: number, strategy: DrainStrategy] | undefined = undefined
  #connections = 0
  #onIdle: (() => void)[] = []
  readonly #limitKey: string

  /** Makes its filter chains, which tell what is wrong in `problems`. Nothing is bound yet. */
  constructor(info: ListenerInfo<S>, context: ListenerContext<S>) {
    this.#context = context
    this.#managerStats = new ListenerManagerStats(context.stats)
    this.#retired = new RetiredChains(context, this.#managerStats.filterChainsDraining)
    this.stats = new ListenerStats(context.stats.scope(`listener.${info.statPrefix}.`), `worker_${context.worker ?? 0}`)
    this.#limitKey = `envoy.resource_limits.listener.${info.name}.connection_limit`
    this.#generation = new Generation(info, this.#site(info), undefined)
  }

  get info(): ListenerInfo<S> {
    return this.#generation.info
  }
  get name(): string {
    return this.info.name
  }
  get metadata(): FilterMetadata | undefined {
    return this.info.metadata?.filter_metadata
  }
  get bufferLimit(): number {
    return this.info.bufferLimit
  }
  /** What its filter chains said about their configuration. */
  get problems(): readonly Problem[] {
    return this.#generation.problems
  }
  /** Where it listens; empty before `listen`. */
  get addresses(): readonly SocketAddress[] {
    if (this.#registered) return [{ address: internalAddress(this.name, ''), port: 0 }]
    return this.#bound.map((bound) => bound.address)
  }
  get connectionCount(): number {
    return this.#connections
  }
  /** Connections that listener filters are looking at. */
  get pendingCount(): number {
    return this.#inspections.connections.size
  }
  get filterChains(): readonly ActiveFilterChain<S>[] {
    return this.#generation.chains
  }

  /** Settles when what its filters wait for (route tables, secrets) is there. */
  ready(): Promise<void> {
    return this.#generation.ready()
  }

  /**
   * Binds all addresses and accepts; on failure none stays bound. Rejects with `ERR_NUNCIO_LISTENER_INVALID` when a problem
   * is an error.
   */
  async listen(): Promise<void> {
    const bad = this.problems.find((problem) => problem.severity === 'error')
    if (bad !== undefined) {
      const message = `listener ${this.name}: ${bad.path}: ${bad.message}`
      throw new NuncioError('ERR_NUNCIO_LISTENER_INVALID', message, { hint: bad.hint })
    }
    if (this.#bound.length === 0) await apply(this.begin(), 0)
  }

  /**
   * Goes over to another configuration, all or nothing; see `prepare`. Rejects when a new address cannot be bound; nothing
   * changed then.
   */
  async update(info: ListenerInfo<S>, drainMs: number): Promise<UpdateResult> {
    const change = this.prepare(info)
    const { outcome, problems } = change
    if (!problems.some((problem) => problem.severity === 'error')) {
      await apply(change, drainMs)
      return { outcome, problems }
    }
    change.discard()
    return { outcome: 'rejected', problems }
  }

  /** What `listen` does, in steps. */
  begin(): ListenerChange {
    return this.#changeTo(this.#generation, 'added')
  }

  /**
   * Goes over to another configuration in steps: chains that did not change go on with their connections, others drain;
   * addresses that stay keep their sockets. `touched` tells of chains that mean something else now although their
   * configuration is the same. Name and prefix of the statistics must be those that it has.
   */
  prepare(info: ListenerInfo<S>, touched: (chain: FilterChainInfo<S>) => Touched = () => 'nothing'): ListenerChange {
    const old = this.#generation
    const chains = [...info.filterChains, ...(info.defaultFilterChain === undefined ? [] : [info.defaultFilterChain])]
    if (sameConfig(old.info.config, info.config) && chains.every((chain) => touched(chain) === 'nothing'))
      return NOTHING
    const next = new Generation(info, this.#site(info), { old, touched })
    return this.#changeTo(next, next.inPlace ? 'in-place' : 'replaced')
  }

  #changeTo(next: Generation<S>, outcome: ChangeOutcome): ListenerChange {
    const old = this.#generation
    const wanted = next.info.bindToPort && !this.#stopped ? next.info.addresses : []
    const mine = wanted.map((at) => this.#bound.find((bound) => sameConfig(bound.at, at)))
    let sockets: readonly Bound[] = []
    return {
      outcome,
      problems: next.problems,
      givesUp: this.#bound.filter((bound) => !mine.includes(bound)),
      ready: () => next.ready(),
      bind: async (plan) => {
        if (next.info.internal && !this.#stopped) await this.#register(next.info.name)
        sockets = await this.#obtain(next.info, mine, plan)
      },
      commit: (drainMs) => {
        next.commit()
        this.#generation = next
        if (old !== next) old.accessLog?.close()
        this.#bound = sockets
        for (const [i, bound] of sockets.entries()) bound.attach(this, next.info.keepAlive[i])
        if (this.#draining !== undefined) this.drain(...this.#draining)
        for (const chain of old.chains) if (!next.chains.includes(chain)) this.#retired.add(chain, drainMs)
      },
      discard: () => next.dispose(outcome === 'added' ? undefined : old),
    }
  }

  async #obtain(info: ListenerInfo<S>, mine: readonly (Bound | undefined)[], plan: SocketPlan): Promise<Bound[]> {
    const { reusePort: workers, sockets: source } = this.#context
    const reusePort = info.reusePort ?? workers ?? false
    const options = { backlog: info.backlog, reusePort, sockets: source }
    const sockets: Bound[] = []
    for (const [i, own] of mine.entries()) {
      try {
        // oxlint-disable-next-line no-await-in-loop -- in order: which address is in use does not depend on chance
        sockets.push(own ?? (await plan.obtain(info.addresses[i]!, { ...options, owner: `${info.name}/${i}` })))
      } catch (error) {
        throw error instanceof NuncioError ? new ListenError(i, error) : error
      }
    }
    return sockets
  }

  async #register(name: string): Promise<void> {
    if (this.#registered) return
    const { internal } = this.#context
    if (internal === undefined)
      throw new NuncioError('ERR_NUNCIO_LISTENER_INVALID', `listener ${name}: this server has no internal listeners`)
    await internal.register(name, this)
    this.#registered = true
  }

  #unregister(): void {
    if (this.#registered) this.#context.internal?.unregister(this.name, this)
    this.#registered = false
  }

  /** The end of the listener in steps: its sockets are given up, its connections drain. `close` ends it at once. */
  removal(): ListenerChange {
    const givesUp = this.#bound
    return {
      outcome: 'removed',
      problems: [],
      givesUp,
      ready: () => Promise.resolve(),
      bind: () => Promise.resolve(),
      commit: (drainMs) => {
        this.#bound = []
        this.#stopped = true
        this.#unregister()
        this.#removedFor = drainMs
        void this.#leave()
        this.#retireAll()
      },
      discard: () => {},
    }
  }

  /** Counts as draining until its last connection is over. */
  async #leave(): Promise<void> {
    const { draining } = this.#managerStats
    draining.inc()
    await this.idle()
    draining.dec()
    this.#generation.accessLog?.close()
  }

  /** Once nobody is looked at by listener filters any more: they have yet to find their chain. */
  #retireAll(): void {
    const drainMs = this.#removedFor
    if (drainMs < 0 || this.pendingCount > 0) return
    this.#removedFor = -1
    for (const chain of this.#generation.chains) this.#retired.add(chain, drainMs)
  }

  /** Asks the connections to end: each hears of it once, and `drainClose` says when. New ones are still accepted. */
  drain(durationMs: number, strategy: DrainStrategy): void {
    this.#draining = [durationMs, strategy]
    for (const chain of this.#generation.chains) chain.startDrain(durationMs, strategy)
    this.#retired.startDrain(durationMs, strategy)
  }

  /** Takes a drain back. */
  stopDrain(): void {
    this.#draining = undefined
    for (const chain of this.#generation.chains) chain.drain.stop()
  }

  /** Closes the listening sockets; connections go on. */
  async stopListening(): Promise<void> {
    const bound = this.#bound
    this.#bound = []
    this.#stopped = true
    this.#unregister()
    for (const one of bound) one.close()
    await Promise.resolve()
  }

  /** Brings statistics up to date that follow connections only now and then; call before they are read. */
  refreshStats(): void {
    for (const chain of [...this.#generation.chains, ...this.#retired]) {
      for (const connection of chain.connections) connection.refreshStats()
    }
  }

  /** Settles when no connection is left. */
  idle(): Promise<void> {
    if (this.#isIdle) return Promise.resolve()
    return new Promise((resolve) => this.#onIdle.push(resolve))
  }

  get #isIdle(): boolean {
    return this.#connections === 0 && this.pendingCount === 0
  }

  #tellIdle(): void {
    if (this.#onIdle.length > 0 && this.#isIdle) for (const resolve of this.#onIdle.splice(0)) resolve()
  }

  closeConnections(mode: CloseMode, details: string): void {
    for (const connection of this.#inspections.connections) connection.close('now', details)
    for (const chain of [...this.#generation.chains, ...this.#retired]) {
      for (const connection of chain.connections) connection.close(mode, details)
    }
  }

  /** Stops listening, closes every connection and disposes of its filters. */
  async close(): Promise<void> {
    await this.stopListening()
    const idle = this.idle()
    this.closeConnections('now', 'listener_closed')
    await idle
    for (const chain of this.#generation.chains) chain.remove()
    this.#generation.accessLog?.close()
  }

  /** A socket was accepted; also the way to hand a listener one that it did not accept itself. */
  onConnection(socket: Socket, bound: Pick<Bound, 'address' | 'wildcard'>): void {
    const remote = remoteAddress(socket, bound.address)
    const local = remote === undefined ? undefined : localAddress(socket, bound)
    if (remote === undefined || local === undefined) socket.destroy()
    else this.onInternalConnection(socket, local, remote)
  }

  /** The same for a connection whose addresses are known. */
  onInternalConnection(socket: Socket, local: SocketAddress, remote: SocketAddress): void {
    const exempt = this.info.ignoreGlobalConnectionLimit
    if (!this.#admit(exempt)) {
      socket.destroy()
      return
    }
    const connection = new DownstreamConnection(this, this.#context.nextConnectionId(), socket, local, remote)
    connection.exempt = exempt
    this.#inspect(connection)
  }

  onAcceptError(error: NodeJS.ErrnoException): void {
    this.stats.acceptError.inc()
    this.#context.logger.log('error', 'accepting a connection failed', { listener: this.name, code: error.code })
  }

  #admit(exempt: boolean): boolean {
    const { stats } = this
    const limit = this.#context.runtime.number(this.#limitKey, Number.POSITIVE_INFINITY)
    if (this.#connections + this.pendingCount >= limit) {
      stats.cxOverflow.inc()
      return false
    }
    const verdict = this.#context.admission?.admit(exempt, this.info.bypassesOverload) ?? 'admit'
    if (verdict === 'overflow') stats.globalCxOverflow.inc()
    else if (verdict === 'overload') stats.cxOverloadReject.inc()
    return verdict === 'admit'
  }

  #inspect(connection: DownstreamConnection): void {
    const { info, listenerFilters } = this.#generation
    this.#inspections.begin(connection, listenerFilters, info.listenerFiltersTimeoutMs)
  }

  onInspectionTimeout(connection: DownstreamConnection): void {
    this.#inspections.timeout(connection, this.info.continueOnListenerFiltersTimeout)
  }

  onInspectionLeft(): void {
    if (this.#removedFor >= 0) queueMicrotask(() => this.#retireAll())
  }

  onInspected(connection: DownstreamConnection): void {
    if (!this.info.useOriginalDst || !connection.localAddressRestored) return this.#dispatch(connection)
    const other = this.#context.listenerFor?.(connection.local)
    if (other === undefined || other === this) return this.#dispatch(connection)
    connection.owner = other
    other.#inspect(connection)
    this.#tellIdle()
  }

  #dispatch(connection: DownstreamConnection): void {
    const chain = this.#generation.select(connection)
    if (chain === undefined) {
      this.stats.noFilterChainMatch.inc()
      connection.unmatched = true
      connection.close(closeOf(connection.initialData !== undefined), NO_FILTER_CHAIN)
      return
    }
    connection.chain = chain
    chain.connections.add(connection)
    this.#connections++
    this.stats.connectionBegins()
    if (chain.transport.direct) runNetworkFilters(connection, chain, this.#context.logger)
    else connection.secure()
  }

  get #overload(): OverloadState | undefined {
    return this.info.bypassesOverload ? undefined : this.#context.overload
  }

  handshakeDueMs(startMs: number, timeoutMs: number): number {
    return startMs + (this.#overload?.transportSocketConnect.now(timeoutMs) ?? timeoutMs)
  }
  handshakeBegins(connection: DownstreamConnection): void {
    this.#overload?.subjects.add(connection)
  }
  handshakeEnds(connection: DownstreamConnection): void {
    this.#overload?.subjects.delete(connection)
  }

  onSecure(connection: DownstreamConnection): void {
    runNetworkFilters(connection, connection.chain!, this.#context.logger)
  }

  onClosed(connection: DownstreamConnection): void {
    this.#context.admission?.release(connection.exempt)
    const { chain } = connection
    this.#inspections.closed(connection)
    if (chain !== undefined) {
      this.stats.connectionEnds(this.nowMs() - connection.startMs)
      this.#connections--
      chain.release(connection)
    }
    this.#generation.accessLog?.log(finishedInfo(connection, this.#context.time))
    this.#tellIdle()
  }

  nowMs(): number {
    return this.#context.time.monotonicMs()
  }
  armDeadline(connection: DownstreamConnection, delayMs: number): void {
    this.#context.wheel.arm(connection, this.nowMs() + delayMs)
  }
  cancelDeadline(connection: DownstreamConnection): void {
    this.#context.wheel.cancel(connection)
  }

  #site(info: ListenerInfo<S>): Pick<FilterChainSite<S>, 'context' | 'facts' | 'stats'> {
    return { context: this.#context, facts: info, stats: this.stats }
  }
}

/** All steps of a change of one listener. */
async function apply(change: ListenerChange, drainMs: number): Promise<void> {
  const plan = new SocketPlan(change.givesUp)
  try {
    await change.ready()
    await change.bind(plan)
  } catch (error) {
    plan.discard()
    if (change.outcome !== 'added') change.discard()
    throw error
  }
  change.commit(drainMs)
  plan.commit()
}

const NOTHING: ListenerChange = {
  outcome: 'unchanged',
  problems: [],
  givesUp: [],
  ready: () => Promise.resolve(),
  bind: () => Promise.resolve(),
  commit: () => {},
  discard: () => {},
}
