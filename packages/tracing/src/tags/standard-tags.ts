import type { FormatContext } from '@nuncio/access-log'
import { formatAddress, type RequestHeaders, type SocketAddress, type Span, type StreamInfo } from '@nuncio/core'
import { tagGrpcRequest, tagGrpcResponse } from './grpc-tags.ts'
import { unicode } from './unicode.ts'

/** What Envoy says of every request on its span. */
export function tagRequest(span: Span, context: FormatContext, grpc: boolean, maxPathLength: number): void {
  const { info, request } = context
  if (request !== undefined) {
    const id = request.get('x-request-id')
    if (id !== undefined) span.setAttribute('guid:x-request-id', unicode(id))
    span.setAttribute('http.url', originalUrl(request, maxPathLength))
    span.setAttribute('http.method', request.method)
    span.setAttribute('downstream_cluster', unicode(request.get('x-envoy-downstream-service-cluster') ?? '-'))
    span.setAttribute('user_agent', unicode(request.get('user-agent') ?? '-'))
    span.setAttribute('http.protocol', info.protocol || '-')
    span.setAttribute('peer.address', plainAddress(info.connection.directRemote))
    const client = request.get('x-client-trace-id')
    if (client !== undefined) span.setAttribute('guid:x-client-trace-id', unicode(client))
    if (grpc) tagGrpcRequest(span, request)
  }
  span.setAttribute('request_size', String(info.bytesReceived))
  span.setAttribute('response_size', String(info.bytesSent))
}

/** Without its port. */
function plainAddress(address: SocketAddress): string {
  return address.port === 0 ? formatAddress(address) : address.address
}

function originalUrl(headers: RequestHeaders, maxPathLength: number): string {
  const scheme = headers.get('x-forwarded-proto') ?? headers.scheme
  const path = headers.get('x-envoy-original-path') ?? headers.path
  return unicode(`${scheme}://${headers.authority}${path.slice(0, maxPathLength)}`)
}

/** What Envoy says of every try on its span. */
export function tagTry(span: Span, info: StreamInfo): void {
  span.setAttribute('http.protocol', info.upstreamProtocol || '-')
  if (info.upstreamHost === undefined) return
  span.setAttribute('upstream_address', info.upstreamHost.address)
  span.setAttribute('peer.address', info.upstreamHost.address)
}

/** What both have: which cluster, and how it ended. */
export function tagOutcome(span: Span, context: FormatContext): void {
  const { info } = context
  span.setAttribute('component', 'proxy')
  if (info.upstreamCluster !== '') {
    span.setAttribute('upstream_cluster', info.upstreamCluster)
    span.setAttribute('upstream_cluster.name', info.upstreamClusterStatName || info.upstreamCluster)
  }
  span.setAttribute('http.status_code', String(info.status))
  span.setAttribute('response_flags', info.flagsText)
  if (info.status === 0 || info.status >= 500) span.setAttribute('error', 'true')
  tagGrpcResponse(span, context.response)
  tagGrpcResponse(span, context.responseTrailers)
}
