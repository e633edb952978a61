import type { HeaderMap, RequestHeaders, Span } from '@nuncio/core'
import { unicode } from './unicode.ts'

/** gRPC statuses that are the service's fault, not the caller's. */
const FAULTS: ReadonlySet<string> = new Set(['2', '4', '8', '12', '13', '14', '15'])

export function tagGrpcRequest(span: Span, headers: RequestHeaders): void {
  span.setAttribute('grpc.path', unicode(headers.path))
  span.setAttribute('grpc.authority', unicode(headers.authority))
  tagHeader(span, 'grpc.content_type', headers, 'content-type')
  tagHeader(span, 'grpc.timeout', headers, 'grpc-timeout')
}

/** Of headers or trailers, whichever hold the status. */
export function tagGrpcResponse(span: Span, headers: HeaderMap | undefined): void {
  if (headers === undefined) return
  tagHeader(span, 'grpc.status_code', headers, 'grpc-status')
  tagHeader(span, 'grpc.message', headers, 'grpc-message')
  if (FAULTS.has(headers.get('grpc-status') ?? '')) span.setAttribute('error', 'true')
}

function tagHeader(span: Span, tag: string, headers: HeaderMap, name: string): void {
  const value = headers.get(name)
  if (value !== undefined) span.setAttribute(tag, unicode(value))
}
