import type { Message } from '@nuncio/config'
import { quoted } from '@nuncio/matching'
import type { Cluster, ConfigView } from '../view/config-view.ts'
import { addressText } from '../view/managers.ts'
import type { Changes, Closing } from './change.ts'
import { sameValue } from './equal.ts'
import { fieldChanges } from './field-changes.ts'
import { pairBy } from './pair.ts'

type Assignment = Message<'envoy.config.endpoint.v3.ClusterLoadAssignment'>
type LocalityEndpoints = Message<'envoy.config.endpoint.v3.LocalityLbEndpoints'>
type Endpoint = Message<'envoy.config.endpoint.v3.LbEndpoint'>

/** An endpoint and where it belongs. */
interface Placed {
  readonly endpoint: Endpoint
  readonly key: string
}

/** Compares clusters and their endpoints, also those of EDS files. */
export function compareClusters(changes: Changes): void {
  const { before, after } = changes
  const clusters = pairBy([...before.clusters.values()], [...after.clusters.values()], ({ name = '' }) => name)
  for (const { item } of clusters.removed)
    changes.removed('cluster', nameOf(item), item, closing(nameOf(item), 'the cluster goes'))
  for (const { item } of clusters.added) changes.added('cluster', nameOf(item), item)
  for (const pair of clusters.both) compareCluster(pair.before, pair.after, changes)
  compareStandalone(changes)
}

function nameOf({ name = '' }: Cluster): string {
  return `cluster ${quoted(name)}`
}

function closing(whose: string, why: string): Closing {
  return { side: 'upstream', connections: `connections to ${whose}`, why }
}

function compareCluster(before: Cluster, after: Cluster, changes: Changes): void {
  if (sameValue(before, after)) return
  const [x, y] = [withoutEndpoints(before), withoutEndpoints(after)]
  const name = nameOf(after)
  if (!sameValue(x, y)) {
    const why = sameValue(before.transport_socket, after.transport_socket)
      ? 'the cluster changes, and its pools are made anew'
      : 'its TLS changes'
    const sides = { before: x, after: y, beforeRoot: before, afterRoot: after }
    const fields = fieldChanges('envoy.config.cluster.v3.Cluster', changes.views, sides)
    changes.changed('cluster', name, { before, after }, fields, closing(name, why))
  } else if (!keepsPools(after)) {
    const closes = closing(name, 'its endpoints change, and its pools are made anew')
    changes.changed('cluster', name, { before, after }, [], closes)
  }
  compareAssignments(name, before.load_assignment, after.load_assignment, changes)
}

/** Whether endpoints may come and go without the others noticing. Names have to be resolved before they take over. */
function keepsPools({ type = 'STATIC', cluster_type: custom }: Cluster): boolean {
  return custom === undefined && (type === 'STATIC' || type === 'EDS')
}

function withoutEndpoints(cluster: Cluster): Cluster {
  const { load_assignment: _, ...rest } = cluster
  return rest
}

/** Those that stand by themselves, as EDS has them. */
function ownAssignments(view: ConfigView): Assignment[] {
  const inside = new Set(view.loaded.clusters.map((cluster) => cluster.load_assignment))
  return view.loaded.loadAssignments.filter((assignment) => !inside.has(assignment))
}

function compareStandalone(changes: Changes): void {
  const pairs = pairBy(
    ownAssignments(changes.before),
    ownAssignments(changes.after),
    ({ cluster_name: name = '' }) => name,
  )
  for (const pair of pairs.both)
    compareAssignments(`cluster ${quoted(pair.after.cluster_name ?? '')}`, pair.before, pair.after, changes)
  for (const { item } of pairs.removed)
    compareAssignments(`cluster ${quoted(item.cluster_name ?? '')}`, item, undefined, changes)
  for (const { item } of pairs.added)
    compareAssignments(`cluster ${quoted(item.cluster_name ?? '')}`, undefined, item, changes)
}

function compareAssignments(
  cluster: string,
  before: Assignment | undefined,
  after: Assignment | undefined,
  changes: Changes,
): void {
  if (before !== undefined && after !== undefined) {
    const { endpoints: _, ...x } = before
    const { endpoints: __, ...y } = after
    const sides = { before: x, after: y, beforeRoot: before, afterRoot: after }
    const fields = fieldChanges('envoy.config.endpoint.v3.ClusterLoadAssignment', changes.views, sides)
    if (fields.length > 0) changes.changed('cluster', `load assignment of ${cluster}`, { before, after }, fields)
  }
  const groups = pairBy(groupsOf(before), groupsOf(after), ({ key }) => key)
  for (const pair of groups.both)
    compareGroup(`${pair.after.key} of ${cluster}`, pair.before.group, pair.after.group, changes)
  compareEndpoints(cluster, before, after, changes)
}

/** Its endpoints are compared by themselves. */
function compareGroup(name: string, before: LocalityEndpoints, after: LocalityEndpoints, changes: Changes): void {
  const { lb_endpoints: _, ...x } = before
  const { lb_endpoints: __, ...y } = after
  const sides = { before: x, after: y, beforeRoot: before, afterRoot: after }
  const fields = fieldChanges('envoy.config.endpoint.v3.LocalityLbEndpoints', changes.views, sides)
  if (fields.length > 0) changes.changed('locality', name, { before, after }, fields)
}

function compareEndpoints(
  cluster: string,
  before: Assignment | undefined,
  after: Assignment | undefined,
  changes: Changes,
): void {
  const endpoints = pairBy(endpointsOf(before), endpointsOf(after), ({ key }) => key)
  const name = ({ key }: Placed): string => `endpoint ${key} of ${cluster}`
  for (const { item } of endpoints.removed) {
    const closes = closing(`${item.key} of ${cluster}`, 'the endpoint goes')
    changes.removed('endpoint', name(item), item.endpoint, closes)
  }
  for (const { item } of endpoints.added) changes.added('endpoint', name(item), item.endpoint)
  for (const { before: own, after: other } of endpoints.both) {
    const pair = { before: own.endpoint, after: other.endpoint }
    const fields = fieldChanges('envoy.config.endpoint.v3.LbEndpoint', changes.views, pair)
    if (fields.length > 0) changes.changed('endpoint', name(other), pair, fields)
  }
}

/** Endpoints by address, and by priority and locality where those are given: elsewhere they are other endpoints. */
function endpointsOf(assignment: Assignment | undefined): Placed[] {
  return groupsOf(assignment).flatMap(({ group, where }) =>
    (group.lb_endpoints ?? []).map((endpoint) => ({
      endpoint,
      key: `${endpoint.endpoint_name ?? addressText(endpoint.endpoint?.address)}${where}`,
    })),
  )
}

interface PlacedGroup {
  readonly group: LocalityEndpoints
  /** `locality eu/b of priority 1` */
  readonly key: string
  /** As an endpoint's name ends: ` in eu/b of priority 1`. */
  readonly where: string
}

function groupsOf(assignment: Assignment | undefined): PlacedGroup[] {
  return (assignment?.endpoints ?? []).map((group) => {
    const { region = '', zone = '', sub_zone: subZone = '' } = group.locality ?? {}
    const locality = [region, zone, subZone].filter((part) => part !== '').join('/')
    const priority = (group.priority ?? 0) === 0 ? '' : ` of priority ${group.priority}`
    const named = locality === '' ? 'the locality without a name' : `locality ${locality}`
    return { group, key: `${named}${priority}`, where: `${locality === '' ? '' : ` in ${locality}`}${priority}` }
  })
}
