import { WireWriter } from '@nuncio/config'
import type { AttributeValue } from '@nuncio/core'
import type { TraceSpan } from '../span/trace-span.ts'
import type { WallClock } from '../span/wall-clock.ts'
import { bytes, fromHex, nested, text, varint } from '../wire/fields.ts'
import { isFailed } from './span-status.ts'

// opentelemetry/proto/collector/trace/v1/trace_service.proto and what it includes: field numbers and wire types.

const FIXED64 = 1
const CHUNK = 2
const FIXED32 = 5
const KINDS = { server: 2, client: 3 } as const
const STATUS_ERROR = 2
const FLAG_SAMPLED = 1
const FLAG_REMOTE_IS_KNOWN = 0x100
const FLAG_PARENT_IS_REMOTE = 0x200

/** What all spans of an export come from. */
export interface ExportOrigin {
  /** Attributes of the resource. */
  readonly resource: ReadonlyMap<string, string>
  /** Undefined: none is named. */
  readonly scope: { readonly name: string; readonly version: string } | undefined
}

/** Spans as an `ExportTraceServiceRequest`. */
export function encodeOtlp(spans: readonly TraceSpan[], origin: ExportOrigin, clock: WallClock): Uint8Array {
  const request = new WireWriter()
  nested(request, 1, (resourceSpans) => {
    nested(resourceSpans, 1, (resource) => {
      for (const [name, value] of origin.resource) attribute(resource, 1, name, value)
    })
    nested(resourceSpans, 2, (scopeSpans) => {
      const { scope } = origin
      if (scope !== undefined)
        nested(scopeSpans, 1, (writer) => {
          text(writer, 1, scope.name)
          text(writer, 2, scope.version)
        })
      for (const span of spans) nested(scopeSpans, 2, (writer) => encodeSpan(writer, span, clock))
    })
  })
  return request.finish()
}

function encodeSpan(writer: WireWriter, span: TraceSpan, clock: WallClock): void {
  const { traceId, spanId, parentId, remoteParent, baggage } = span.id
  bytes(writer, 1, fromHex(traceId))
  bytes(writer, 2, fromHex(spanId))
  text(writer, 3, baggage)
  if (parentId !== '') bytes(writer, 4, fromHex(parentId))
  text(writer, 5, span.operation)
  varint(writer, 6, KINDS[span.kind])
  moment(writer, 7, span.startMs, clock)
  moment(writer, 8, span.endMs, clock)
  for (const [name, value] of span.attributes ?? []) attribute(writer, 9, name, value)
  for (const event of span.events ?? [])
    nested(writer, 11, (inner) => {
      moment(inner, 1, event.atMs, clock)
      text(inner, 2, event.name)
    })
  if (isFailed(span)) nested(writer, 15, (status) => varint(status, 3, STATUS_ERROR))
  writer.tag(16, FIXED32)
  writer.fixed32('fixed32', FLAG_SAMPLED | FLAG_REMOTE_IS_KNOWN | (remoteParent ? FLAG_PARENT_IS_REMOTE : 0))
}

function attribute(writer: WireWriter, field: number, name: string, value: AttributeValue): void {
  nested(writer, field, (pair) => {
    text(pair, 1, name)
    nested(pair, 2, (any) => anyValue(any, value))
  })
}

/** `AnyValue`: the one that is there says the type, so that an empty text and zero are written as well. */
function anyValue(writer: WireWriter, value: AttributeValue): void {
  if (typeof value === 'string') {
    writer.tag(1, CHUNK)
    writer.text(value)
  } else if (typeof value === 'boolean') varint(writer, 2, value ? 1 : 0)
  else if (Number.isSafeInteger(value)) varint(writer, 3, value)
  else {
    writer.tag(4, FIXED64)
    writer.fixed64('double', value)
  }
}

function moment(writer: WireWriter, field: number, monotonicMs: number, clock: WallClock): void {
  writer.tag(field, FIXED64)
  writer.fixed64('fixed64', clock.micros(monotonicMs) * 1000)
}
