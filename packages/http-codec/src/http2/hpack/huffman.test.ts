import fc from 'fast-check'
import { expect, test } from 'vitest'
import { BAD_HUFFMAN, decodeHuffman, HUFFMAN_TOO_LONG } from './huffman-decoder.ts'
import { EOS, HUFFMAN_CODES, HUFFMAN_LENGTHS } from './huffman-code.ts'
import { encodeHuffman, huffmanLength } from './huffman-encoder.ts'

const room = Buffer.alloc(4096)

test('the code is complete: its lengths fill the tree, and the last code has only ones', () => {
  expect(HUFFMAN_LENGTHS.reduce((sum, length) => sum + 2 ** -length, 0)).toBe(1)
  expect([HUFFMAN_CODES[EOS], HUFFMAN_CODES[48], HUFFMAN_CODES[249]]).toEqual([0x3fffffff, 0, 0xffffffe])
})

test('any bytes come back as they were', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      const text = Buffer.from(bytes).toString('latin1')
      const coded = Buffer.alloc(huffmanLength(text))
      expect(encodeHuffman(text, coded, 0)).toBe(coded.length)
      const length = decodeHuffman(coded, 0, coded.length, room)
      expect(room.toString('latin1', 0, length)).toBe(text)
    }),
  )
})

test('what decodes at all is the one code of its text', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 12 }), (bytes) => {
      const length = decodeHuffman(bytes, 0, bytes.length, room)
      if (length < 0) return
      const again = Buffer.alloc(64)
      const end = encodeHuffman(room.toString('latin1', 0, length), again, 0)
      expect(again.subarray(0, end)).toEqual(Buffer.from(bytes))
    }),
    { numRuns: 2000 },
  )
})

test('a text that does not fit is not written beyond its room', () => {
  const small = Buffer.alloc(3)
  expect(decodeHuffman(Buffer.from([0, 0, 0, 0x1f]), 0, 4, small)).toBe(HUFFMAN_TOO_LONG)
  expect(decodeHuffman(Buffer.from([0xff, 0xff]), 0, 2, small)).toBe(BAD_HUFFMAN)
})
