import { envoyMessage } from '@nuncio/config'
import type { NetworkFilterDefinition } from '@nuncio/listener'
import type { HttpServices } from '../http-services/http-services.ts'
import { type ExtAuthzConfig, NetworkExtAuthz } from './ext-authz.ts'
import { networkExtAuthzHonours } from './honours.ts'

/** `envoy.filters.network.ext_authz`: lets a connection in when a service says that it may come. */
export const extAuthz: NetworkFilterDefinition<ExtAuthzConfig, HttpServices> = {
  name: 'envoy.filters.network.ext_authz',
  config: envoyMessage('envoy.extensions.filters.network.ext_authz.v3.ExtAuthz', networkExtAuthzHonours),
  stability: 'stable',
  terminal: false,
  create: (config, context) => new NetworkExtAuthz(config, context),
}
