import type { Message, Problem } from '@nuncio/config'
import { type Listener, sameConfig, SocketPlan } from '@nuncio/listener'
import type { HttpServices } from '@nuncio/network-filters'
import { type DiscoveredResource, type DiscoveredResources, hasErrors, type ResourceSubscriber } from '@nuncio/xds'
import { bindChanges } from '../reload/bind-changes.ts'
import { type PlacedChange, prepareListeners } from '../reload/listener-changes.ts'
import type { DiscoverySite } from './discovery-site.ts'

export const LISTENER = 'envoy.config.listener.v3.Listener'

type Config = Message<typeof LISTENER>
type Response = DiscoveredResources<typeof LISTENER>
type Resource = DiscoveredResource<typeof LISTENER>

/** A listener that came over xDS. */
export interface DiscoveredListener {
  readonly listener: Listener<HttpServices>
  readonly config: Config
  readonly version: string
  readonly updatedMs: number
}

/** An update of a listener that was refused; what there was of it stays. */
export interface RefusedListener {
  readonly config: Config
  readonly version: string
  readonly details: string
  readonly atMs: number
}

/**
 * Listeners that come over xDS (LDS). Each response is all there are: others go first. One that cannot be made keeps the
 * one that there is, beside those that can.
 */
export class ListenerResources implements ResourceSubscriber<typeof LISTENER> {
  /** Of the last response that was taken whole. */
  version = ''
  readonly inUse = new Map<string, DiscoveredListener>()
  readonly refused = new Map<string, RefusedListener>()
  /** Settles when the first response was dealt with. */
  readonly answered: Promise<void>
  readonly #site: DiscoverySite
  #settle: () => void = () => {}

  constructor(site: DiscoverySite) {
    this.#site = site
    this.answered = new Promise((resolve) => (this.#settle = resolve))
  }

  async onResources(response: Response): Promise<readonly Problem[]> {
    const problems = [...response.unread]
    await this.#site.server.inTurn(() => this.#apply(response, problems))
    if (!hasErrors(problems)) this.version = response.version
    this.#settle()
    return problems
  }

  onFailure(): void {
    this.#settle()
  }

  async #apply(response: Response, problems: Problem[]): Promise<void> {
    const wanted = new Set(response.resources.map(({ message }) => message.name ?? ''))
    // One whose name cannot be read may be any that there is: none goes.
    if (response.unread.length === 0 && !wanted.has('')) this.#removeOthers(wanted)
    const seen = new Set<string>()
    for (const resource of response.resources) {
      const { name = '' } = resource.message
      if (seen.has(name)) problems.push(response.problem(`there is another listener "${name}"`))
      // oxlint-disable-next-line no-await-in-loop -- in order: which address is in use does not depend on chance
      else problems.push(...(await this.#change(resource, response)))
      seen.add(name)
    }
  }

  #removeOthers(wanted: ReadonlySet<string>): void {
    for (const name of this.refused.keys()) if (!wanted.has(name)) this.refused.delete(name)
    for (const [name, { listener }] of this.inUse) {
      if (wanted.has(name)) continue
      const change = listener.removal()
      const plan = new SocketPlan(change.givesUp)
      change.commit(this.#drainMs)
      plan.commit()
      this.inUse.delete(name)
      this.#show({ listener, change, config: undefined, path: name })
    }
  }

  /** What keeps a listener from being what is asked for. */
  async #change(resource: Resource, response: Response): Promise<readonly Problem[]> {
    const { message: config } = resource
    const { name = '' } = config
    if (sameConfig(this.inUse.get(name)?.config, config)) {
      this.refused.delete(name)
      return []
    }
    const problems = [...resource.problems]
    const placed = hasErrors(problems) ? undefined : await this.#prepare(resource, response, problems)
    const { time } = this.#site
    const { version } = response
    if (placed === undefined) {
      const details = problems.map(({ message }) => message).join('; ')
      this.refused.set(name, { config, version, details, atMs: time.wallMs() })
      return problems
    }
    this.refused.delete(name)
    this.inUse.set(name, { listener: placed.listener, config, version, updatedMs: time.wallMs() })
    this.#show(placed)
    return problems
  }

  /** The change as it was committed; undefined, and problems, when it cannot be. */
  async #prepare(
    { message: config, path }: Resource,
    response: Response,
    problems: Problem[],
  ): Promise<PlacedChange | undefined> {
    const { server, listenerContext: context } = this.#site
    const { sources } = response
    const { name = '' } = config
    if (server.listenersOfFile.some((listener) => listener.name === name)) {
      problems.push(response.problem(`the listener "${name}" is one of the bootstrap's and cannot be changed`))
      return undefined
    }
    const before = this.inUse.get(name)
    const report = (problem: Problem): void => void problems.push(problem)
    const { list } = prepareListeners(before === undefined ? [] : [before.listener], [config], {
      context,
      sources,
      report,
      touched: () => 'nothing',
      pathOf: () => path,
    })
    const discard = (): undefined => list.forEach(({ change }) => change.discard()) as undefined
    if (hasErrors(problems)) return discard()
    await server.orStopped(server.warmListeners(list))
    // What arrived meanwhile may be no good either.
    const plan = hasErrors(problems) || server.isStopping ? undefined : await bindChanges(list, sources)
    if (plan === undefined) return discard()
    if ('failure' in plan) {
      problems.push(plan.failure)
      server.listenerStats.events.create_failure.inc()
      return discard()
    }
    for (const { change } of list) change.commit(this.#drainMs)
    plan.commit()
    return list.find((placed) => placed.config !== undefined)
  }

  get #drainMs(): number {
    return this.#site.server.parts.options.drainTimeMs ?? 600_000
  }

  #show(change: PlacedChange): void {
    const { server } = this.#site
    const listeners = server.listenersOfFile
    server.discovered = [...this.inUse.values()].map(({ listener }) => listener)
    server.replaceListeners({ list: [change], listeners })
  }
}
