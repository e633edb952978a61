import type { Problem } from '@nuncio/config'
import { NuncioError } from '@nuncio/core'
import { configPlace } from '@nuncio/matching'
import type {
  DownstreamTransport,
  ListenerFacts,
  NetworkFilter,
  NetworkFilterContext,
  TerminalNetworkFilter,
} from '../contracts.ts'
import type { FilterChainInfo } from '../decide/listener-info.ts'
import type { ListenerStats } from '../listener-stats.ts'
import type { DownstreamConnection } from './connection.ts'
import type { ListenerContext } from './context.ts'
import { Drain } from './drain.ts'

/** A living filter chain: its transport socket and filters, and the connections in it. */
export class ActiveFilterChain<S = unknown> {
  /** Replaced when its last filter took over another configuration. */
  info: FilterChainInfo<S>
  readonly name: string
  readonly transport: DownstreamTransport
  readonly connectTimeoutMs: number
  readonly filters: readonly NetworkFilter[]
  /** Undefined for a chain without filters: its connections are closed. */
  readonly terminal: TerminalNetworkFilter | undefined
  readonly connections = new Set<DownstreamConnection>()
  readonly drain: Drain
  readonly #disposers: (() => void)[]
  #removed = false
  #onEmpty: (() => void) | undefined = undefined

  constructor(info: FilterChainInfo<S>, parts: FilterChainParts, drain: Drain) {
    this.info = info
    this.name = info.name
    this.connectTimeoutMs = info.transportSocketConnectTimeoutMs
    this.transport = parts.transport
    this.filters = parts.filters
    this.terminal = parts.terminal
    this.#disposers = parts.disposers
    this.drain = drain
  }

  get removed(): boolean {
    return this.#removed
  }

  /** No new connections come; once the last one is over its filters are disposed of. */
  remove(): void {
    if (this.#removed) return
    this.#removed = true
    if (this.connections.size === 0) this.#dispose()
  }

  /** A connection is over. */
  release(connection: DownstreamConnection): void {
    if (this.connections.delete(connection) && this.#removed && this.connections.size === 0) this.#dispose()
  }

  /** Begins to drain and tells each connection, once. */
  startDrain(durationMs: number, strategy: 'gradual' | 'immediate'): void {
    if (!this.drain.start(durationMs, strategy)) return
    for (const connection of this.connections) connection.notifyDrain()
  }

  /** What to do when the last connection of a removed chain is over. */
  onEmpty(callback: () => void): void {
    this.#onEmpty = callback
  }

  #dispose(): void {
    this.#onEmpty?.()
    this.transport.dispose()
    for (const dispose of this.#disposers.splice(0)) dispose()
  }
}

interface FilterChainParts {
  readonly transport: DownstreamTransport
  readonly filters: readonly NetworkFilter[]
  readonly terminal: TerminalNetworkFilter | undefined
  readonly disposers: (() => void)[]
}

/** Where a filter chain is made, and what its parts tell while they are. */
export interface FilterChainSite<S> {
  readonly context: ListenerContext<S>
  readonly facts: ListenerFacts
  readonly stats: ListenerStats
  readonly report: (problem: Problem) => void
  readonly waitFor: (ready: Promise<unknown>) => void
}

/**
 * Makes the transport socket and the network filters of a chain. A `NuncioError` that one of them throws becomes a problem
 * at its place; the chain is of no use then, and is only made so that all problems come in one pass.
 */
export function createFilterChain<S>(info: FilterChainInfo<S>, site: FilterChainSite<S>): ActiveFilterChain<S> {
  const { context } = site
  const disposers: (() => void)[] = []
  const transport = attempt(() => createTransport(info, site), info.transportSocket.path, site.report) ?? REFUSING
  const filters: NetworkFilter[] = []
  let terminal: TerminalNetworkFilter | undefined
  for (const { definition, config, name, path } of info.filters) {
    const place = { name, path, chainName: info.name, onDispose: (dispose: () => void) => disposers.push(dispose) }
    const filterContext = networkFilterContext(place, site)
    if (definition.terminal) terminal = attempt(() => definition.create(config, filterContext), path, site.report)
    else {
      const filter = attempt(() => definition.create(config, filterContext), path, site.report)
      if (filter !== undefined) filters.push(filter)
    }
  }
  const parts = { transport, filters, terminal, disposers }
  return new ActiveFilterChain(info, parts, new Drain(context.time, context.random))
}

/** What a network filter is given. */
export function networkFilterContext<S>(
  place: {
    readonly name: string
    readonly path: string
    readonly chainName: string
    onDispose(dispose: () => void): void
  },
  site: FilterChainSite<S>,
): NetworkFilterContext<S> {
  const { context } = site
  return {
    name: place.name,
    stats: context.stats.scope(''),
    time: context.time,
    random: context.random,
    runtime: context.runtime,
    logger: context.logger.child('filter'),
    services: context.services,
    sources: site.facts.sources,
    listener: site.facts,
    filterChainName: place.chainName,
    path: place.path,
    report: site.report,
    waitFor: site.waitFor,
    onDispose: (dispose) => place.onDispose(dispose),
  }
}

function createTransport<S>(info: FilterChainInfo<S>, site: FilterChainSite<S>): DownstreamTransport {
  const { context, stats, report, waitFor } = site
  const { definition, config, path } = info.transportSocket
  return definition.create(config, {
    stats: stats.scope,
    time: context.time,
    logger: context.logger.child('connection'),
    place: configPlace(config, { report, sources: site.facts.sources, runtime: context.runtime, path }),
    sessionScope: JSON.stringify([site.facts.name, info.match]),
    secrets: context.secrets,
    certificates: context.certificates,
    keyLogFiles: context.keyLogFiles,
    waitFor,
  })
}

/** Undefined when a `NuncioError` was thrown, which is reported; other errors are bugs and go on. */
export function attempt<T>(make: () => T, path: string, report: (problem: Problem) => void): T | undefined {
  try {
    return make()
  } catch (error) {
    if (!(error instanceof NuncioError)) throw error
    const { message, hint = '' } = error
    report({ code: 'invalid-configuration', severity: 'error', path, message, hint, file: '', line: 0, column: 0 })
    return undefined
  }
}

/** Stands in for a transport socket that could not be made; no connection ever gets to it. */
const REFUSING: DownstreamTransport = {
  protocol: 'raw_buffer',
  direct: false,
  canStartSecure: false,
  secure: (socket) => socket.destroy(),
  dispose: () => {},
}
