import type { AnyTransportDefinition } from './definition.ts'
import { upstreamProxyProtocol } from './proxy-protocol/index.ts'
import { rawBuffer } from './raw-buffer/index.ts'
import { upstreamTls } from './tls/index.ts'

/** The transport sockets that come with this package. */
export const UPSTREAM_TRANSPORTS: readonly AnyTransportDefinition[] = [rawBuffer, upstreamTls, upstreamProxyProtocol]
