import { envoyMessage, type Message } from '@nuncio/config'
import type { ResourceMonitorDefinition } from '../contracts.ts'

export const DOWNSTREAM_CONNECTIONS =
  'envoy.extensions.resource_monitors.downstream_connections.v3.DownstreamConnectionsConfig'

/** `envoy.resource_monitors.global_downstream_max_connections`: also a hard limit, see `GlobalConnectionLimit`. */
export const downstreamConnections: ResourceMonitorDefinition<Message<typeof DOWNSTREAM_CONNECTIONS>> = {
  name: 'envoy.resource_monitors.global_downstream_max_connections',
  config: envoyMessage(DOWNSTREAM_CONNECTIONS, { [DOWNSTREAM_CONNECTIONS]: '*' }),
  create: (config, { connections }) => ({
    pressure: () => connections() / (config.max_active_downstream_connections ?? Number.POSITIVE_INFINITY),
  }),
}
