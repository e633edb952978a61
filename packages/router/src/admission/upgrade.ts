import type { Message } from '@nuncio/config'
import type { RequestHeaders } from '@nuncio/core'
import type { Route } from '../contracts.ts'

type Configs =
  Message<'envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager'>['upgrade_configs']

/** The upgrades that a connection manager names, lower-case, and whether routes have them unless they say otherwise. */
export function upgradesOf(configs: Configs): ReadonlyMap<string, boolean> {
  return new Map((configs ?? []).map(({ upgrade_type: type = '', enabled = true }) => [type.toLowerCase(), enabled]))
}

/** What a stream asks to become, lower-case, such as `websocket` or `connect`; '' for an ordinary request. */
export function askedUpgrade({ method, protocol }: RequestHeaders): string {
  return protocol === '' ? (method === 'CONNECT' ? 'connect' : '') : protocol.toLowerCase()
}

/** Whether a stream may become what it asks to; a route's word counts before that of the connection manager (`upgradesOf`). */
export function mayUpgrade(type: string, route: Route | undefined, upgrades: ReadonlyMap<string, boolean>): boolean {
  const rule = route?.kind === 'forward' ? route.upgrades.get(type) : undefined
  return rule?.enabled ?? upgrades.get(type) ?? false
}

/** Whether it is refused. A CONNECT that no route matches is a request that no route matches: the router says so. */
export function refusesUpgrade(
  type: string,
  route: Route | undefined,
  upgrades: ReadonlyMap<string, boolean>,
): boolean {
  return !mayUpgrade(type, route, upgrades) && !(type === 'connect' && route === undefined)
}
