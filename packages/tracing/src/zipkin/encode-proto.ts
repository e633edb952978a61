import { WireWriter } from '@nuncio/config'
import type { TraceSpan } from '../span/trace-span.ts'
import type { WallClock } from '../span/wall-clock.ts'
import { bytes, fromHex, nested, text, varint } from '../wire/fields.ts'
import { ENDS, type ZipkinEndpoint } from './endpoint.ts'

// zipkin.proto3.ListOfSpans: field numbers and wire types.

const FIXED64 = 1
const KINDS = { client: 1, server: 2 } as const

/** Spans as a list of Zipkin's API v2, in protobuf. */
export function encodeZipkinProto(spans: readonly TraceSpan[], endpoint: ZipkinEndpoint, clock: WallClock): Uint8Array {
  const list = new WireWriter()
  for (const span of spans) nested(list, 1, (writer) => encodeSpan(writer, span, endpoint, clock))
  return list.finish()
}

function encodeSpan(writer: WireWriter, span: TraceSpan, endpoint: ZipkinEndpoint, clock: WallClock): void {
  const { traceId, parentId, spanId, shared } = span.id
  const [start, end] = [clock.micros(span.startMs), clock.micros(span.endMs)]
  bytes(writer, 1, fromHex(traceId))
  if (parentId !== '') bytes(writer, 2, fromHex(parentId))
  bytes(writer, 3, fromHex(spanId))
  varint(writer, 4, KINDS[span.kind])
  text(writer, 5, span.operation)
  moment(writer, 6, start)
  varint(writer, 7, Math.max(0, end - start))
  nested(writer, 8, (inner) => {
    text(inner, 1, endpoint.serviceName)
    bytes(inner, 2, Uint8Array.from(endpoint.address.split('.'), Number))
  })
  for (const { name, atMs } of span.events ?? []) annotation(writer, clock.micros(atMs), name)
  annotation(writer, end, ENDS[span.kind])
  for (const [name, value] of span.attributes ?? [])
    nested(writer, 11, (pair) => {
      text(pair, 1, name)
      text(pair, 2, String(value))
    })
  if (shared === true) varint(writer, 13, 1)
}

function annotation(writer: WireWriter, micros: number, value: string): void {
  nested(writer, 10, (inner) => {
    moment(inner, 1, micros)
    text(inner, 2, value)
  })
}

function moment(writer: WireWriter, field: number, micros: number): void {
  writer.tag(field, FIXED64)
  writer.fixed64('fixed64', micros)
}
