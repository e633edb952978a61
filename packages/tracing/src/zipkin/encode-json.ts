import type { TraceSpan } from '../span/trace-span.ts'
import type { WallClock } from '../span/wall-clock.ts'
import { ENDS, type ZipkinEndpoint } from './endpoint.ts'

const KINDS = { server: 'SERVER', client: 'CLIENT' } as const

/** Spans as a list of Zipkin's API v2, in JSON. */
export function encodeZipkinJson(spans: readonly TraceSpan[], endpoint: ZipkinEndpoint, clock: WallClock): string {
  const localEndpoint = endpointOf(endpoint)
  return JSON.stringify(spans.map((span) => jsonSpan(span, localEndpoint, clock)))
}

function jsonSpan(span: TraceSpan, localEndpoint: object, clock: WallClock): object {
  const { id, kind } = span
  const timestamp = clock.micros(span.startMs)
  const end = clock.micros(span.endMs)
  const events = (span.events ?? []).map(({ name, atMs }) => ({ timestamp: clock.micros(atMs), value: name }))
  return {
    traceId: id.traceId,
    ...(id.parentId !== '' && { parentId: id.parentId }),
    id: id.spanId,
    kind: KINDS[kind],
    name: span.operation,
    timestamp,
    duration: Math.max(0, end - timestamp),
    localEndpoint,
    annotations: [...events, { timestamp: end, value: ENDS[kind] }],
    tags: Object.fromEntries([...(span.attributes ?? [])].map(([name, value]) => [name, String(value)])),
    ...(id.shared === true && { shared: true }),
  }
}

function endpointOf({ serviceName, address }: ZipkinEndpoint): object {
  return { serviceName, ipv4: address, port: 0 }
}
