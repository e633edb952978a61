import { accessLogHonours, formatHonours } from '@nuncio/access-log'
import { adminHonours, statsConfigHonours } from '@nuncio/admin'
import { type Honours, mergeHonours } from '@nuncio/config'
import { httpFilters } from '@nuncio/http-filters'
import { matchingHonours } from '@nuncio/matching'
import { networkFilters } from '@nuncio/network-filters'
import { routerHonours } from '@nuncio/router'

const RUNTIME = 'envoy.config.bootstrap.v3.RuntimeLayer'

/** What the composition root itself honours. */
const serverHonours: Honours = {
  'envoy.config.bootstrap.v3.Bootstrap': ['node', 'static_resources', 'admin', 'layered_runtime', 'stats_config', 'cluster_manager'],
  'envoy.config.bootstrap.v3.Bootstrap.StaticResources': '*',
  'envoy.config.core.v3.Node': ['id', 'cluster', 'locality', 'metadata', 'user_agent_name'],
  'envoy.config.core.v3.Locality': '*',
  'envoy.config.bootstrap.v3.LayeredRuntime': '*',
  [RUNTIME]: ['name', 'static_layer', 'disk_layer', 'admin_layer'],
  [`${RUNTIME}.DiskLayer`]: ['symlink_root', 'subdirectory'],
  [`${RUNTIME}.AdminLayer`]: '*',
}

/** Everything that the proxy honours of Envoy's API: what is not here is reported as unsupported. */
export const honours: Honours = mergeHonours([
  serverHonours, accessLogHonours, formatHonours, adminHonours, statsConfigHonours, matchingHonours, routerHonours,
  ...[...networkFilters, ...httpFilters].map((definition) => definition.config.honours),
]) // prettier-ignore
