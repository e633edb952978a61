import type { TransportOptions } from '@nuncio/cluster'
import { envoyMessage, type Message } from '@nuncio/config'
import type { UpstreamTransportDefinition } from '../definition.ts'
import { type Preamble, RequestFact } from '../transport.ts'
import type { Socket } from 'node:net'
import { decideContents } from './contents.ts'
import { ProxyProtocolPreamble } from './preamble.ts'

const TYPE = 'envoy.extensions.transport_sockets.proxy_protocol.v3.ProxyProtocolUpstreamTransport'

/** A PROXY protocol header, then another transport socket. */
export const upstreamProxyProtocol: UpstreamTransportDefinition<Message<typeof TYPE>> = {
  name: 'envoy.transport_sockets.upstream_proxy_protocol',
  config: envoyMessage(TYPE, {
    [TYPE]: ['config', 'transport_socket', 'tlv_as_pool_key'],
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
      preamble: inner.preamble === undefined ? own : new InTurn(own, inner.preamble),
      requestFacts: inner.requestFacts | RequestFact.downstreamAddresses | tlvs,
      dispose: () => inner.dispose(),
    }
  },
}

/** Two preambles, the outer transport's first. */
class InTurn implements Preamble {
  readonly #first: Preamble
  readonly #second: Preamble

  constructor(first: Preamble, second: Preamble) {
    this.#first = first
    this.#second = second
  }

  run(socket: Socket, options: TransportOptions | undefined, done: (failure: string) => void): void {
    this.#first.run(socket, options, (failure) => {
      if (failure === '') this.#second.run(socket, options, done)
      else done(failure)
    })
  }
}
