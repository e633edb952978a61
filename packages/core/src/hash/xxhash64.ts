import { add, bytesOf, H, type Hash64, L, length, multiply, rotateLeft, setState } from './pair.ts'

// The five primes of xxHash64 (Collet), as high and low halves.
const P1H = 0x9e3779b1
const P1L = 0x85ebca87
const P2H = 0xc2b2ae3d
const P2L = 0x27d4eb4f
const P3H = 0x165667b1
const P3L = 0x9e3779f9
const P4H = 0x85ebca77
const P4L = 0xc2b2ae63
const P5H = 0x27d4eb2f
const P5L = 0x165667c5

// The four lanes for inputs of 32 bytes and more: high, low, high, low, …
const lanes = new Int32Array(8)

/**
 * xxHash64 of bytes, or of a text taken as Latin-1, into two unsigned halves of `out`. Allocates nothing.
 * The seed is given in halves too; 0 is Envoy's for hash policies, rings and Maglev offsets.
 */
export function xxHash64(input: string | Uint8Array, out: Hash64, seedHigh = 0, seedLow = 0): void {
  const bytes = bytesOf(input)
  const end = length
  let at = 0
  if (end >= 32) {
    at = stripes(bytes, end, seedHigh, seedLow)
    converge()
  } else {
    setState(seedHigh, seedLow)
    add(P5H, P5L)
  }
  add(0, end)
  finish(bytes, at, end)
  out.high = H >>> 0
  out.low = L >>> 0
}

function stripes(bytes: Uint8Array, end: number, seedHigh: number, seedLow: number): number {
  setState(seedHigh, seedLow)
  add(P1H, P1L)
  add(P2H, P2L)
  store(0)
  setState(seedHigh, seedLow)
  add(P2H, P2L)
  store(2)
  setState(seedHigh, seedLow)
  store(4)
  // minus P1 is plus its two's complement
  add(~P1H, -P1L)
  store(6)
  let at = 0
  for (; at + 32 <= end; at += 32) {
    for (let lane = 0; lane < 4; lane++) {
      const from = at + lane * 8
      round(lanes[lane * 2]!, lanes[lane * 2 + 1]!, word(bytes, from + 4), word(bytes, from))
      store(lane * 2)
    }
  }
  return at
}

function store(at: number): void {
  lanes[at] = H
  lanes[at + 1] = L
}

/** State becomes rotl(lane + input × P2, 31) × P1. */
function round(laneHigh: number, laneLow: number, high: number, low: number): void {
  setState(high, low)
  multiply(P2H, P2L)
  add(laneHigh, laneLow)
  rotateLeft(31)
  multiply(P1H, P1L)
}

function converge(): void {
  let high = 0
  let low = 0
  for (let lane = 0; lane < 4; lane++) {
    setState(lanes[lane * 2]!, lanes[lane * 2 + 1]!)
    rotateLeft(lane === 0 ? 1 : lane === 1 ? 7 : lane === 2 ? 12 : 18)
    add(high, low)
    high = H
    low = L
  }
  for (let lane = 0; lane < 4; lane++) {
    round(0, 0, lanes[lane * 2]!, lanes[lane * 2 + 1]!)
    setState(H ^ high, L ^ low)
    multiply(P1H, P1L)
    add(P4H, P4L)
    high = H
    low = L
  }
}

function finish(bytes: Uint8Array, from: number, end: number): void {
  let at = from
  for (; at + 8 <= end; at += 8) {
    const high = H
    const low = L
    round(0, 0, word(bytes, at + 4), word(bytes, at))
    setState(H ^ high, L ^ low)
    rotateLeft(27)
    multiply(P1H, P1L)
    add(P4H, P4L)
  }
  if (at + 4 <= end) {
    mix(0, word(bytes, at), P1H, P1L)
    rotateLeft(23)
    multiply(P2H, P2L)
    add(P3H, P3L)
    at += 4
  }
  for (; at < end; at++) {
    mix(0, bytes[at]!, P5H, P5L)
    rotateLeft(11)
    multiply(P1H, P1L)
  }
  setState(H, L ^ (H >>> 1)) // h ^= h >>> 33
  multiply(P2H, P2L)
  setState(H ^ (H >>> 29), L ^ ((L >>> 29) | (H << 3)))
  multiply(P3H, P3L)
  setState(H, L ^ H) // h ^= h >>> 32
}

/** State ^= value × prime. */
function mix(high: number, low: number, primeHigh: number, primeLow: number): void {
  const h = H
  const l = L
  setState(high, low)
  multiply(primeHigh, primeLow)
  setState(H ^ h, L ^ l)
}

function word(bytes: Uint8Array, at: number): number {
  return bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)
}
