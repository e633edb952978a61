import { envoyMessage } from '@nuncio/config'
import type { NetworkFilterDefinition } from '@nuncio/listener'
import { networkRbacHonours } from './honours.ts'
import { NetworkRbac, type RbacConfig } from './rbac.ts'

/** `envoy.filters.network.rbac`: lets connections in by who comes and where to. */
export const rbac: NetworkFilterDefinition<RbacConfig> = {
  name: 'envoy.filters.network.rbac',
  config: envoyMessage('envoy.extensions.filters.network.rbac.v3.RBAC', networkRbacHonours),
  stability: 'stable',
  terminal: false,
  create: (config, context) => new NetworkRbac(config, context),
}
