import { envoyMessage, type Message } from '@nuncio/config'
import { TlsClient, tlsHonours } from '@nuncio/tls'
import type { UpstreamTransportDefinition } from '../definition.ts'
import { RequestFact } from '../transport.ts'

const TYPE = 'envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext'

/** TLS towards the hosts of a cluster. */
export const upstreamTls: UpstreamTransportDefinition<Message<typeof TYPE>> = {
  name: 'envoy.transport_sockets.tls',
  config: envoyMessage(TYPE, tlsHonours),
  stability: 'stable',
  create(config, { http, ...context }) {
    // A cluster does not wait for its secrets: until they are there its connections fail, with a reason.
    const tls = new TlsClient(config, { ...context, waitFor: () => {} })
    return {
      name: 'envoy.transport_sockets.tls',
      preamble: undefined,
      tls,
      requestFacts:
        (http.auto_sni === true ? RequestFact.serverName : 0) |
        (http.auto_san_validation === true ? RequestFact.verifyName : 0),
      dispose: () => tls.dispose(),
    }
  },
}
