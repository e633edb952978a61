import type { Message } from '@nuncio/config'
import { type ConfigPlace, quoted } from '@nuncio/matching'
import type { UpgradeRule } from '../contracts.ts'

const NONE: ReadonlyMap<string, UpgradeRule> = new Map()

/** The upgrade types that a route switches on or off, by lower-case name. */
export function compileUpgrades(
  configs: readonly Message<'envoy.config.route.v3.RouteAction.UpgradeConfig'>[] | undefined,
  place: ConfigPlace,
): ReadonlyMap<string, UpgradeRule> {
  if (configs === undefined) return NONE
  const rules = new Map<string, UpgradeRule>()
  configs.forEach((config, i) => {
    const at = place.item('upgrade_configs', i, config)
    const type = (config.upgrade_type ?? '').toLowerCase()
    const connect = config.connect_config
    if (rules.has(type))
      at.error('duplicate-name', `the upgrade type ${quoted(config.upgrade_type ?? '')} is listed twice`)
    if (connect !== undefined && type !== 'connect' && type !== 'connect-udp') {
      at.at('connect_config', connect).error(
        'oneof-conflict',
        `connect_config is for CONNECT only, not for ${quoted(config.upgrade_type ?? '')}`,
      )
    }
    rules.set(type, { enabled: config.enabled !== false, connect })
  })
  return rules
}
