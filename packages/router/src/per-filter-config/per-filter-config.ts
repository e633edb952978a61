import { type AnyMessage, isMessage } from '@nuncio/config'
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
  for (const [name, config] of Object.entries(configs))
    if (!isLeftOut(config)) merged.set(name, [opened(config), ...(outer.get(name) ?? NONE)])
  return merged
}

/** What is optional and of a type that nobody knows says nothing, not even that the filter is on. */
function isLeftOut(config: AnyMessage): boolean {
  return (
    isMessage(config, 'envoy.config.route.v3.FilterConfig') &&
    config.is_optional === true &&
    config.config === undefined &&
    config.disabled !== true
  )
}

/** What a filter finds under its name. */
export function filterConfigsOf(configs: PerFilterConfigs, name: string): readonly PerFilterConfig[] {
  return configs.get(name) ?? NONE
}

/** Opens the wrapper that can also disable a filter. */
export function opened(config: AnyMessage): PerFilterConfig {
  if (!isMessage(config, 'envoy.config.route.v3.FilterConfig')) return { disabled: false, config }
  const inner = config.config
  return { disabled: config.disabled === true, config: inner?.['@type'] === '' ? undefined : inner }
}
