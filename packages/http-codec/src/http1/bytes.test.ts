import { expect, test } from 'vitest'
import { latin1 } from './bytes.ts'

test('latin1 reads a part of a Buffer, and of bytes that are no Buffer', () => {
  const bytes = Uint8Array.of(0x78, 0x61, 0xe9, 0x00, 0x62)
  expect(latin1(Buffer.from(bytes), 1, 4)).toBe('a\u00e9\u0000')
  expect(latin1(bytes, 1, 4)).toBe('a\u00e9\u0000')
  expect(latin1(bytes.subarray(1), 1, 4)).toBe('\u00e9\u0000b')
})
