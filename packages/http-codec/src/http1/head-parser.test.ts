import { KNOWN_HEADERS } from '@nuncio/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { HeadParser, MALFORMED, MORE } from './head-parser.ts'
import { knownName } from './known-names.ts'

const bytesOf = (text: string): Buffer => Buffer.from(text, 'latin1')

/** Parses a head that arrives in pieces, as a connection feeds it; answers what was found, as text. */
function parse(text: string, cuts: readonly number[] = [], before = 0): unknown {
  const parser = new HeadParser()
  parser.begin('request', 1000)
  const bytes = bytesOf('#'.repeat(before) + text)
  let length = MORE
  for (const cut of [...cuts, text.length]) {
    length = parser.parse(bytes, before, before + cut)
    if (length !== MORE) break
  }
  if (length < 0) return length === MORE ? 'more' : parser.error
  const raw = text.slice(0, length)
  const lines = Array.from({ length: parser.count }, (_, i) => {
    const [a, b, c, d] = parser.offsets.subarray(i * 4, i * 4 + 4)
    return [raw.slice(a, b), raw.slice(c, d), parser.ids[i]]
  })
  return {
    length,
    method: raw.slice(parser.base, parser.methodEnd),
    target: raw.slice(parser.targetStart, parser.targetEnd),
    minor: parser.minor,
    lines,
  }
}

describe('HeadParser', () => {
  const head = 'GET /a?b HTTP/1.1\r\nHost: x\r\nX-Odd:\t padded \t\r\nCONTENT-length:5\r\n\r\n'

  it('finds the parts of a head, and what lies behind it', () => {
    expect(parse(`${head}body`)).toEqual({
      length: head.length,
      method: 'GET',
      target: '/a?b',
      minor: 1,
      lines: [
        ['Host', 'x', 10],
        ['X-Odd', 'padded', 0],
        ['CONTENT-length', '5', 9],
      ],
    })
  })

  it('finds the same wherever the head is cut, and wherever it starts', () => {
    const whole = parse(head)
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.integer({ min: 1, max: head.length - 1 })),
        fc.integer({ min: 0, max: 50 }),
        (cuts, before) => {
          expect(
            parse(
              head,
              cuts.toSorted((a, b) => a - b),
              before,
            ),
          ).toEqual(whole)
        },
      ),
      { numRuns: 300 },
    )
  })

  it('holds more lines than its tables had room for at first', () => {
    const lines = Array.from({ length: 500 }, (_, i) => `x-${i}: ${i}\r\n`)
    const found = parse(`GET / HTTP/1.1\r\n${lines.join('')}\r\n`) as { lines: unknown[] }
    expect(found.lines).toHaveLength(500)
    expect(found.lines[499]).toEqual(['x-499', '499', 0])
  })

  it('never takes more for malformed and less for well formed', () => {
    // Whatever a prefix says, more bytes must not turn a refusal into a head.
    fc.assert(
      fc.property(
        fc.string({
          unit: fc.constantFrom('G', ' ', '/', 'H', ':', '\r', '\n', '\0', '\t', 'HTTP/1.1', '\r\n'),
          maxLength: 40,
        }),
        (text) => {
          const parser = new HeadParser()
          parser.begin('request', 100)
          const bytes = bytesOf(text)
          const whole = new HeadParser()
          whole.begin('request', 100)
          const at = whole.parse(bytes, 0, bytes.length)
          let last = MORE
          for (let end = 1; end <= bytes.length && last === MORE; end++) last = parser.parse(bytes, 0, end)
          expect(last).toBe(at)
          if (at === MALFORMED) expect(parser.error).not.toBe('')
        },
      ),
      { numRuns: 2000 },
    )
  })

  it('counts special headers and finds their first line', () => {
    const parser = new HeadParser()
    parser.begin('request', 100)
    const bytes = bytesOf('GET / HTTP/1.1\r\nX: 1\r\nHost: a\r\nhost: b\r\nTE: x\r\n\r\n')
    parser.parse(bytes, 0, bytes.length)
    expect([parser.seen, parser.repeated, parser.lineOf[10], parser.lineOf[6]]).toEqual([
      (1 << 10) | (1 << 6),
      1 << 10,
      1,
      3,
    ])
  })
})

describe('knownName', () => {
  it('knows every known name in any case, and none that is close', () => {
    KNOWN_HEADERS.forEach((name, i) => {
      for (const written of [name, name.toUpperCase(), name.replace(/(^|-)[a-z]/g, (c) => c.toUpperCase())]) {
        expect(knownName(bytesOf(`..${written}..`), 2, 2 + written.length)).toBe(i + 1)
      }
      for (let at = 0; at < name.length; at++) {
        for (const other of ['_', 'q', '~', '|', '9', 'X']) {
          const close = name.slice(0, at) + other + name.slice(at + 1)
          if (!(KNOWN_HEADERS as readonly string[]).includes(close.toLowerCase()))
            expect(knownName(bytesOf(close), 0, close.length)).toBe(0)
        }
      }
      expect(knownName(bytesOf(`${name}x`), 0, name.length + 1)).toBe(0)
      expect(knownName(bytesOf(name), 0, name.length - 1)).toBe(0)
    })
    expect(knownName(bytesOf('x'.repeat(200)), 0, 200)).toBe(0)
  })
})
