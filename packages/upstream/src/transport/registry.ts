import { envoyMessage } from '@nuncio/config'
import { type AnyTransportDefinition, RAW, type UpstreamTransportDefinition } from './definition.ts'
import { http11Proxy } from './http-11-proxy/index.ts'
import { upstreamProxyProtocol } from './proxy-protocol/index.ts'
import { upstreamTls } from './tls/index.ts'

const RAW_BUFFER = 'envoy.extensions.transport_sockets.raw_buffer.v3.RawBuffer'

/** Bytes as they are: what a cluster without a transport socket has. */
const rawBuffer: UpstreamTransportDefinition = {
  name: 'envoy.transport_sockets.raw_buffer',
  config: envoyMessage(RAW_BUFFER, { [RAW_BUFFER]: '*' }),
  stability: 'stable',
  create: () => RAW,
}

/** The transport sockets that come with this package. */
export const UPSTREAM_TRANSPORTS: readonly AnyTransportDefinition[] = [
  rawBuffer,
  upstreamTls,
  upstreamProxyProtocol,
  http11Proxy,
]
