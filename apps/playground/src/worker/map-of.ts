import type { ConfigView } from '@nuncio/checks'
import type { Message, Problem } from '@nuncio/config'
import { HostRegistry } from '@nuncio/cluster'
import { membersOf, policyName, sceneOf, VirtualTime } from '@nuncio/simulator'
import {
  chainId,
  clusterId,
  endpointId,
  hostId,
  listenerId,
  type MapEdge,
  type MapModel,
  type MapNode,
  moreId,
  routeId,
} from '../map/model.ts'
import { matchText, routeTarget } from './route-text.ts'

type Route = Message<'envoy.config.route.v3.Route'>

/** So many routes of a virtual host, and endpoints of a cluster, are shown; the rest is one node. */
const MOST_ROUTES = 24
const MOST_ENDPOINTS = 12
/** And so many of anything else. */
const MOST = 120

/** The map of a configuration, with what was found marked on it. */
export function mapOf(view: ConfigView, problems: readonly Problem[]): MapModel {
  return new MapBuilder(view, problems).build()
}

class MapBuilder {
  readonly #view: ConfigView
  readonly #problems: readonly Problem[]
  readonly #nodes = new Map<string, MapNode>()
  readonly #edges = new Map<string, MapEdge>()

  constructor(view: ConfigView, problems: readonly Problem[]) {
    this.#view = view
    this.#problems = problems
  }

