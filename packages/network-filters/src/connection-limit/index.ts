import { envoyMessage } from '@nuncio/config'
import type { NetworkFilterDefinition } from '@nuncio/listener'
import { configPlace } from '@nuncio/matching'
import { ConnectionLimit, type ConnectionLimitConfig } from './connection-limit.ts'
import { connectionLimitHonours } from './honours.ts'

/** `envoy.filters.network.connection_limit`: lets only so many connections be open at once. */
export const connectionLimit: NetworkFilterDefinition<ConnectionLimitConfig> = {
  name: 'envoy.filters.network.connection_limit',
  config: envoyMessage('envoy.extensions.filters.network.connection_limit.v3.ConnectionLimit', connectionLimitHonours),
  stability: 'stable',
  terminal: false,
  create(config, context) {
    if (config.max_connections === undefined)
      configPlace(config, context).error('missing-field', 'a limit of connections needs max_connections')
    return new ConnectionLimit(config, context)
  },
}
