import { envoyMessage, type Message } from '@nuncio/config'
import type { TransportSocketDefinition } from '../../contracts.ts'
import { tlsHonours } from '@nuncio/tls'
import { TlsTransport } from './tls-transport.ts'

type Config = Message<'envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext'>

/** TLS towards clients. */
export const tls: TransportSocketDefinition<Config> = {
  name: 'envoy.transport_sockets.tls',
  config: envoyMessage('envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext', tlsHonours),
  stability: 'stable',
  create: (config, context) => new TlsTransport(config, context, true),
}
