import { bytesOf, H, type Hash64, L, length, multiply, setState } from './pair.ts'

// MurmurHash2-64A (Appleby): the multiplier as two halves; its shift is 47.
const MH = 0xc6a4a793
const ML = 0x5bd1e995

/** The seed of libstdc++'s std::hash, which Envoy's `MURMUR_HASH_2` rings use. */
export const MURMUR2_SEED = 0xc70f6907

/** MurmurHash2-64A of bytes, or of a text taken as Latin-1, into two unsigned halves of `out`. Allocates nothing. */
export function murmur2(input: string | Uint8Array, out: Hash64, seed = MURMUR2_SEED): void {
  const bytes = bytesOf(input)
  const end = length
  setState(0, end)
  multiply(MH, ML)
  setState(H, L ^ seed)
  let at = 0
  for (; at + 8 <= end; at += 8) {
    const high = H
    const low = L
    setState(word(bytes, at + 4), word(bytes, at))
    multiply(MH, ML)
    shiftMix()
    multiply(MH, ML)
    setState(H ^ high, L ^ low)
    multiply(MH, ML)
  }
  if (at < end) {
    setState(H ^ tail(bytes, at + 4, end), L ^ tail(bytes, at, end < at + 4 ? end : at + 4))
    multiply(MH, ML)
  }
  shiftMix()
  multiply(MH, ML)
  shiftMix()
  out.high = H >>> 0
  out.low = L >>> 0
}

/** State ^= state >>> 47. */
function shiftMix(): void {
  setState(H, L ^ (H >>> 15))
}

function tail(bytes: Uint8Array, from: number, to: number): number {
  let out = 0
  for (let i = from; i < to; i++) out |= bytes[i]! << ((i - from) * 8)
  return out
}

function word(bytes: Uint8Array, at: number): number {
  return bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)
}
