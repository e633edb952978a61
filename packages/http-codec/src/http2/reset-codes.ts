import type { ResetReason } from '@nuncio/core'
import { constants } from 'node:http2'

const { NGHTTP2_CONNECT_ERROR, NGHTTP2_INTERNAL_ERROR, NGHTTP2_NO_ERROR } = constants
const { NGHTTP2_PROTOCOL_ERROR, NGHTTP2_REFUSED_STREAM } = constants

const CODES: Readonly<Partial<Record<ResetReason, number>>> = {
  'local refused stream reset': NGHTTP2_REFUSED_STREAM,
  'remote refused stream reset': NGHTTP2_REFUSED_STREAM,
  overflow: NGHTTP2_REFUSED_STREAM,
  'protocol error': NGHTTP2_PROTOCOL_ERROR,
  'remote error with CONNECT request': NGHTTP2_CONNECT_ERROR,
  'local reset': NGHTTP2_NO_ERROR,
  'overload manager reset': NGHTTP2_NO_ERROR,
}

/** The RST_STREAM code that tells a peer of a reset. */
export function codeOfReset(reason: ResetReason): number {
  return CODES[reason] ?? NGHTTP2_INTERNAL_ERROR
}

/** What a peer's RST_STREAM code means. */
export function resetOfCode(code: number): ResetReason {
  if (code === NGHTTP2_REFUSED_STREAM) return 'remote refused stream reset'
  if (code === NGHTTP2_CONNECT_ERROR) return 'remote error with CONNECT request'
  return 'remote reset'
}
