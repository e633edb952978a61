import { type Finding, finding } from '../parse/finding.ts'
import { typeNameOf } from '../schema/names.ts'
import { type Entry, isNull, listNode, mapNode, type MapNode, type Node, textOf, valueOf } from '../tree/node.ts'

/** The parts of a dump, as the files they might have come from. */
export interface ConfigDump {
  readonly bootstrap: MapNode
  readonly routeConfigurations: readonly Node[]
  readonly findings: readonly Finding[]
}

interface Parts {
  bootstrap: Node | undefined
  readonly listeners: Node[]
  readonly clusters: Node[]
  readonly secrets: Node[]
  readonly routes: Node[]
  readonly findings: Finding[]
}

/** Puts a bootstrap together from what `/config_dump` shows; parts that are not known are said and left out. */
export function readConfigDump(root: MapNode): ConfigDump {
  const parts: Parts = { bootstrap: undefined, listeners: [], clusters: [], secrets: [], routes: [], findings: [] }
  for (const config of listOf(root, 'configs')) {
    const type = typeNameOf(textOf(valueOf(config, '@type')) ?? '')
    const read = READERS[type]
    if (read) read(config, parts)
    else
      parts.findings.push(
        finding(
          'unknown-part',
          config.offset,
          `this part of the dump is not looked at: ${type || 'it has no "@type"'}`,
        ),
      )
  }
  return { bootstrap: assemble(root, parts), routeConfigurations: parts.routes, findings: parts.findings }
}

const READERS: Readonly<Record<string, (config: Node, parts: Parts) => void>> = {
  'envoy.admin.v3.BootstrapConfigDump': (config, parts) => {
    parts.bootstrap = valueOf(config, 'bootstrap')
  },
  'envoy.admin.v3.ListenersConfigDump': (config, parts) => {
    for (const item of listOf(config, 'static_listeners')) add(parts.listeners, valueOf(item, 'listener'))
    for (const item of listOf(config, 'dynamic_listeners')) {
      const state = valueOf(item, 'active_state') ?? valueOf(item, 'warming_state') ?? valueOf(item, 'draining_state')
      add(parts.listeners, valueOf(state, 'listener'))
      sayError(item, parts)
    }
  },
  'envoy.admin.v3.ClustersConfigDump': (config, parts) => {
    for (const field of ['static_clusters', 'dynamic_active_clusters', 'dynamic_warming_clusters']) {
      for (const item of listOf(config, field)) {
        add(parts.clusters, valueOf(item, 'cluster'))
        sayError(item, parts)
      }
    }
  },
  'envoy.admin.v3.RoutesConfigDump': (config, parts) => {
    for (const field of ['static_route_configs', 'dynamic_route_configs'])
      for (const item of listOf(config, field)) add(parts.routes, valueOf(item, 'route_config'))
  },
  'envoy.admin.v3.SecretsConfigDump': (config, parts) => {
    for (const field of ['static_secrets', 'dynamic_active_secrets'])
      for (const item of listOf(config, field)) add(parts.secrets, valueOf(item, 'secret'))
  },
  'envoy.admin.v3.EndpointsConfigDump': () => {},
  'envoy.admin.v3.ScopedRoutesConfigDump': () => {},
  'envoy.admin.v3.EcdsConfigDump': () => {},
}

/** What the dump tells of an update that was refused. */
function sayError(item: Node, parts: Parts): void {
  const state = valueOf(item, 'error_state')
  const details = textOf(valueOf(state, 'details'))
  if (state && details)
    parts.findings.push(finding('refused-update', state.offset, `Envoy refused an update: ${details}`))
}

function listOf(node: Node | undefined, field: string): readonly Node[] {
  const list = valueOf(node, field)
  return list?.kind === 'list' ? list.items : []
}

/** Resources stand in a dump as `Any`; without the type they are what a file would have. */
function add(to: Node[], node: Node | undefined): void {
  if (!node || isNull(node)) return
  to.push(
    node.kind === 'map'
      ? mapNode(
          node.offset,
          node.entries.filter(({ key }) => key !== '@type'),
        )
      : node,
  )
}

function assemble(root: MapNode, parts: Parts): MapNode {
  const written = parts.bootstrap?.kind === 'map' ? parts.bootstrap : mapNode(root.offset)
  const statics = valueOf(written, 'static_resources')
  const lists = [
    ...listEntry('listeners', parts.listeners),
    ...listEntry('clusters', parts.clusters),
    ...listEntry('secrets', parts.secrets),
  ]
  const kept =
    statics?.kind === 'map' ? statics.entries.filter(({ key }) => !lists.some((list) => list.key === key)) : []
  const value = mapNode(statics?.offset ?? root.offset, [...kept, ...lists])
  const entries = written.entries.filter(({ key }) => key !== 'static_resources' && key !== '@type')
  return mapNode(written.offset, [...entries, { key: 'static_resources', keyOffset: value.offset, value }])
}

function listEntry(key: string, items: Node[]): Entry[] {
  const first = items[0]
  return first ? [{ key, keyOffset: first.offset, value: listNode(first.offset, items) }] : []
}
