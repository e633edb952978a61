import { envoyMessage } from '@nuncio/config'
import type {
  ListenerFilter,
  ListenerFilterContext,
  ListenerFilterDefinition,
  ListenerFilterVerdict,
  PendingConnection,
} from '../../contracts.ts'
import { detectHttp } from './request-line.ts'

/** A request line may be as long as it is in Envoy. */
const MAX_BYTES = 65_536

/** Tells whether plaintext is HTTP/1.0, HTTP/1.1 or HTTP/2, as an application protocol to match on. */
export const httpInspector: ListenerFilterDefinition = {
  name: 'envoy.filters.listener.http_inspector',
  config: envoyMessage('envoy.extensions.filters.listener.http_inspector.v3.HttpInspector', {
    'envoy.extensions.filters.listener.http_inspector.v3.HttpInspector': '*',
  }),
  stability: 'stable',
  maxBytes: () => MAX_BYTES,
  create: (_, context) => makeHttpInspector(context),
}

function makeHttpInspector({ stats }: ListenerFilterContext): ListenerFilter {
  const scope = stats.scope('http_inspector.')
  const readError = scope.counter('read_error')
  const notFound = scope.counter('http_not_found')
  const found = {
    'http/1.0': scope.counter('http10_found'),
    'http/1.1': scope.counter('http11_found'),
    h2c: scope.counter('http2_found'),
  }

  function onData(data: Buffer, connection: PendingConnection): ListenerFilterVerdict {
    const detected = detectHttp(data)
    if (detected === 'wait') {
      if (data.length < MAX_BYTES) return data.length + 1
      readError.inc()
      connection.terminationDetails = 'http_inspector_line_too_long'
      return 'close'
    }
    if (detected === 'none') notFound.inc()
    else {
      found[detected].inc()
      connection.requestedApplicationProtocols = [detected]
    }
    return 'continue'
  }
  return {
    onAccept: (connection) => (connection.detectedTransportProtocol === 'tls' ? 'continue' : 1),
    onData,
  }
}
