import type { Message } from '@nuncio/config'
import type { ConfigPlace } from '@nuncio/matching'

type Config = Message<'envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager'>

/** Each kind of upgrade is configured once, in whatever case it is written. `place` is that of the connection manager. */
export function checkUpgrades(upgrades: Config['upgrade_configs'], place: ConfigPlace): void {
  const seen = new Set<string>()
  upgrades?.forEach((upgrade, i) => {
    const { upgrade_type: type = '' } = upgrade
    const kind = type.toLowerCase()
    if (seen.has(kind))
      place.item('upgrade_configs', i, upgrade).error('conflict', `the upgrade "${type}" is there already`)
    seen.add(kind)
  })
}
