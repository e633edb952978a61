import { addressTarget } from '@nuncio/cluster'
import { envoyMessage, type Message } from '@nuncio/config'
import type { ConfigPlace } from '@nuncio/matching'
import type { UpstreamTransportDefinition } from '../definition.ts'
import type { DialAddress } from '../dial/address-order.ts'
import { inTurn } from '../in-turn.ts'
import { ConnectPreamble } from './connect-preamble.ts'

const TYPE = 'envoy.extensions.transport_sockets.http_11_proxy.v3.Http11ProxyUpstreamTransport'
const NAME = 'envoy.transport_sockets.http_11_proxy'

/** Another transport socket, through an HTTP/1.1 proxy that is asked with CONNECT to reach the host. */
export const http11Proxy: UpstreamTransportDefinition<Message<typeof TYPE>> = {
  name: NAME,
  config: envoyMessage(TYPE, { [TYPE]: '*' }),
  stability: 'alpha',
  create(config, context) {
    const inner = context.inner(config.transport_socket, 'transport_socket')
    const proxyAddress = proxyOf(config.default_proxy_address, context.place)
    const own = new ConnectPreamble(inner.tls !== undefined, proxyAddress !== undefined)
    return {
      ...inner,
      name: NAME,
      preamble: inTurn(own, inner.preamble),
      proxyAddress: proxyAddress ?? inner.proxyAddress,
      dispose: () => inner.dispose(),
    }
  },
}

function proxyOf(
  address: Message<'envoy.config.core.v3.Address'> | undefined,
  place: ConfigPlace,
): DialAddress | undefined {
  if (address === undefined) return undefined
  const target = addressTarget(address)
  if (target === undefined)
    place
      .at('default_proxy_address', address)
      .error('endpoints', 'a proxy needs a socket address (an IP address and a port) or a pipe')
  return target
}
