// 64-bit arithmetic on two 32-bit halves, kept in module variables so that nothing is allocated between steps.

/** A 64-bit hash as two unsigned 32-bit halves; give the same object again and again. */
export interface Hash64 {
  high: number
  low: number
}

/** The state: high half, as a signed 32-bit integer. */
export let H = 0
/** The state: low half, as a signed 32-bit integer. */
export let L = 0
/** How many bytes the last `bytesOf` gave. */
export let length = 0

let scratch = new Uint8Array(256)

export function setState(high: number, low: number): void {
  H = high | 0
  L = low | 0
}

/** State += value. */
export function add(high: number, low: number): void {
  const sum = (L >>> 0) + (low >>> 0)
  H = (H + high + (sum > 0xffffffff ? 1 : 0)) | 0
  L = sum | 0
}

/** State ×= value, modulo 2^64. */
export function multiply(high: number, low: number): void {
  const a0 = L & 0xffff
  const a1 = L >>> 16
  const b0 = low & 0xffff
  const b1 = low >>> 16
  const t = a1 * b0 + ((a0 * b0) >>> 16)
  const u = a0 * b1 + (t & 0xffff)
  const carry = a1 * b1 + (t >>> 16) + (u >>> 16)
  H = (carry + Math.imul(H, low) + Math.imul(L, high)) | 0
  L = Math.imul(L, low)
}

/** State = rotl(state, by), 0 < by < 32. */
export function rotateLeft(by: number): void {
  const high = H
  H = (high << by) | (L >>> (32 - by))
  L = (L << by) | (high >>> (32 - by))
}

/** The bytes of an input, a text as Latin-1; valid until the next call. Their number is `length`, not the array's. */
export function bytesOf(input: string | Uint8Array): Uint8Array {
  length = input.length
  if (typeof input !== 'string') return input
  if (length > scratch.length) scratch = new Uint8Array(length * 2)
  for (let i = 0; i < length; i++) scratch[i] = input.charCodeAt(i)
  return scratch
}

/** The remainder of an unsigned 64-bit number by a divisor below 2^32, exactly. */
export function modulo64(high: number, low: number, divisor: number): number {
  let rest = (high >>> 16) % divisor
  rest = (rest * 65536 + (high & 0xffff)) % divisor
  rest = (rest * 65536 + (low >>> 16)) % divisor
  return (rest * 65536 + (low & 0xffff)) % divisor
}
