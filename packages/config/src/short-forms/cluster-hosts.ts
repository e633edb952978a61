import { type Entry, listNode, mapNode, type MapNode, type Node, nodeOf, textOf } from '../tree/node.ts'
import { asAddress } from './address.ts'
import {
  fieldEntry,
  fieldValue,
  itemsOf,
  removeField,
  setField,
  type ShortForm,
  type ShortFormContext,
} from './short-form.ts'

/** `hosts`, the v2 list of a cluster's addresses. */
export const clusterHosts: ShortForm = (node, context) => {
  const entry = fieldEntry(node, 'hosts')
  if (!entry || node.kind !== 'map' || fieldEntry(node, 'load_assignment')) return node
  const written = entry.value.kind === 'scalar' ? [entry.value] : itemsOf(entry.value)
  const hosts = written.map(asAddress)
  if (hosts.length === 0 || !hosts.every((host) => host !== undefined)) return node
  context.say(
    entry.keyOffset,
    'hosts is the v2 form of load_assignment',
    'load_assignment:\n  cluster_name: …\n  endpoints:\n  - lb_endpoints:\n    - endpoint: { address: … }',
  )
  replace(node, entry, hosts, context)
  return node
}

function replace(node: MapNode, entry: Entry, hosts: readonly Node[], context: ShortFormContext): void {
  const at = entry.keyOffset
  const name = textOf(fieldValue(node, 'name')) ?? ''
  const endpoints = listNode(
    at,
    hosts.map((host) => one('endpoint', one('address', host))),
  )
  const assignment = mapNode(at, [
    { key: 'cluster_name', keyOffset: at, value: nodeOf(name, at) },
    { key: 'endpoints', keyOffset: at, value: listNode(at, [one('lb_endpoints', endpoints)]) },
  ])
  removeField(context, node, entry.key)
  setField(context, node, 'load_assignment', assignment, at)
}

/** A map of one entry, in the place of its value. */
function one(key: string, value: Node): MapNode {
  return mapNode(value.offset, [{ key, keyOffset: value.offset, value }])
}
