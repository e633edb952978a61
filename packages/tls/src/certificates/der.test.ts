import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { certificateTime, der, integer, oid, sequence, time } from '../testing/der.ts'
import { derInside, derOid, derTime, derValue, derValues } from './der.ts'

describe('DER', () => {
  test('values with short and long lengths', () => {
    for (const length of [0, 1, 127, 128, 255, 256, 70_000]) {
      const value = derValue(der(4, Buffer.alloc(length)))
      expect(value?.body.length).toBe(length)
    }
  })

  test('sequences', () => {
    const parts = derInside(derValue(sequence(integer(1), integer(300))))
    expect(parts?.map((part) => part.body.toString('hex'))).toEqual(['01', '012c'])
    expect(derInside(derValue(integer(1)))).toBeUndefined()
  })

  test.each(['2.5.29.17', '1.2.840.113549.1.1.11', '1.3.6.1.5.5.7.48.1.1', '0.9.2342'])('the identifier %s', (text) => {
    expect(derOid(derValue(oid(text)))).toBe(text)
  })

  test.each([Date.UTC(1999, 11, 31, 23, 59, 59), Date.UTC(2026, 0, 1), Date.UTC(2051, 5, 6, 7, 8, 9)])(
    'the time %i',
    (ms) => {
      expect(derTime(derValue(time(ms)))).toBe(ms)
      expect(derTime(derValue(certificateTime(ms)))).toBe(ms)
    },
  )

  test.each([[[]], [[4]], [[4, 2, 1]], [[4, 0x80]], [[4, 0x85, 0, 0, 0, 0, 1, 1]], [[0x1f, 1, 1]], [[4, 0x82, 1]]])(
    '%j is malformed',
    (bytes) => {
      expect(derValue(Buffer.from(bytes))).toBeUndefined()
    },
  )

  test('anything is read without throwing', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        const values = derValues(Buffer.from(bytes)) ?? []
        for (const value of values) {
          derOid(value)
          derTime(value)
        }
        return values.reduce((sum, value) => sum + value.whole.length, 0) <= bytes.length
      }),
    )
  })
})
