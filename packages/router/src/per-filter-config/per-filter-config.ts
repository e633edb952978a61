import { type AnyMessage, isMessage, type Message } from '@nuncio/config'
import type { PerFilterConfig } from '../contracts.ts'

type Configs = Readonly<Record<string, AnyMessage>> | undefined

/** typed_per_filter_config of all levels that a route has, by filter name, most specific first. */
export type PerFilterConfigs = ReadonlyMap<string, readonly PerFilterConfig[]>

const NONE: readonly PerFilterConfig[] = []
/** Of a route whose levels have none. */
export const NO_FILTER_CONFIGS: PerFilterConfigs = new Map()

/** Puts a level's configurations before those of the levels around it; gives `outer` itself when it has none. */
export function inheritFilterConfigs(configs: Configs, outer: PerFilterConfigs): PerFilterConfigs {
  if (configs === undefined) return outer
  const merged = new Map(outer)
  for (const [name, config] of Object.entries(configs)) merged.set(name, [opened(config), ...(outer.get(name) ?? NONE)])
  return merged
}

/** What a filter finds under its name. */
export function filterConfigsOf(configs: PerFilterConfigs, name: string): readonly PerFilterConfig[] {
  return configs.get(name) ?? NONE
}

/** Every typed_per_filter_config of a route configuration, with its filter's name, in the order of writing. */
export function perFilterConfigsOf(
  config: Message<'envoy.config.route.v3.RouteConfiguration'>,
): (readonly [string, PerFilterConfig])[] {
  const levels: { readonly typed_per_filter_config?: Configs }[] = [config]
  for (const host of config.virtual_hosts ?? []) {
    levels.push(host)
    for (const route of host.routes ?? []) levels.push(route, ...(route.route?.weighted_clusters?.clusters ?? []))
  }
  return levels.flatMap(({ typed_per_filter_config: configs }) =>
    Object.entries(configs ?? {}).map(([name, one]) => [name, opened(one)] as const),
  )
}

/** Opens the wrapper that can also disable a filter. */
function opened(config: AnyMessage): PerFilterConfig {
  if (!isMessage(config, 'envoy.config.route.v3.FilterConfig')) return { disabled: false, config }
  return { disabled: config.disabled === true, config: config.config }
}
