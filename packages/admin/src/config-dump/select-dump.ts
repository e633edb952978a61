import type { JsonObject, JsonValue } from '@nuncio/config'
import type { TextMatcher } from '../endpoint.ts'
import { applyMask, parseMask } from './mask.ts'

const TYPE = 'type.googleapis.com/envoy.admin.v3.'

/** Lists of the dump's parts that `resource` may name, with the type of their items. */
const RESOURCES: Readonly<Record<string, string>> = {
  static_clusters: 'ClustersConfigDump.StaticCluster',
  dynamic_active_clusters: 'ClustersConfigDump.DynamicCluster',
  dynamic_warming_clusters: 'ClustersConfigDump.DynamicCluster',
  static_listeners: 'ListenersConfigDump.StaticListener',
  dynamic_listeners: 'ListenersConfigDump.DynamicListener',
  static_route_configs: 'RoutesConfigDump.StaticRouteConfig',
  dynamic_route_configs: 'RoutesConfigDump.DynamicRouteConfig',
  inline_scoped_route_configs: 'ScopedRoutesConfigDump.InlineScopedRouteConfigs',
  dynamic_scoped_route_configs: 'ScopedRoutesConfigDump.DynamicScopedRouteConfigs',
  static_secrets: 'SecretsConfigDump.StaticSecret',
  dynamic_active_secrets: 'SecretsConfigDump.DynamicSecret',
  dynamic_warming_secrets: 'SecretsConfigDump.DynamicSecret',
  static_endpoint_configs: 'EndpointsConfigDump.StaticEndpointConfig',
  dynamic_endpoint_configs: 'EndpointsConfigDump.DynamicEndpointConfig',
  ecds_filters: 'EcdsConfigDump.EcdsFilterConfig',
}

const SINGLE = new Set(['bootstrap', 'last_updated', 'version_info'])

export interface DumpQuery {
  readonly resource: string
  readonly mask: string
  readonly name: TextMatcher | undefined
}

export type SelectedDump =
  | { readonly ok: true; readonly configs: readonly JsonObject[] }
  | { readonly ok: false; readonly status: number; readonly message: string }

/** Chooses from the parts of a dump as `/config_dump?resource=&mask=&name_regex=` does. */
export function selectDump(parts: readonly JsonObject[], { resource, mask, name }: DumpQuery): SelectedDump {
  if (resource !== '' && SINGLE.has(resource)) {
    const message = `${resource} is not a repeated field. Use ?mask=${resource} to get only this field`
    return { ok: false, status: 400, message }
  }
  const itemType = RESOURCES[resource]
  if (resource !== '' && itemType === undefined) {
    return { ok: false, status: 404, message: `${resource} not found in config dump` }
  }
  const named = name === undefined ? parts : parts.map((part) => onlyNamed(part, name))
  const chosen =
    itemType === undefined
      ? named
      : named.flatMap((part) => itemsOf(part[resource])).map((item) => ({ '@type': TYPE + itemType, ...item }))
  if (mask === '') return { ok: true, configs: chosen }
  const tree = parseMask(mask)
  const masked = chosen.map((part) => applyMask(part, tree)).filter((part) => part !== undefined)
  if (masked.length === 0 && chosen.length > 0 && itemType !== undefined) {
    return { ok: false, status: 400, message: `the mask "${mask}" names nothing in ${resource}` }
  }
  return { ok: true, configs: masked }
}

/** Drops the items of a part's lists whose resource has another name. */
function onlyNamed(part: JsonObject, name: TextMatcher): JsonObject {
  const kept = Object.entries(part).map(([key, value]): [string, JsonValue] => {
    if (RESOURCES[key] === undefined || !Array.isArray(value)) return [key, value]
    return [key, itemsOf(value).filter((item) => name.matches(nameOf(item)))]
  })
  return Object.fromEntries(kept.filter(([key, value]) => RESOURCES[key] === undefined || itemsOf(value).length > 0))
}

/** An item's own name, or that of the resource in it. */
function nameOf(item: JsonObject): string {
  const inner = Object.values(item).find(
    (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
  )
  const resource = (inner ?? {}) as JsonObject
  const names = [item['name'], resource['name'], resource['cluster_name']]
  return names.find((each): each is string => typeof each === 'string') ?? ''
}

function itemsOf(value: JsonValue | undefined): readonly JsonObject[] {
  return Array.isArray(value) ? (value as readonly JsonObject[]) : []
}
