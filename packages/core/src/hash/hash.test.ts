import fc from 'fast-check'
import { expect, test } from 'vitest'
import { latin1Bytes } from '../bytes/bytes.ts'
import { murmur2 } from './murmur2.ts'
import { modulo64 } from './pair.ts'
import { xxHash64 } from './xxhash64.ts'

const MASK = (1n << 64n) - 1n
const out = { high: 0, low: 0 }

function xx(input: string | Uint8Array, seed = 0n): bigint {
  xxHash64(input, out, Number(seed >> 32n), Number(seed & 0xffffffffn))
  return (BigInt(out.high) << 32n) | BigInt(out.low)
}

function murmur(input: string | Uint8Array): bigint {
  murmur2(input, out)
  return (BigInt(out.high) << 32n) | BigInt(out.low)
}

test.each([
  ['', 0n, 17241709254077376921n],
  ['a', 0n, 15154266338359012955n],
  ['foo', 0n, 3728699739546630719n],
  ['bar', 0n, 5234164152756840025n],
  ['127.0.0.1:90_0', 0n, 16117243373044804889n],
  ['10.0.0.1', 0n, 17084065887361098711n],
  ['user-1', 0n, 11633770265628666856n],
  ['session-abc', 0n, 1889263794375132915n],
  ['', 1n, 15397730242686860875n],
  ['foo', 1n, 14071536367944281277n],
  ['bar', 1n, 7333723550717575792n],
])('xxHash64 of %j with seed %s', (text, seed, hash) => {
  expect(xx(text, seed)).toBe(hash)
})

test('chains values by giving the last hash as the seed', () => {
  expect(xx('foo', xx('bar'))).toBe(6648465492906218751n)
})

test.each([
  ['foo', 9631199822919835226n],
  ['bar', 11474628671133349555n],
  ['127.0.0.1:90_0', 5656417760668758976n],
])('MurmurHash2 of %j with the seed of std::hash', (text, hash) => {
  expect(murmur(text)).toBe(hash)
})

test('xxHash64 equals its definition in 64-bit integers for any bytes and seed', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.bigInt({ min: 0n, max: MASK }), (bytes, seed) => {
      expect(xx(bytes, seed)).toBe(definition(bytes, seed))
    }),
    { seed: 1, numRuns: 300 },
  )
})

test('MurmurHash2 equals its definition in 64-bit integers for any bytes', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
      expect(murmur(bytes)).toBe(murmurDefinition(bytes, 0xc70f6907n))
    }),
    { seed: 1, numRuns: 300 },
  )
})

test('the remainder of a hash is exact for any divisor', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: MASK }), fc.integer({ min: 1, max: 2 ** 32 - 1 }), (value, divisor) => {
      expect(BigInt(modulo64(Number(value >> 32n), Number(value & 0xffffffffn), divisor))).toBe(value % BigInt(divisor))
    }),
    { seed: 1 },
  )
})

test('a text hashes as its Latin-1 bytes, however long', () => {
  const text = '\u00e9\u00ffz'.repeat(300)
  expect(xx(text)).toBe(xx(latin1Bytes(text)))
})

const P1 = 0x9e3779b185ebca87n
const P2 = 0xc2b2ae3d27d4eb4fn
const P3 = 0x165667b19e3779f9n
const P4 = 0x85ebca77c2b2ae63n
const P5 = 0x27d4eb2f165667c5n

function rotl(x: bigint, by: bigint): bigint {
  return ((x << by) | (x >> (64n - by))) & MASK
}
function read(bytes: Uint8Array, at: number, size: number): bigint {
  let value = 0n
  for (let i = size - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[at + i]!)
  return value
}
function round(lane: bigint, input: bigint): bigint {
  return (rotl((lane + input * P2) & MASK, 31n) * P1) & MASK
}

function definition(bytes: Uint8Array, seed: bigint): bigint {
  let at = 0
  let h = (seed + P5) & MASK
  if (bytes.length >= 32) {
    const v = [seed + P1 + P2, seed + P2, seed, seed - P1].map((x) => x & MASK)
    for (; at + 32 <= bytes.length; at += 32)
      for (let i = 0; i < 4; i++) v[i] = round(v[i]!, read(bytes, at + 8 * i, 8))
    h = (rotl(v[0]!, 1n) + rotl(v[1]!, 7n) + rotl(v[2]!, 12n) + rotl(v[3]!, 18n)) & MASK
    for (const lane of v) h = ((h ^ round(0n, lane)) * P1 + P4) & MASK
  }
  h = (h + BigInt(bytes.length)) & MASK
  for (; at + 8 <= bytes.length; at += 8) h = (rotl(h ^ round(0n, read(bytes, at, 8)), 27n) * P1 + P4) & MASK
  if (at + 4 <= bytes.length) {
    h = (rotl(h ^ ((read(bytes, at, 4) * P1) & MASK), 23n) * P2 + P3) & MASK
    at += 4
  }
  for (; at < bytes.length; at++) h = (rotl(h ^ ((BigInt(bytes[at]!) * P5) & MASK), 11n) * P1) & MASK
  h = ((h ^ (h >> 33n)) * P2) & MASK
  h = ((h ^ (h >> 29n)) * P3) & MASK
  return h ^ (h >> 32n)
}

function mix(x: bigint): bigint {
  return x ^ (x >> 47n)
}

function murmurDefinition(bytes: Uint8Array, seed: bigint): bigint {
  const m = 0xc6a4a7935bd1e995n
  let h = seed ^ ((BigInt(bytes.length) * m) & MASK)
  let at = 0
  for (; at + 8 <= bytes.length; at += 8) {
    const k = (mix((read(bytes, at, 8) * m) & MASK) * m) & MASK
    h = ((h ^ k) * m) & MASK
  }
  if (at < bytes.length) h = ((h ^ read(bytes, at, bytes.length - at)) * m) & MASK
  return mix((mix(h) * m) & MASK)
}
