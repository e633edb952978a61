import { envoyMessage, type Message } from '@nuncio/config'
import type { DownstreamTransport, TransportSocketDefinition } from '../../contracts.ts'
import { tlsHonours } from '@nuncio/tls'
import { TlsTransport } from '../tls/tls-transport.ts'

type Config = Message<'envoy.extensions.transport_sockets.starttls.v3.StartTlsConfig'>

/** Plaintext until a network filter asks for TLS (`connection.startSecureTransport()`). */
export const starttls: TransportSocketDefinition<Config> = {
  name: 'envoy.transport_sockets.starttls',
  config: envoyMessage('envoy.extensions.transport_sockets.starttls.v3.StartTlsConfig', {
    ...tlsHonours,
    'envoy.extensions.transport_sockets.starttls.v3.StartTlsConfig': '*',
    'envoy.extensions.transport_sockets.raw_buffer.v3.RawBuffer': '*',
  }),
  stability: 'stable',
  create: (config, context): DownstreamTransport => {
    const place = context.place.at('tls_socket_config', config.tls_socket_config)
    if (config.tls_socket_config === undefined) place.error('missing-field', 'starttls needs a tls_socket_config')
    return new TlsTransport(config.tls_socket_config ?? {}, { ...context, place }, false)
  },
}
