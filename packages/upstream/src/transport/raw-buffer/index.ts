import { envoyMessage } from '@nuncio/config'
import { RAW, type UpstreamTransportDefinition } from '../definition.ts'

/** Bytes as they are: what a cluster without a transport socket has. */
export const rawBuffer: UpstreamTransportDefinition = {
  name: 'envoy.transport_sockets.raw_buffer',
  config: envoyMessage('envoy.extensions.transport_sockets.raw_buffer.v3.RawBuffer', {
    'envoy.extensions.transport_sockets.raw_buffer.v3.RawBuffer': '*',
  }),
  stability: 'stable',
  create: () => RAW,
}
