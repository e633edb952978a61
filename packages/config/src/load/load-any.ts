import type { Walk } from '../check/walk.ts'
import type { Message, MessageName } from '../message.ts'
import { DEFAULT_LIMITS } from '../parse/limits.ts'
import { parse } from '../parse/parse.ts'
import { envoySchema } from '../schema/schema.ts'
import { entryOf, type MapNode, type Node } from '../tree/node.ts'
import { Texts } from '../tree/texts.ts'
import { readConfigDump } from './config-dump.ts'
import { loadWalked, orEmpty, walkTree } from './load.ts'
import type { LoadOptions } from './options.ts'
import type { LoadResult } from './result.ts'

/** What a file turned out to be. */
export type ConfigKind =
  | 'bootstrap'
  | 'route-configuration'
  | 'listener'
  | 'cluster'
  | 'load-assignment'
  | 'resources'
  | 'config-dump'

/** A file of any kind, and what can be looked into in it. With errors, what could be read of it. */
export interface LoadedAny {
  readonly kind: ConfigKind
  /** The message of the file itself; of a dump, the bootstrap that was put together from it. */
  readonly result: LoadResult<object>
  /** The file as a bootstrap; undefined for the kinds that are only a part of one. */
  readonly bootstrap: Message<'envoy.config.bootstrap.v3.Bootstrap'> | undefined
  readonly listeners: readonly Message<'envoy.config.listener.v3.Listener'>[]
  readonly clusters: readonly Message<'envoy.config.cluster.v3.Cluster'>[]
  /** Those of connection managers too. */
  readonly routeConfigurations: readonly Message<'envoy.config.route.v3.RouteConfiguration'>[]
  readonly loadAssignments: readonly Message<'envoy.config.endpoint.v3.ClusterLoadAssignment'>[]
}

const TYPES: Readonly<Record<ConfigKind, MessageName>> = {
  bootstrap: 'envoy.config.bootstrap.v3.Bootstrap',
  'config-dump': 'envoy.config.bootstrap.v3.Bootstrap',
  'route-configuration': 'envoy.config.route.v3.RouteConfiguration',
  listener: 'envoy.config.listener.v3.Listener',
  cluster: 'envoy.config.cluster.v3.Cluster',
  'load-assignment': 'envoy.config.endpoint.v3.ClusterLoadAssignment',
  resources: 'envoy.service.discovery.v3.DiscoveryResponse',
}

/**
 * Reads a file whose kind is not known: a bootstrap, a RouteConfiguration, Listener, Cluster or ClusterLoadAssignment, an
 * xDS resource file, or what Envoy's admin page shows under `/config_dump`.
 */
export function loadAny(input: string | Uint8Array, options: LoadOptions = {}): LoadedAny {
  const texts = new Texts()
  const parsed = parse(input, options.file ?? '', texts, { ...DEFAULT_LIMITS, ...options.limits })
  const root = parsed.findings.length > 0 ? undefined : orEmpty(parsed.root)
  const kind = root ? kindOf(root) : 'bootstrap'
  const dump = kind === 'config-dump' && root ? readConfigDump(root as MapNode) : undefined
  // A dump is what some Envoy took; what it has beyond us is worth saying and no error.
  const lenient = dump ? { ...options, allowUnknownFields: true, allowUnsupported: true, noShortForms: true } : options
  const { walk, partial } = walkTree(TYPES[kind], dump?.bootstrap ?? root, parsed.findings, texts, lenient)
  for (const { code, offset, message, hint } of dump?.findings ?? []) walk.say(code, 'warning', offset, message, hint)
  const extra =
    dump?.routeConfigurations.map((node) => walkTree(TYPES['route-configuration'], node, [], texts, lenient)) ?? []
  for (const other of extra) walk.problems.push(...other.walk.problems)
  return view(
    kind,
    walk,
    partial,
    loadWalked(TYPES[kind], walk, partial, texts, options),
    extra.flatMap((other) => other.partial ?? []),
  )
}

function view(
  kind: ConfigKind,
  walk: Walk,
  partial: object | undefined,
  result: LoadResult<object>,
  more: readonly object[],
): LoadedAny {
  const found = <T extends MessageName>(type: T): readonly Message<T>[] => walk.found.get(type) ?? []
  const routes = found('envoy.config.route.v3.RouteConfiguration')
  const named = new Set(routes.map((route) => route.name))
  return {
    kind,
    result,
    bootstrap: kind === 'bootstrap' || kind === 'config-dump' ? partial : undefined,
    listeners: found('envoy.config.listener.v3.Listener'),
    clusters: found('envoy.config.cluster.v3.Cluster'),
    // A dump lists the routes of connection managers a second time.
    routeConfigurations: [...routes, ...(more as typeof routes).filter((route) => !named.has(route.name))],
    loadAssignments: found('envoy.config.endpoint.v3.ClusterLoadAssignment'),
  }
}

/** Fields by which a message is told from a bootstrap. */
const MARKS: readonly (readonly [field: string, kind: ConfigKind])[] = [
  ['configs', 'config-dump'],
  ['resources', 'resources'],
  ['virtual_hosts', 'route-configuration'],
  ['virtualHosts', 'route-configuration'],
  ['vhds', 'route-configuration'],
  ['filter_chains', 'listener'],
  ['filterChains', 'listener'],
  ['load_assignment', 'cluster'],
  ['loadAssignment', 'cluster'],
  ['lb_policy', 'cluster'],
  ['connect_timeout', 'cluster'],
  ['endpoints', 'load-assignment'],
]

function kindOf(root: Node): ConfigKind {
  const bootstrap = envoySchema().message(TYPES.bootstrap)!
  if (root.kind !== 'map' || root.entries.some(({ key }) => bootstrap.fields.has(key))) return 'bootstrap'
  return MARKS.find(([field]) => entryOf(root, field))?.[1] ?? 'bootstrap'
}
