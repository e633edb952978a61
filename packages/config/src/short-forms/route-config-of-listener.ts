import type { Entry, MapNode } from '../tree/node.ts'
import type { Path } from './edit.ts'
import { completeExtension } from './extension-without-type.ts'
import { fieldEntry, fieldValue, itemsOf, type ShortForm, type ShortFormContext, typeOf } from './short-form.ts'

const MANAGER = 'envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager'

/** `route_config` beside `filter_chains`: it belongs into the HTTP connection manager that has none. */
export const routeConfigOfListener: ShortForm = (node, context) => {
  const entry = fieldEntry(node, 'route_config')
  if (!entry || node.kind !== 'map') return node
  const found = managersWithoutRoutes(node, context)
  if (found.length === 0) return node
  const message = 'route_config beside filter_chains stands for the route_config of the HTTP connection manager'
  context.say(
    entry.keyOffset,
    message,
    'filter_chains:\n- filters:\n  - name: envoy.filters.network.http_connection_manager\n    typed_config:\n      route_config: …',
  )
  node.entries = node.entries.filter((other) => other !== entry)
  give(found, entry, context)
  return node
}

interface Found {
  readonly config: MapNode
  readonly path: Path
}

function give(found: readonly Found[], entry: Entry, context: ShortFormContext): void {
  for (const [i, { config, path }] of found.entries()) {
    config.entries.push({ key: 'route_config', keyOffset: entry.keyOffset, value: entry.value })
    const to = [...path, 'route_config']
    // Several managers share the routes: all but the last are given a copy, the last the text itself.
    if (i < found.length - 1) context.note({ op: 'set', path: to, value: entry.value })
    else context.note({ op: 'move', path: [...context.path, entry.key], to })
  }
}

function managersWithoutRoutes(listener: MapNode, context: ShortFormContext): Found[] {
  const found: Found[] = []
  for (const [c, chain] of itemsOf(fieldValue(listener, 'filter_chains')).entries()) {
    for (const [f, filter] of itemsOf(fieldValue(chain, 'filters')).entries()) {
      if (filter.kind !== 'map') continue
      const path = [...context.path, 'filter_chains', c, 'filters', f]
      completeExtension(filter, 'network', context.at(path))
      const config = fieldValue(filter, 'typed_config')
      if (config?.kind !== 'map' || typeOf(config) !== MANAGER) continue
      if (['route_config', 'rds', 'scoped_routes'].some((field) => fieldEntry(config, field))) continue
      found.push({ config, path: [...path, 'typed_config'] })
    }
  }
  return found
}
