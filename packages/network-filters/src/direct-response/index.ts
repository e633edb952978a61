import { envoyMessage, type Message } from '@nuncio/config'
import type { NetworkFilterDefinition } from '@nuncio/listener'
import { readDataSource } from '../data-source/data-source.ts'
import type { HttpServices } from '../http-services/http-services.ts'
import { directResponseHonours } from './honours.ts'

type Config = Message<'envoy.extensions.filters.network.direct_response.v3.Config'>

/** `envoy.filters.network.direct_response`: says one thing to whoever connects, and closes. */
export const directResponse: NetworkFilterDefinition<Config, HttpServices> = {
  name: 'envoy.filters.network.direct_response',
  config: envoyMessage('envoy.extensions.filters.network.direct_response.v3.Config', directResponseHonours),
  stability: 'stable',
  terminal: true,
  create: ({ response }, { services }) => {
    const bytes = response === undefined ? undefined : readDataSource(response, services.platform)
    return {
      accept: (connection) => {
        if (bytes !== undefined && bytes.length > 0) connection.socket.write(bytes)
        // A client that is still sending would lose the answer to a reset if its bytes were not taken.
        connection.close('flush-and-wait')
      },
    }
  },
}
