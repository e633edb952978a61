import type { Message } from '@nuncio/config'
import { quoted } from '@nuncio/matching'
import type { Cluster, ConfigView } from '../view/config-view.ts'
import { addressText } from '../view/managers.ts'
import type { Changes, Closing } from './change.ts'
import { sameValue } from './equal.ts'
import { fieldChanges } from './field-changes.ts'
import { pairBy } from './pair.ts'

type Views = readonly [ConfigView, ConfigView]
type Assignment = Message<'envoy.config.endpoint.v3.ClusterLoadAssignment'>
type Endpoint = Message<'envoy.config.endpoint.v3.LbEndpoint'>

/** An endpoint and where it belongs. */
interface Placed {
  readonly endpoint: Endpoint
  readonly key: string
}

/** Compares clusters and their endpoints, also those of EDS files. */
export function compareClusters(views: Views, changes: Changes): void {
  const [before, after] = views
  const clusters = pairBy([...before.clusters.values()], [...after.clusters.values()], ({ name = '' }) => name)
  for (const { item } of clusters.removed) {
    changes.add({
      kind: 'removed',
      what: 'cluster',
      name: nameOf(item),
      before: before.positionOf(item),
      after: undefined,
      closes: closing(nameOf(item), 'the cluster goes'),
    })
  }
  for (const { item } of clusters.added)
    changes.add({
      kind: 'added',
      what: 'cluster',
      name: nameOf(item),
      before: undefined,
      after: after.positionOf(item),
    })
  for (const pair of clusters.both) compareCluster(views, pair.before, pair.after, changes)
  compareStandalone(views, changes)
}

function nameOf({ name = '' }: Cluster): string {
  return `cluster ${quoted(name)}`
}

function closing(whose: string, why: string): Closing {
  return { side: 'upstream', connections: `connections to ${whose}`, why }
}

function compareCluster(views: Views, before: Cluster, after: Cluster, changes: Changes): void {
  if (sameValue(before, after)) return
  const [x, y] = [withoutEndpoints(before), withoutEndpoints(after)]
  if (!sameValue(x, y)) {
    const why = sameValue(before.transport_socket, after.transport_socket)
      ? 'the cluster changes, and its pools are made anew'
      : 'its TLS changes'
    const fields = fieldChanges('envoy.config.cluster.v3.Cluster', views, {
      before: x,
      after: y,
      beforeRoot: before,
      afterRoot: after,
    })
    changes.add({
      kind: 'changed',
      what: 'cluster',
      name: nameOf(after),
      before: views[0].positionOf(before),
      after: views[1].positionOf(after),
      fields,
      closes: closing(nameOf(after), why),
    })
  } else if (!keepsPools(after)) {
    changes.add({
      kind: 'changed',
      what: 'cluster',
      name: nameOf(after),
      before: views[0].positionOf(before),
      after: views[1].positionOf(after),
      closes: closing(nameOf(after), 'its endpoints change, and its pools are made anew'),
    })
  }
  compareEndpoints(views, nameOf(after), before.load_assignment, after.load_assignment, changes)
}

/** Whether endpoints may come and go without the others noticing. Names have to be resolved before they take over. */
function keepsPools({ type = 'STATIC', cluster_type: custom }: Cluster): boolean {
  return custom === undefined && (type === 'STATIC' || type === 'EDS')
}

function withoutEndpoints(cluster: Cluster): Cluster {
  if (cluster.load_assignment === undefined) return cluster
  const { endpoints: _, ...rest } = cluster.load_assignment
  return { ...cluster, load_assignment: rest }
}

/** Those that stand by themselves, as EDS has them. */
function ownAssignments(view: ConfigView): Assignment[] {
  const inside = new Set(view.loaded.clusters.map((cluster) => cluster.load_assignment))
  return view.loaded.loadAssignments.filter((assignment) => !inside.has(assignment))
}

function compareStandalone(views: Views, changes: Changes): void {
  const pairs = pairBy(ownAssignments(views[0]), ownAssignments(views[1]), ({ cluster_name: name = '' }) => name)
  for (const pair of pairs.both)
    compareEndpoints(views, `cluster ${quoted(pair.after.cluster_name ?? '')}`, pair.before, pair.after, changes)
  for (const { item } of pairs.removed)
    compareEndpoints(views, `cluster ${quoted(item.cluster_name ?? '')}`, item, undefined, changes)
  for (const { item } of pairs.added)
    compareEndpoints(views, `cluster ${quoted(item.cluster_name ?? '')}`, undefined, item, changes)
}

function compareEndpoints(
  views: Views,
  cluster: string,
  before: Assignment | undefined,
  after: Assignment | undefined,
  changes: Changes,
): void {
  const endpoints = pairBy(endpointsOf(before), endpointsOf(after), ({ key }) => key)
  const name = ({ key }: Placed): string => `endpoint ${key} of ${cluster}`
  for (const { item } of endpoints.removed) {
    const closes = closing(`${item.key} of ${cluster}`, 'the endpoint goes')
    changes.add({
      kind: 'removed',
      what: 'endpoint',
      name: name(item),
      before: views[0].positionOf(item.endpoint),
      after: undefined,
      closes,
    })
  }
  for (const { item } of endpoints.added)
    changes.add({
      kind: 'added',
      what: 'endpoint',
      name: name(item),
      before: undefined,
      after: views[1].positionOf(item.endpoint),
    })
  for (const pair of endpoints.both) {
    const [x, y] = [pair.before.endpoint, pair.after.endpoint]
    const fields = fieldChanges('envoy.config.endpoint.v3.LbEndpoint', views, {
      before: x,
      after: y,
      beforeRoot: x,
      afterRoot: y,
    })
    if (fields.length > 0)
      changes.add({
        kind: 'changed',
        what: 'endpoint',
        name: name(pair.after),
        before: views[0].positionOf(x),
        after: views[1].positionOf(y),
        fields,
      })
  }
}

/** Endpoints by address, and by priority and locality where those are given: elsewhere they are other endpoints. */
function endpointsOf(assignment: Assignment | undefined): Placed[] {
  return (assignment?.endpoints ?? []).flatMap((group) => {
    const { region = '', zone = '', sub_zone: subZone = '' } = group.locality ?? {}
    const locality = [region, zone, subZone].filter((part) => part !== '').join('/')
    const where = `${locality === '' ? '' : ` in ${locality}`}${(group.priority ?? 0) === 0 ? '' : ` of priority ${group.priority}`}`
    return (group.lb_endpoints ?? []).map((endpoint) => ({
      endpoint,
      key: `${endpoint.endpoint_name ?? addressText(endpoint.endpoint?.address)}${where}`,
    }))
  })
}
