import type { Message } from '@nuncio/config'
import { quoted } from '@nuncio/matching'
import type { RouteConfiguration } from '../view/config-view.ts'
import type { Changes } from './change.ts'
import { canonicalText, sameValue } from './equal.ts'
import { fieldChanges } from './field-changes.ts'
import { outOfOrder, type Paired, pairBy } from './pair.ts'

type VirtualHost = Message<'envoy.config.route.v3.VirtualHost'>
type Route = Message<'envoy.config.route.v3.Route'>

function nameOf({ name = '' }: RouteConfiguration): string {
  return `route configuration ${quoted(name)}`
}

/** Compares route configurations, virtual hosts and routes. Nothing of this closes a connection. */
export function compareRoutes(changes: Changes): void {
  const [before, after] = changes.views.map((view) => view.loaded.routeConfigurations)
  const configs = pairBy(before!, after!, ({ name = '' }) => name)
  for (const { item } of configs.removed) changes.removed('route configuration', nameOf(item), item)
  for (const { item } of configs.added) changes.added('route configuration', nameOf(item), item)
  for (const pair of configs.both) {
    if (sameValue(pair.before, pair.after)) continue
    const fields = fieldChanges('envoy.config.route.v3.RouteConfiguration', changes.views, {
      before: { ...pair.before, virtual_hosts: [] },
      after: { ...pair.after, virtual_hosts: [] },
      beforeRoot: pair.before,
      afterRoot: pair.after,
    })
    if (fields.length > 0) changes.changed('route configuration', nameOf(pair.after), pair, fields)
    compareHosts(pair.before.virtual_hosts ?? [], pair.after.virtual_hosts ?? [], changes)
  }
}

function hostName({ name = '' }: VirtualHost): string {
  return `virtual host ${quoted(name)}`
}

function compareHosts(before: readonly VirtualHost[], after: readonly VirtualHost[], changes: Changes): void {
  const hosts = pairBy(before, after, ({ name = '' }) => name)
  for (const { item } of hosts.removed) changes.removed('virtual host', hostName(item), item)
  for (const { item } of hosts.added) changes.added('virtual host', hostName(item), item)
  for (const pair of hosts.both) {
    if (sameValue(pair.before, pair.after)) continue
    const fields = fieldChanges('envoy.config.route.v3.VirtualHost', changes.views, {
      before: { ...pair.before, routes: [] },
      after: { ...pair.after, routes: [] },
      beforeRoot: pair.before,
      afterRoot: pair.after,
    })
    if (fields.length > 0) changes.changed('virtual host', hostName(pair.after), pair, fields)
    compareRouteLists(pair.after, pair.before.routes ?? [], pair.after.routes ?? [], changes)
  }
}

/** Routes are told apart by their names where those are unique, else by what they match. */
function compareRouteLists(
  host: VirtualHost,
  before: readonly Route[],
  after: readonly Route[],
  changes: Changes,
): void {
  const named = [uniqueNames(before), uniqueNames(after)] as const
  const keyOf = (route: Route): string => {
    const { name = '' } = route
    return name !== '' && named[0].has(name) && named[1].has(name)
      ? `name ${name}`
      : `match ${canonicalText(route.match ?? {})}`
  }
  const paired = withSameActions(pairBy(before, after, keyOf))
  const called = (route: Route, index: number): string =>
    `route ${index}${route.name === undefined || route.name === '' ? '' : ` ${quoted(route.name)}`} of ${hostName(host)}`
  for (const { item, index } of paired.removed) changes.removed('route', called(item, index), item)
  for (const { item, index } of paired.added) changes.added('route', called(item, index), item)
  const moved = outOfOrder(paired.both.map(({ beforeIndex }) => beforeIndex))
  paired.both.forEach((pair, i) => {
    const name = called(pair.after, pair.afterIndex)
    const fields = fieldChanges('envoy.config.route.v3.Route', changes.views, pair)
    if (fields.length > 0) changes.changed('route', name, pair, fields)
    if (moved.has(i)) changes.moved('route', `${name}, which was route ${pair.beforeIndex}`, pair)
  })
}

function uniqueNames(routes: readonly Route[]): ReadonlySet<string> {
  const names = new Set<string>()
  const twice = new Set<string>()
  for (const { name = '' } of routes) (names.has(name) ? twice : names).add(name)
  for (const name of twice) names.delete(name)
  return names
}

/** A route that is gone and one that is new but does the same are one route whose match changed. */
function withSameActions(paired: Paired<Route>): Paired<Route> {
  const rest = pairBy(paired.removed, paired.added, ({ item }) =>
    canonicalText({ ...item, match: undefined, name: undefined }),
  )
  if (rest.both.length === 0) return paired
  const more = rest.both.map(({ before, after }) => ({
    before: before.item,
    after: after.item,
    beforeIndex: before.index,
    afterIndex: after.index,
  }))
  return {
    both: [...paired.both, ...more].toSorted((a, b) => a.afterIndex - b.afterIndex),
    removed: rest.removed.map(({ item }) => item),
    added: rest.added.map(({ item }) => item),
  }
}
