import { envoyMessage } from '@nuncio/config'
import type { DownstreamTransport, TransportSocketDefinition } from '../../contracts.ts'

/** Plaintext: the connection goes straight to its network filters. */
const transport: DownstreamTransport = {
  protocol: 'raw_buffer',
  direct: true,
  canStartSecure: false,
  secure: (socket) => socket,
  dispose: () => {},
}

export const rawBuffer: TransportSocketDefinition = {
  name: 'envoy.transport_sockets.raw_buffer',
  config: envoyMessage('envoy.extensions.transport_sockets.raw_buffer.v3.RawBuffer', {
    'envoy.extensions.transport_sockets.raw_buffer.v3.RawBuffer': '*',
  }),
  stability: 'stable',
  create: () => transport,
}
