import { type HeaderMap, type HeaderTable, REMOVED, type RequestHeaders, type ResponseHeaders } from '@nuncio/core'
import { asTable, safeValue } from '../../http1/head-writer.ts'
import type { HpackEncoder } from '../hpack/encoder.ts'
import { type OutgoingName, outgoingId, outgoingName } from '../hpack/outgoing-name.ts'

const METHOD = outgoingName(':method')!
const SCHEME = outgoingName(':scheme')!
const AUTHORITY = outgoingName(':authority')!
const PATH = outgoingName(':path')!
const PROTOCOL = outgoingName(':protocol')!
const HOST = outgoingName('host')!
const TE = outgoingName('te')!
const LAST_CONNECTION_FIELD = 8
const TRAILER = outgoingName('trailer')!

/** Encodes the block of a response. */
export function encodeResponse(encoder: HpackEncoder, headers: ResponseHeaders): void {
  encoder.begin()
  // The answer to an extended CONNECT is 200 where HTTP/1.1 says 101.
  encoder.status(headers.status === 101 ? 200 : headers.status)
  encodeLines(encoder, asTable(headers))
}

/** Encodes the block of a request; an upgrade becomes an extended CONNECT (RFC 8441). */
export function encodeRequest(encoder: HpackEncoder, headers: RequestHeaders): void {
  const { authority, method, path, protocol, scheme } = headers
  encoder.begin()
  encoder.field(METHOD, protocol === '' ? safeValue(method) : 'CONNECT')
  if (method !== 'CONNECT' || protocol !== '') {
    encoder.field(SCHEME, scheme === '' ? 'http' : safeValue(scheme))
    encoder.field(PATH, path === '' ? '/' : safeValue(path))
  }
  if (authority !== '') encoder.field(AUTHORITY, safeValue(authority))
  if (protocol !== '') encoder.field(PROTOCOL, safeValue(protocol))
  encodeLines(encoder, asTable(headers))
}

export function encodeTrailers(encoder: HpackEncoder, trailers: HeaderMap): void {
  encoder.begin()
  encodeLines(encoder, asTable(trailers))
}

function encodeLines(encoder: HpackEncoder, table: HeaderTable): void {
  const { added, count, ids, replaced } = table
  for (let line = 0; line < count; line++) {
    const id = ids[line]!
    if (id === REMOVED) continue
    const name = id > 0 ? outgoingId(id) : outgoingName(table.nameAt(line))
    if (name === undefined) continue
    const value = table.valueAt(line)
    encodeLine(encoder, name, replaced === undefined ? value : safeValue(value))
  }
  if (added === undefined) return
  for (let i = 0; i < added.length; i += 2) {
    const name = outgoingName(added[i]!)
    if (name !== undefined) encodeLine(encoder, name, safeValue(added[i + 1]!))
  }
}

/** A field, unless it concerns one connection only or has another form in HTTP/2. */
function encodeLine(encoder: HpackEncoder, name: OutgoingName, value: string): void {
  if (name.id > 0 && name.id <= LAST_CONNECTION_FIELD) {
    if (name !== TRAILER && !(name === TE && value === 'trailers')) return
  } else if (name === HOST || name.text.charCodeAt(0) === 58) return
  encoder.field(name, value)
}
