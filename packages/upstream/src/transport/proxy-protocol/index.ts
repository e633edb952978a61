import { envoyMessage, type Message } from '@nuncio/config'
import type { UpstreamTransportDefinition } from '../definition.ts'
import { inTurn } from '../in-turn.ts'
import { RequestFact } from '../transport.ts'
import { decideContents } from './contents.ts'
import { ProxyProtocolPreamble } from './preamble.ts'

const TYPE = 'envoy.extensions.transport_sockets.proxy_protocol.v3.ProxyProtocolUpstreamTransport'

/** A PROXY protocol header, then another transport socket. */
export const upstreamProxyProtocol: UpstreamTransportDefinition<Message<typeof TYPE>> = {
  name: 'envoy.transport_sockets.upstream_proxy_protocol',
  config: envoyMessage(TYPE, {
    [TYPE]: {
      honoured: ['config', 'transport_socket', 'tlv_as_pool_key'],
      unsupported: { allow_unspecified_address: 'addresses of two families are told as those of IPv6' },
    },
    'envoy.config.core.v3.ProxyProtocolConfig': '*',
    'envoy.config.core.v3.ProxyProtocolPassThroughTLVs': '*',
    // Nothing is known here that a format could print.
    'envoy.config.core.v3.TlvEntry': ['type', 'value'],
  }),
  stability: 'stable',
  create(config, context) {
    const inner = context.inner(config.transport_socket, 'transport_socket')
    const own = new ProxyProtocolPreamble(
      decideContents(config.config ?? {}, context.place.at('config', config.config)),
    )
    const tlvs = config.tlv_as_pool_key === true ? RequestFact.tlvs : 0
    return {
      ...inner,
      name: 'envoy.transport_sockets.upstream_proxy_protocol',
      preamble: inTurn(own, inner.preamble),
      requestFacts: inner.requestFacts | RequestFact.downstreamAddresses | tlvs,
      dispose: () => inner.dispose(),
    }
  },
}
