import { randomFillSync } from 'node:crypto'

const HEX = Array.from({ length: 256 }, (_, i) => (i + 256).toString(16).slice(1))
const POOL = 4096
const pool = new Uint8Array(POOL)
let at = POOL

/** A random UUID (version 4) from a pool of system randomness: a third of the cost of one call a UUID. */
export function requestId(): string {
  if (at === POOL) {
    randomFillSync(pool)
    at = 0
  }
  const b = pool
  const o = at
  at += 16
  return (
    HEX[b[o]!]! + HEX[b[o + 1]!]! + HEX[b[o + 2]!]! + HEX[b[o + 3]!]! + '-' + HEX[b[o + 4]!]! + HEX[b[o + 5]!]! + '-' +
    HEX[(b[o + 6]! & 15) | 64]! + HEX[b[o + 7]!]! + '-' + HEX[(b[o + 8]! & 63) | 128]! + HEX[b[o + 9]!]! + '-' +
    HEX[b[o + 10]!]! + HEX[b[o + 11]!]! + HEX[b[o + 12]!]! + HEX[b[o + 13]!]! + HEX[b[o + 14]!]! + HEX[b[o + 15]!]!
  ) // prettier-ignore
}