  build(): MapModel {
    this.#listeners()
    this.#routeConfigurations()
    for (const name of [...this.#view.clusters.keys()].slice(0, MOST)) this.#cluster(name)
    const nodes = [...this.#nodes.values()]
    return {
      nodes,
      edges: [...this.#edges.values()].filter(({ from, to }) => this.#nodes.has(from) && this.#nodes.has(to)),
    }
  }

  #add(node: Pick<MapNode, 'id' | 'column' | 'title' | 'detail'>, source: object | undefined, hidden = 0): void {
    const line = source === undefined ? 0 : (this.#view.positionOf(source)?.line ?? 0)
    const path = source === undefined ? '' : this.#view.pathOf(source)
    const about = path === '' ? [] : this.#problems.filter((problem) => isBelow(problem.path, path))
    this.#nodes.set(node.id, {
      ...node,
      line,
      hidden,
      errors: about.filter(({ severity }) => severity === 'error').length,
      warnings: about.filter(({ severity }) => severity === 'warning').length,
    })
  }

  #connect(from: string, to: string): void {
    this.#edges.set(`${from} ${to}`, { from, to })
  }

  #listeners(): void {
    const view = this.#view
    for (const [i, listener] of view.loaded.listeners.slice(0, MOST).entries()) {
      const socket = listener.address?.socket_address
      const address =
        socket === undefined
          ? (listener.address?.pipe?.path ?? '')
          : `${socket.address ?? ''}:${socket.port_value ?? 0}`
      this.#add(
        {
          id: listenerId(i),
          column: 'listener',
          title: listener.name || address,
          detail: listener.name ? address : '',
        },
        listener,
      )
      const chains = [...(listener.filter_chains ?? []).entries()] as [
        number,
        NonNullable<typeof listener.default_filter_chain>,
      ][]
      if (listener.default_filter_chain !== undefined) chains.push([-1, listener.default_filter_chain])
      for (const [index, chain] of chains.slice(0, MOST)) {
        const last = chain.filters?.at(-1)
        const id = chainId(i, index)
        this.#add(
          { id, column: 'chain', title: chainName(chain.name, index), detail: shortName(last?.name ?? '') },
          chain,
        )
        this.#connect(listenerId(i), id)
        this.#chainTargets(id, chain)
      }
    }
  }

  #chainTargets(id: string, chain: Message<'envoy.config.listener.v3.FilterChain'>): void {
    const view = this.#view
    for (const manager of view.managers.filter((each) => each.chain === chain)) {
      const config = view.routesOf(manager.config)
      if (config === undefined) continue
      const index = view.loaded.routeConfigurations.indexOf(config)
      for (const host of (config.virtual_hosts ?? []).keys()) this.#connect(id, hostId(index, host))
    }
    for (const filter of chain.filters ?? []) {
      const typed = filter.typed_config as
        | { readonly cluster?: unknown; readonly weighted_clusters?: unknown }
        | undefined
      if (typeof typed?.cluster === 'string') this.#connect(id, clusterId(typed.cluster))
    }
  }

  #routeConfigurations(): void {
    for (const [c, config] of this.#view.loaded.routeConfigurations.entries()) {
      for (const [h, host] of (config.virtual_hosts ?? []).slice(0, MOST).entries()) {
        const domains = host.domains ?? []
        const detail =
          domains.length > 2 ? `${domains.slice(0, 2).join(', ')} +${domains.length - 2}` : domains.join(', ')
        this.#add({ id: hostId(c, h), column: 'host', title: host.name || `virtual host ${h}`, detail }, host)
        this.#routes(c, h, host.routes ?? [])
      }
    }
  }

  #routes(c: number, h: number, routes: readonly Route[]): void {
    const shown = routes.length > MOST_ROUTES + 1 ? MOST_ROUTES : routes.length
    for (const [r, route] of routes.slice(0, shown).entries()) {
      const id = routeId(c, h, r)
      this.#add({ id, column: 'route', title: matchText(route), detail: routeTarget(route).text }, route)
      this.#connect(hostId(c, h), id)
      for (const cluster of routeTarget(route).clusters) this.#connect(id, clusterId(cluster))
    }
    if (shown === routes.length) return
    const rest = routes.slice(shown)
    const id = moreId(hostId(c, h))
    this.#add({ id, column: 'route', title: `${rest.length} more routes`, detail: '' }, rest[0], rest.length)
    this.#connect(hostId(c, h), id)
    for (const route of rest) for (const cluster of routeTarget(route).clusters) this.#connect(id, clusterId(cluster))
  }

  #cluster(name: string): void {
    const scene = sceneOf(this.#view.loaded, name)!
    const id = clusterId(name)
    this.#add(
      { id, column: 'cluster', title: name, detail: policyName(scene.cluster).toLowerCase().replaceAll('_', ' ') },
      this.#view.clusters.get(name),
    )
    const membership = membersOf(scene.cluster, { report: () => {} })
    const hosts = new HostRegistry({ time: new VirtualTime() }).update(membership).added
    const shown = hosts.length > MOST_ENDPOINTS + 1 ? MOST_ENDPOINTS : hosts.length
    for (const host of hosts.slice(0, shown)) {
      const detail = [host.locality.zone, host.priority > 0 ? `priority ${host.priority}` : '']
        .filter(Boolean)
        .join(', ')
      const title = host.hostname === '' || host.hostname === host.ip ? host.address : `${host.hostname}:${host.port}`
      this.#add({ id: endpointId(name, host.address), column: 'endpoint', title, detail }, undefined)
      this.#connect(id, endpointId(name, host.address))
    }
    if (shown === hosts.length) return
    const rest = hosts.length - shown
    this.#add({ id: moreId(id), column: 'endpoint', title: `${rest} more endpoints`, detail: '' }, undefined, rest)
    this.#connect(id, moreId(id))
  }
}

function isBelow(path: string, parent: string): boolean {
  return path === parent || path.startsWith(`${parent}.`) || path.startsWith(`${parent}[`)
}

function chainName(name: string | undefined, index: number): string {
  if (name) return name
  return index < 0 ? 'default filter chain' : `filter chain ${index}`
}

/** `envoy.filters.network.http_connection_manager` is `http_connection_manager`. */
function shortName(name: string): string {
  return name.slice(name.lastIndexOf('.') + 1).replaceAll('_', ' ')
}
