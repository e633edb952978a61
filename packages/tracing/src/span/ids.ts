import type { RandomGenerator } from '@nuncio/core'

const BYTES = Array.from({ length: 256 }, (_, i) => (i + 256).toString(16).slice(1))

/** 16 random hex digits, not all of them zero. */
export function randomId64(random: RandomGenerator): string {
  const high = random.uint32()
  const low = random.uint32()
  return hex32(high) + hex32(high === 0 && low === 0 ? 1 : low)
}

/** 32 random hex digits. */
export function randomId128(random: RandomGenerator): string {
  return randomId64(random) + randomId64(random)
}

/** 8 hex digits. */
export function hex32(value: number): string {
  return BYTES[value >>> 24]! + BYTES[(value >>> 16) & 255]! + BYTES[(value >>> 8) & 255]! + BYTES[value & 255]!
}

/** Whether all of a text is hex digits. */
export function isHex(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i) | 32
    if (!((code >= 97 && code <= 102) || (code >= 48 && code <= 57))) return false
  }
  return text.length > 0
}

/** Whether there is nothing but zeros in a text: an id that stands for none. */
export function isZero(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) !== 48) return false
  return true
}
