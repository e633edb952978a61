import { envoyMessage, type Message } from '@nuncio/config'
import type {
  ListenerFilter,
  ListenerFilterContext,
  ListenerFilterDefinition,
  ListenerFilterVerdict,
  PendingConnection,
} from '../../contracts.ts'
import { ja3, ja4, MAX_CLIENT_HELLO_BYTES, readClientHello } from '@nuncio/tls'

type Config = Message<'envoy.extensions.filters.listener.tls_inspector.v3.TlsInspector'>

/** Tells TLS from plaintext, and of TLS the server name and the application protocols that the client asks for. */
export const tlsInspector: ListenerFilterDefinition<Config> = {
  name: 'envoy.filters.listener.tls_inspector',
  config: envoyMessage('envoy.extensions.filters.listener.tls_inspector.v3.TlsInspector', {
    'envoy.extensions.filters.listener.tls_inspector.v3.TlsInspector': {
      honoured: [
        'enable_ja3_fingerprinting',
        'enable_ja4_fingerprinting',
        'close_connection_on_client_hello_parsing_errors',
        'max_client_hello_size',
      ],
      noEffect: { initial_read_buffer_size: 'bytes are looked at as they come' },
    },
  }),
  stability: 'stable',
  maxBytes: () => MAX_CLIENT_HELLO_BYTES,
  create: (config, context) => makeTlsInspector(config, context),
}

function makeTlsInspector(config: Config, { stats }: ListenerFilterContext): ListenerFilter {
  const limit = config.max_client_hello_size ?? MAX_CLIENT_HELLO_BYTES
  const closesRubbish = config.close_connection_on_client_hello_parsing_errors ?? false
  const takesJa3 = config.enable_ja3_fingerprinting ?? false
  const takesJa4 = config.enable_ja4_fingerprinting ?? false
  const scope = stats.scope('tls_inspector.')
  const tooLarge = scope.counter('client_hello_too_large')
  const found = scope.counter('tls_found')
  const notFound = scope.counter('tls_not_found')
  const alpnFound = scope.counter('alpn_found')
  const alpnNotFound = scope.counter('alpn_not_found')
  const sniFound = scope.counter('sni_found')
  const sniNotFound = scope.counter('sni_not_found')
  const bytes = scope.histogram('bytes_processed')

  function onData(data: Buffer, connection: PendingConnection): ListenerFilterVerdict {
    const reading = readClientHello(data.subarray(0, limit))
    if (typeof reading === 'number' && reading <= limit) return reading
    bytes.record(data.length)
    if (typeof reading === 'number' || reading === 'too-large') {
      tooLarge.inc()
      connection.terminationDetails = 'client_hello_too_large'
      return 'close'
    }
    if (reading === 'not-tls') {
      notFound.inc()
      connection.detectedTransportProtocol = 'raw_buffer'
      return closesRubbish ? 'close' : 'continue'
    }
    found.inc()
    const { serverName, protocols } = reading
    const sni = serverName === '' ? sniNotFound : sniFound
    const alpn = protocols.length === 0 ? alpnNotFound : alpnFound
    sni.inc()
    alpn.inc()
    connection.detectedTransportProtocol = 'tls'
    connection.serverName = serverName
    if (takesJa3) connection.ja3 = ja3(reading)
    if (takesJa4) connection.ja4 = ja4(reading)
    if (protocols.length > 0) connection.requestedApplicationProtocols = protocols
    return 'continue'
  }
  return { onAccept: () => 1, onData }
}
