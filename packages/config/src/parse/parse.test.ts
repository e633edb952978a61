import { describe, expect, test } from 'vitest'
import { Texts } from '../tree/texts.ts'
import { DEFAULT_LIMITS, type ParseLimits } from './limits.ts'
import { parse } from './parse.ts'

function said(input: string | Uint8Array, limits: Partial<ParseLimits> = {}): string[] {
  const texts = new Texts()
  return parse(input, 'f', texts, { ...DEFAULT_LIMITS, ...limits }).findings.map(({ code, offset, message }) => {
    const { line, column } = texts.position(offset)
    return `${line}:${column} ${code}: ${message}`
  })
}

describe('a text that cannot be read is a problem with a place', () => {
  test.each<[string, string[]]>([
    ['a: b: c', ['1:4 syntax: Nested mappings are not allowed in compact mappings']],
    ['a: [b\nc: d', ['2:1 syntax: Flow sequence in block collection must be sufficiently indented and end with a ]']],
    ['a:\n  - b\n c: d', ['3:1 syntax: All mapping items must start at the same column']],
    [
      'a:\n  - b: 1\n    c: 2\n   d: 3\n    e: 4\n    f: 5',
      ['4:4 syntax: this line goes on with neither the list nor the map above it'],
    ],
    ['a:\n  b: 1\n  - c: 2', ['3:3 syntax: a list begins where a map goes on']],
    ['a: { b: ${C} }\nd: e', ['1:9 syntax: a placeholder: nothing is put in its place']],
    ['a:\n\tb: c\n d: e\nf: g', ['2:1 tab: a tab is used for indentation']],
    ['a: "b', ['1:6 syntax: Missing closing "quote']],
    ['{"a": 1,}}', ['1:10 syntax: Unexpected flow-map-end token in YAML stream: "}"']],
    ['a:\n\t- b', ['2:1 tab: a tab is used for indentation']],
    ['a: 1\nb: 2\na: 3', ['3:1 duplicate-key: "a" is written twice in one map']],
    ['{"a": 1, "a": 2}', ['1:10 duplicate-key: "a" is written twice in one map']],
    [
      'a:\n  __proto__: 1\n  constructor: 2\n  prototype: 3',
      [
        '2:3 forbidden-key: "__proto__" may not be used as a key',
        '3:3 forbidden-key: "constructor" may not be used as a key',
        '4:3 forbidden-key: "prototype" may not be used as a key',
      ],
    ],
    ['a: &x [*x]', ['1:8 cyclic-alias: *x is used inside the very thing it stands for']],
    ['a: *x', ['1:4 syntax: no anchor &x is written before this alias']],
    ['a: b\n---\nc: d', ['2:1 multiple-documents: a second document begins here']],
    ['? [a]\n: b', ['1:3 syntax: a key has to be a plain text']],
    ['a: &x 1\n<<: *x', ['1:1 syntax: << takes a map or a list of maps']],
    ['a: \u0000b', ['1:4 encoding: the file holds control characters: it is not a text']],
  ])('%j', (text, problems) => {
    expect(said(text)).toEqual(problems)
  })

  test('bytes that are no UTF-8', () => {
    expect(said(Uint8Array.of(97, 58, 32, 0xff, 98))).toEqual(['1:4 encoding: the file is not UTF-8'])
    expect(said(Uint8Array.of(97, 58, 10, 0xc3, 0x28))).toEqual(['2:1 encoding: the file is not UTF-8'])
    expect(said(Uint8Array.of(0xff, 0xfe, 97, 0))).toEqual(['1:1 encoding: the file is not UTF-8'])
  })

  test('a replacement character that was written is a character', () => {
    expect(said(Uint8Array.of(97, 58, 32, 0xef, 0xbf, 0xbd))).toEqual([])
  })

  test('a text that is too large is refused without being looked at', () => {
    expect(said('a: bcdef', { maxSize: 5 })).toEqual(['1:1 too-large: the file has 8 bytes; 5 are allowed'])
    expect(said(new Uint8Array(100 * 1024 * 1024))).toEqual([
      '1:1 too-large: the file has 104857600 bytes; 33554432 are allowed',
    ])
  })

  test('nesting has an end', () => {
    expect(said('['.repeat(300) + ']'.repeat(300))).toEqual(['1:202 too-deep: nested deeper than 200 levels'])
    expect(said(Array.from({ length: 300 }, (_, i) => `${' '.repeat(i)}a:`).join('\n'))).toEqual([
      '202:203 too-deep: nested deeper than 200 levels',
    ])
    expect(said(`a: !!map ${'{b: '.repeat(300)}1${'}'.repeat(300)}`)[0]).toMatch(
      /too-deep: nested deeper than 200 levels$/,
    )
    expect(said('- '.repeat(300) + 'a')).toEqual(['1:403 too-deep: nested deeper than 200 levels'])
    expect(said('['.repeat(199) + ']'.repeat(199))).toEqual([])
  })

  test('nesting by aliases has the same end', () => {
    const deep = (name: string, inner: string): string =>
      `${name}: &${name} ${'['.repeat(150)}${inner}${']'.repeat(150)}\n`
    const text = deep('a', 'x') + deep('b', '*a') + deep('c', '*b')
    expect(said(text)).toEqual(['2:157 too-deep: nested deeper than 200 levels'])
    expect(said(`%YAML 1.2\n---\n${text}`)[0]).toBe('4:157 too-deep: nested deeper than 200 levels')
  })

  test('aliases may not stand for more than the limit, however little is written', () => {
    const bomb = [
      'a: &a [x,x,x,x,x,x,x,x,x]',
      ...'bcdefghij'
        .split('')
        .map((name, i) => `${name}: &${name} [${Array(9).fill(`*${'abcdefghij'[i]!}`).join(',')}]`),
    ].join('\n')
    const quick = said(bomb)
    expect(quick).toHaveLength(1)
    expect(quick[0]).toMatch(/^7:\d+ alias-expansion: aliases stand for more than 1000000 nodes$/)
    expect(said(`%YAML 1.2\n---\n${bomb}`)[0]).toMatch(/alias-expansion: aliases stand for more than 1000000 nodes$/)
  })

  test('a file of megabytes that is no plain YAML is given up quickly, with the place', () => {
    const text = `${`a: ${'b'.repeat(1000)}\n`.repeat(7000)}c: !tag d\n`
    expect(said(text)).toEqual([
      '7001:4 syntax: a file of this size has to be JSON or plain YAML, and from here on it is neither',
    ])
  })
})

