import { connectionInfo, type ConnectionInfo, requestHeaders, responseHeaders, StreamInfo } from '@nuncio/core'
import { type FormatContext, formatContext } from '../context.ts'

/** A plain TCP connection for tests; fields may be replaced. */
export function testConnection(fields: Partial<ConnectionInfo> = {}): ConnectionInfo {
  return connectionInfo({
    id: 3,
    remote: { address: '10.20.30.40', port: 5000 },
    directRemote: { address: '127.0.0.1', port: 6000 },
    local: { address: '127.0.0.1', port: 8080 },
    listenerName: 'l',
    filterChainName: 'chain-a',
    startMs: 1_000_003,
    ...fields,
  })
}

type Pairs = Iterable<readonly [string, string]>

/** A stream that was answered with 200 by an upstream host, 12 ms after it began on 2026-11-22 11:25:59.250 UTC. */
export function testContext(
  request: Pairs = [],
  response: Pairs = [['server', 'envoy']],
  info: Partial<StreamInfo> = {},
  connection: Partial<ConnectionInfo> = {},
): FormatContext {
  const stream = new StreamInfo(testConnection(connection), 1_000_003, 1_795_346_759_250)
  const requestHead = requestHeaders([[':method', 'GET'], [':path', '/dr/a?x=1&y=%41b&x=2'], [':authority', 'Ex.Com:81'], [':scheme', 'http'], ...request]) // prettier-ignore
  Object.assign(stream, {
    protocol: 'HTTP/1.1',
    requestId: '5b866ed4-1a12-4bc9-896d-de8dfed6a9cb',
    routeName: 'self',
    upstreamCluster: 'self',
    upstreamHost: { address: '127.0.0.1:28470', hostname: 'self.example:99' },
    upstreamLocal: { address: '127.0.0.1', port: 40_000 },
    upstreamProtocol: 'HTTP/1.1',
    details: 'via_upstream',
    status: 200,
    bytesSent: 5,
    attempts: 1,
    lastDownstreamRxMs: 1_000_003.4,
    firstUpstreamTxMs: 1_000_004,
    lastUpstreamTxMs: 1_000_005,
    firstUpstreamRxMs: 1_000_010.9,
    lastUpstreamRxMs: 1_000_012,
    firstDownstreamTxMs: 1_000_013,
    lastDownstreamTxMs: 1_000_014.5,
    endMs: 1_000_015.2,
    ...info,
  })
  return formatContext(stream, requestHead, responseHeaders(stream.status, response))
}
