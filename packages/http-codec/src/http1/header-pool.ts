import { HeaderTable } from '@nuncio/core'

/** Header lines that pooled arrays have room for; more is rare and grows for one message only. */
export const LINES = 48
const KEPT = 2048

const NO_OFFSETS = new Int32Array(0)
const NO_IDS = new Uint8Array(0)
const allOffsets: Int32Array[] = []
const allIds: Uint8Array[] = []

/** Room for the offsets of `LINES` header lines. Making one costs more than parsing a head does, so they go round. */
export function takeOffsets(): Int32Array {
  return allOffsets.pop() ?? new Int32Array(LINES * 4)
}

export function takeIds(): Uint8Array {
  return allIds.pop() ?? new Uint8Array(LINES)
}

export function giveArrays(offsets: Int32Array, ids: Uint8Array): void {
  if (ids.length !== LINES || allIds.length >= KEPT) return
  allOffsets.push(offsets)
  allIds.push(ids)
}

/**
 * Gives the memory behind received headers back, when nobody will read them again: the connection manager calls it once
 * a stream is over and logged. The map is empty from then on, so a late reader sees nothing rather than another
 * message. Not calling it is safe and costs a little time; calling it twice, or with headers that were not received,
 * does nothing.
 */
export function releaseHeaders(headers: object): void {
  if (!(headers instanceof HeaderTable) || headers.offsets.length === 0) return
  giveArrays(headers.offsets, headers.ids)
  headers.offsets = NO_OFFSETS
  headers.ids = NO_IDS
  headers.count = 0
  headers.removedCount = 0
  headers.raw = ''
  headers.replaced = undefined
  headers.added = undefined
}
