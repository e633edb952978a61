import type { ResetReason } from '@nuncio/core'
import {
  CANCEL,
  CONNECT_ERROR,
  INTERNAL_ERROR,
  NO_ERROR,
  PROTOCOL_ERROR,
  REFUSED_STREAM,
} from './frames/frame-types.ts'

const CODES: Readonly<Partial<Record<ResetReason, number>>> = {
  'local refused stream reset': REFUSED_STREAM,
  'remote refused stream reset': REFUSED_STREAM,
  overflow: REFUSED_STREAM,
  'remote error with CONNECT request': CONNECT_ERROR,
  'overload manager reset': NO_ERROR,
}

/** The RST_STREAM code that tells a client of a reset. */
export function codeOfReset(reason: ResetReason): number {
  return CODES[reason] ?? INTERNAL_ERROR
}

/** The RST_STREAM code that tells a host of a reset. */
export function codeOfCancel(reason: ResetReason): number {
  if (reason === 'local refused stream reset') return REFUSED_STREAM
  return reason === 'protocol error' ? PROTOCOL_ERROR : CANCEL
}

/** What a peer's RST_STREAM code means; `connect`: of a CONNECT request. */
export function resetOfCode(code: number, connect = true): ResetReason {
  if (code === REFUSED_STREAM) return 'remote refused stream reset'
  if (code === CONNECT_ERROR && connect) return 'remote error with CONNECT request'
  return 'remote reset'
}
