import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CHUNK_DATA, CHUNK_END, CHUNK_ERROR, ChunkDecoder } from './chunks.ts'

/** Decodes a chunked body that arrives in pieces. */
function decode(text: string, cuts: readonly number[] = []): { body: string; end: number; error: string } {
  const chunks = new ChunkDecoder()
  const bytes = Buffer.from(text, 'latin1')
  let body = ''
  let i = 0
  for (const cut of [...cuts, bytes.length]) {
    while (i < cut) {
      i = chunks.step(bytes, i, cut)
      if (chunks.event === CHUNK_DATA) body += bytes.toString('latin1', chunks.dataStart, chunks.dataEnd)
      else if (chunks.event === CHUNK_END) return { body, end: i, error: '' }
      else if (chunks.event === CHUNK_ERROR) return { body, end: -1, error: chunks.error }
    }
  }
  return { body, end: -1, error: '' }
}

const extension = fc
  .record({
    name: fc.stringMatching(/^[a-z!#]{1,5}$/),
    value: fc.option(fc.oneof(fc.stringMatching(/^[a-z0-9]{1,5}$/), fc.stringMatching(/^"[ a-z;=\t]{0,6}"$/))),
  })
  .map(({ name, value }) => `;${name}${value === null ? '' : `=${value}`}`)

describe('ChunkDecoder', () => {
  it('gives the body back, however it was cut into chunks and pieces', () => {
    const chunk = fc.record({
      data: fc.string({ minLength: 1, maxLength: 30, unit: 'binary-ascii' }),
      extension: fc.option(extension),
      upper: fc.boolean(),
      zeros: fc.integer({ min: 0, max: 3 }),
    })
    fc.assert(
      fc.property(fc.array(chunk, { maxLength: 8 }), fc.array(fc.nat(400), { maxLength: 6 }), (list, where) => {
        let text = ''
        for (const one of list) {
          const size = one.data.length.toString(16)
          text += `${'0'.repeat(one.zeros)}${one.upper ? size.toUpperCase() : size}${one.extension ?? ''}\r\n${one.data}\r\n`
        }
        text += '0\r\n'
        const cuts = where.filter((at) => at < text.length).toSorted((a, b) => a - b)
        expect(decode(`${text}\r\nrest`, cuts)).toEqual({
          body: list.map((one) => one.data).join(''),
          end: text.length,
          error: '',
        })
      }),
      { numRuns: 500 },
    )
  })

  it('says what is wrong', () => {
    const errors: Record<string, string> = {
      'g\r\n': 'http1.bad_chunk_size',
      '\r\n': 'http1.bad_chunk_size',
      '11111111111111111\r\n': 'http1.bad_chunk_size',
      '1\n': 'http1.bare_lf',
      '1\rx': 'http1.bare_cr',
      '1;\r\n': 'http1.bad_chunk_extension',
      '1;a="\x01"\r\n': 'http1.bad_chunk_extension',
      '1;a=\r\n': 'http1.bad_chunk_extension',
      '1;a b\r\n': 'http1.bad_chunk_extension',
      '1\r\nab': 'http1.bad_chunk_data',
      '1\r\na\rb': 'http1.bad_chunk_data',
    }
    for (const [text, error] of Object.entries(errors))
      expect(decode(text).error, `for ${JSON.stringify(text)}`).toBe(error)
    expect(decode(`1;${'a'.repeat(20_000)}`).error).toBe('http1.bad_chunk_extension')
  })

  it('never finds an end behind an error, wherever the pieces are cut', () => {
    fc.assert(
      fc.property(
        fc.string({
          unit: fc.constantFrom('0', '1', 'a', ';', '=', '"', '\\', ' ', '\r', '\n', '\r\n', '0\r\n', '1\r\nx\r\n'),
          maxLength: 20,
        }),
        (text) => {
          const whole = decode(text)
          expect(
            decode(
              text,
              Array.from({ length: text.length }, (_, i) => i + 1),
            ),
          ).toEqual(whole)
        },
      ),
      { numRuns: 3000 },
    )
  })
})
