import { decode, type MessageName, type MessageSpec, schemaWith } from '@nuncio/config'

/** A span as a collector reads it. */
export interface OtlpSpan {
  /** Hex digits. */
  readonly traceId: string
  readonly spanId: string
  /** '' = none. */
  readonly parentId: string
  readonly state: string
  readonly name: string
  readonly kind: number
  /** Milliseconds since 1970-01-01 UTC. */
  readonly startMs: number
  readonly endMs: number
  readonly attributes: Readonly<Record<string, unknown>>
  readonly events: readonly string[]
  /** 2 is an error. */
  readonly status: number
  readonly flags: number
}

export interface OtlpExport {
  readonly resource: Readonly<Record<string, unknown>>
  readonly scope: { readonly name: string; readonly version: string } | undefined
  readonly spans: readonly OtlpSpan[]
}

const REQUEST = 'test.otlp.ExportTraceServiceRequest'
const KEY_VALUE = 'opentelemetry.proto.common.v1.KeyValue'
/** What is read of OpenTelemetry's protos, as they are published: names, numbers and types of the fields. */
const MESSAGES: Readonly<Record<string, MessageSpec>> = {
  [REQUEST]: { f: { resource_spans: { t: 'test.otlp.ResourceSpans', n: 1, a: 1 } } },
  'test.otlp.ResourceSpans': {
    f: { resource: { t: 'test.otlp.Resource', n: 1 }, scope_spans: { t: 'test.otlp.ScopeSpans', n: 2, a: 1 } },
  },
  'test.otlp.Resource': { f: { attributes: { t: KEY_VALUE, n: 1, a: 1 } } },
  'test.otlp.ScopeSpans': { f: { scope: { t: 'test.otlp.Scope', n: 1 }, spans: { t: 'test.otlp.Span', n: 2, a: 1 } } },
  'test.otlp.Scope': { f: { name: { t: 'string', n: 1 }, version: { t: 'string', n: 2 } } },
  'test.otlp.Span': {
    f: {
      trace_id: { t: 'bytes', n: 1 },
      span_id: { t: 'bytes', n: 2 },
      trace_state: { t: 'string', n: 3 },
      parent_span_id: { t: 'bytes', n: 4 },
      name: { t: 'string', n: 5 },
      kind: { t: 'uint32', n: 6 },
      start_time_unix_nano: { t: 'fixed64', n: 7 },
      end_time_unix_nano: { t: 'fixed64', n: 8 },
      attributes: { t: KEY_VALUE, n: 9, a: 1 },
      events: { t: 'test.otlp.Event', n: 11, a: 1 },
      status: { t: 'test.otlp.Status', n: 15 },
      flags: { t: 'fixed32', n: 16 },
    },
  },
  'test.otlp.Event': { f: { time_unix_nano: { t: 'fixed64', n: 1 }, name: { t: 'string', n: 2 } } },
  'test.otlp.Status': { f: { message: { t: 'string', n: 2 }, code: { t: 'uint32', n: 3 } } },
}
const SCHEMA = schemaWith([{ type: REQUEST, honours: {}, messages: MESSAGES }])

interface Pair {
  readonly key?: string
  readonly value?: Readonly<Record<string, unknown>>
}

interface WireSpan {
  readonly trace_id: Uint8Array
  readonly span_id: Uint8Array
  readonly trace_state?: string
  readonly parent_span_id?: Uint8Array
  readonly name?: string
  readonly kind?: number
  readonly start_time_unix_nano?: number
  readonly end_time_unix_nano?: number
  readonly attributes?: readonly Pair[]
  readonly events?: readonly { readonly name?: string }[]
  readonly status?: { readonly code?: number }
  readonly flags?: number
}

interface WireRequest {
  readonly resource_spans?: readonly {
    readonly resource?: { readonly attributes?: readonly Pair[] }
    readonly scope_spans?: readonly {
      readonly scope?: { readonly name?: string; readonly version?: string }
      readonly spans?: readonly WireSpan[]
    }[]
  }[]
}

/** What a collector reads of an `ExportTraceServiceRequest`; throws when the bytes are none. */
export function readOtlp(bytes: Uint8Array): OtlpExport {
  const request = decode(REQUEST as MessageName, bytes, SCHEMA) as WireRequest | undefined
  if (request === undefined) throw new TypeError('these bytes are no ExportTraceServiceRequest')
  const [resourceSpans] = request.resource_spans ?? []
  const [scopeSpans] = resourceSpans?.scope_spans ?? []
  const scope = scopeSpans?.scope
  return {
    resource: valuesOf(resourceSpans?.resource?.attributes),
    scope: scope && { name: scope.name ?? '', version: scope.version ?? '' },
    spans: (scopeSpans?.spans ?? []).map((span) => spanOf(span)),
  }
}

function spanOf(span: WireSpan): OtlpSpan {
  return {
    traceId: hex(span.trace_id),
    spanId: hex(span.span_id),
    parentId: hex(span.parent_span_id),
    state: span.trace_state ?? '',
    name: span.name ?? '',
    kind: span.kind ?? 0,
    startMs: Number(span.start_time_unix_nano) / 1e6,
    endMs: Number(span.end_time_unix_nano) / 1e6,
    attributes: valuesOf(span.attributes),
    events: (span.events ?? []).map(({ name }) => name ?? ''),
    status: span.status?.code ?? 0,
    flags: span.flags ?? 0,
  }
}

function valuesOf(pairs: readonly Pair[] | undefined): Record<string, unknown> {
  return Object.fromEntries((pairs ?? []).map(({ key = '', value = {} }) => [key, Object.values(value)[0]]))
}

function hex(bytes: Uint8Array | undefined): string {
  return [...(bytes ?? [])].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}