describe('texts that are long, deep or odd take bounded time', () => {
  test.each<[string, string]>([
    ['many keys', Array.from({ length: 30_000 }, (_, i) => `k${i}: v`).join('\n')],
    ['many open brackets', '['.repeat(30_000)],
    ['many open braces', '{a: '.repeat(30_000)],
    ['many dashes', '- '.repeat(30_000)],
    ['an open quote', `a: "${'b\n'.repeat(30_000)}`],
    ['many anchors', '&a '.repeat(15_000)],
    ['many documents', '---\n'.repeat(15_000)],
    ['many tabs', '\ta: b\n'.repeat(10_000)],
    ['many blanks', `a:${' '.repeat(300_000)}b`],
    ['many colons', 'a: '.repeat(15_000)],
    ['many comments', '# a\n'.repeat(60_000)],
    ['many hashes', `a: ${'#'.repeat(200_000)}`],
    ['many block lines', `a: |\n${'  b\n'.repeat(60_000)}`],
  ])(
    '%s',
    (_, text) => {
      const texts = new Texts()
      const parsed = parse(text, 'f', texts)
      expect(parsed.findings.length).toBeLessThanOrEqual(20)
    },
    5000,
  )
})

describe('texts that a reader may stumble over and this one reads', () => {
  const keys = (text: string): unknown => {
    const { root, findings } = parse(text, 'f', new Texts())
    expect(findings).toEqual([])
    return root
  }

  test('merge keys: what is written wins over what is merged, the first merged over the others', () => {
    const root = keys('x: &x {a: 1, b: 2}\ny: &y {b: 3, c: 4}\nz:\n  <<: [*x, *y]\n  a: 5\n') as {
      entries: { key: string; value: { entries: { key: string; value: { text: string } }[] } }[]
    }
    expect(root.entries[2]!.value.entries.map(({ key, value }) => `${key}=${value.text}`)).toEqual([
      'a=5',
      'b=2',
      'c=4',
    ])
  })

  test.each<[string, string]>([
    ['tags of the core schema', 'a: !!str 5\nb: !!int "5"'],
    ['Windows line ends', 'a: 1\r\nb:\r\n- c\r\n'],
    ['folded text', 'a: >-\n  b\n  c\n'],
    ['plain text of several lines', 'a: b\n  c\n'],
    ['trailing commas in JSON', '{"a": [1, 2,], }'],
    ['a document mark at the end', 'a: b\n...\n'],
    ['keys that are quoted, numbers or empty', '"a b": 1\n5: 2\n"": 3\n'],
  ])('%s', (_, text) => {
    expect(keys(text)).toMatchObject({ kind: 'map' })
  })
})
