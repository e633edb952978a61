import { KNOWN_HEADERS } from '@nuncio/core'

const SLOTS = 2048
const names: readonly Uint8Array[] = [new Uint8Array(0), ...KNOWN_HEADERS.map((name) => Buffer.from(name, 'latin1'))]
const longest = Math.max(...KNOWN_HEADERS.map((name) => name.length))
const [M1, M2, M3] = perfectMultipliers()
const slots = fill(M1, M2, M3)!

/** Where a name is filed: by its length and three of its letters, in lower case. */
function slotOf(
  length: number,
  middle: number,
  inner: number,
  last: number,
  m1: number,
  m2: number,
  m3: number,
): number {
  return (length + middle * m1 + inner * m2 + last * m3) & (SLOTS - 1)
}

function fill(m1: number, m2: number, m3: number): Uint8Array | undefined {
  const table = new Uint8Array(SLOTS)
  for (let id = 1; id < names.length; id++) {
    const name = names[id]!
    const n = name.length
    const slot = slotOf(n, name[n >> 1]!, name[n > 4 ? n - 4 : 0]!, name[n - 1]!, m1, m2, m3)
    if (table[slot] !== 0) return undefined
    table[slot] = id
  }
  return table
}

/** Multipliers with which no two known names share a slot, so that a look-up compares one candidate at most. */
function perfectMultipliers(): [number, number, number] {
  for (let m1 = 1; m1 < 64; m1 += 2) {
    for (let m2 = 1; m2 < 256; m2 += 2) {
      for (let m3 = 1; m3 < 64; m3 += 2) if (fill(m1, m2, m3) !== undefined) return [m1, m2, m3]
    }
  }
  throw new RangeError('no perfect hash for the known header names')
}

/**
 * The number of the header whose name stands in `bytes` from `start` to `end`, whatever its case; 0 when not known. The
 * bytes must be known to be a token.
 */
export function knownName(bytes: Uint8Array, start: number, end: number): number {
  const n = end - start
  if (n > longest) return 0
  // `| 32` lowers letters; `-` and digits have that bit, and what would collapse with them is no part of a token.
  const slot = slotOf(
    n,
    bytes[start + (n >> 1)]! | 32,
    bytes[n > 4 ? end - 4 : start]! | 32,
    bytes[end - 1]! | 32,
    M1,
    M2,
    M3,
  )
  const id = slots[slot]!
  if (id === 0) return 0
  const name = names[id]!
  if (name.length !== n) return 0
  for (let k = 0; k < n; k++) if ((bytes[start + k]! | 32) !== name[k]) return 0
  return id
}
