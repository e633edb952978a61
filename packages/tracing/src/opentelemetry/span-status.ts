import type { TraceSpan } from '../span/trace-span.ts'

/** gRPC statuses by which a server says that it failed; a client takes any but 0 for that. */
const SERVER_FAULTS: ReadonlySet<unknown> = new Set(['2', '4', '12', '13', '14', '15'])

/** Whether the status of a span is an error, as OpenTelemetry's conventions for HTTP and gRPC have it. */
export function isFailed({ attributes, kind }: TraceSpan): boolean {
  const grpc = attributes?.get('grpc.status_code')
  if (grpc !== undefined) return kind === 'client' ? grpc !== '0' : SERVER_FAULTS.has(grpc)
  return Number(attributes?.get('http.status_code') ?? 0) >= (kind === 'client' ? 400 : 500)
}
