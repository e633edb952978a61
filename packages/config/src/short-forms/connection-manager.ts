import { type MapNode, type Node, nodeOf, textOf } from '../tree/node.ts'
import {
  fieldEntry,
  fieldValue,
  itemsOf,
  setField,
  type ShortForm,
  type ShortFormContext,
  typeOf,
} from './short-form.ts'

const ROUTER = 'envoy.extensions.filters.http.router.v3.Router'
const ROUTER_NAMES = new Set(['envoy.router', 'envoy.filters.http.router'])
const ROUTER_TEXT = `- name: envoy.filters.http.router\n  typed_config:\n    "@type": type.googleapis.com/${ROUTER}`

/** An HTTP connection manager without a name for its stats or without the router filter. */
export const connectionManager: ShortForm = (node, context) => {
  if (node.kind !== 'map') return node
  addStatPrefix(node, context, 'ingress_http')
  addRouter(node, context)
  return node
}

/** A TCP proxy without a name for its stats. */
export const tcpProxy: ShortForm = (node, context) => {
  if (node.kind === 'map') addStatPrefix(node, context, 'tcp')
  return node
}

function addStatPrefix(node: MapNode, context: ShortFormContext, name: string): void {
  if (fieldEntry(node, 'stat_prefix')) return
  context.say(node.offset, `without stat_prefix, the stats are named "${name}"`, `stat_prefix: ${name}`)
  setField(context, node, 'stat_prefix', nodeOf(name, node.offset), node.offset)
}

function addRouter(node: MapNode, context: ShortFormContext): void {
  const entry = fieldEntry(node, 'http_filters')
  const filters = itemsOf(entry?.value)
  if (entry && entry.value.kind === 'scalar' && entry.value.text !== '') return
  if (filters.some(isRouter)) return
  const router = nodeOf(
    { name: 'envoy.filters.http.router', typed_config: { '@type': `type.googleapis.com/${ROUTER}` } },
    entry?.keyOffset ?? node.offset,
  )
  context.say(
    entry?.keyOffset ?? node.offset,
    'a filter list without the router filter ends with it',
    `http_filters:\n${ROUTER_TEXT}`,
  )
  if (entry?.value.kind === 'list') {
    context.note({ op: 'set', path: [...context.path, 'http_filters', entry.value.items.length], value: router })
    entry.value.items.push(router)
  } else {
    setField(
      context,
      node,
      'http_filters',
      { kind: 'list', offset: node.offset, items: [...filters, router] },
      node.offset,
    )
  }
}

function isRouter(filter: Node): boolean {
  const config = fieldValue(filter, 'typed_config')
  const type = typeOf(config)
  if (type !== undefined && !type.endsWith('TypedStruct')) return type === ROUTER
  const name = textOf(fieldValue(filter, 'name')) ?? ''
  return ROUTER_NAMES.has(name) || (textOf(fieldValue(config, 'type_url')) ?? '').endsWith(ROUTER)
}
