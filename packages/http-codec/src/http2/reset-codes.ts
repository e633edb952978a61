import type { ResetReason } from '@nuncio/core'
import { constants } from 'node:http2'

/** The RST_STREAM code that tells a peer of a reset. */
export function codeOfReset(reason: ResetReason): number {
  switch (reason) {
    case 'local refused stream reset':
    case 'remote refused stream reset':
    case 'overflow':
      return constants.NGHTTP2_REFUSED_STREAM
    case 'protocol error':
      return constants.NGHTTP2_PROTOCOL_ERROR
    case 'remote error with CONNECT request':
      return constants.NGHTTP2_CONNECT_ERROR
    case 'local reset':
    case 'overload manager reset':
      return constants.NGHTTP2_NO_ERROR
    default:
      return constants.NGHTTP2_INTERNAL_ERROR
  }
}

/** What a peer's RST_STREAM code means. */
export function resetOfCode(code: number): ResetReason {
  if (code === constants.NGHTTP2_REFUSED_STREAM) return 'remote refused stream reset'
  if (code === constants.NGHTTP2_CONNECT_ERROR) return 'remote error with CONNECT request'
  return 'remote reset'
}
