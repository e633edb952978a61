import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { stringify } from 'yaml'
import type { Node } from '../../tree/node.ts'
import { fromLibrary } from '../from-library.ts'
import { DEFAULT_LIMITS } from '../limits.ts'
import { readQuickly } from './quick-reader.ts'

const RUNS = 5000

/** A tree without what does not matter: the places of values that are not there. */
function shape(node: Node): unknown {
  if (node.kind === 'list') return { at: node.offset, items: node.items.map(shape) }
  if (node.kind === 'map')
    return { at: node.offset, entries: node.entries.map(({ key, keyOffset, value }) => [key, keyOffset, shape(value)]) }
  return node.text === '' ? { plain: node.plain } : { at: node.offset, text: node.text, plain: node.plain }
}

function expectSame(text: string): boolean {
  const quick = readQuickly(text, 0, DEFAULT_LIMITS)
  if (!quick.root) return false
  const full = fromLibrary(text, 0, DEFAULT_LIMITS)
  expect(full.findings).toEqual([])
  expect(shape(quick.root)).toEqual(shape(full.root!))
  return true
}

describe('what the quick reader reads, it reads as the full reader does', () => {
  test.each([
    'a: 1\nb: two\n',
    'a:\n  b:\n    - c\n    - d: e\n      f: g\n  h: [1, {x: y}, "z"]\n',
    'a:\n- b\n- c: d\n\n# comment\n- e # comment\nf: g',
    '- - a\n  - b\n- c\n',
    "\"quoted key\": 'it''s'\n'k': \"\\u00e9\\n\\x41\"\n",
    'a: {b: c, d: {e: [f]}, g}\n',
    'a: {\n  b: c, # why\n  d: e\n  }\n',
    '{\n\t"a": [1, 2.5, true, null, "x\\ty"],\r\n\t"b": {}\n}\n',
    'a: |\n  one\n   two\n\n  three\n\nb: |-\n  x\nc: |+\n  y\n\nd: e\n',
    'a: |\n\n\n  one\nb: 1',
    'a: |\nb: 1',
    '---\na: b\n',
    '# only\n\n  # comments first\na: b # c\nc: d#e\n',
    'a: &x {b: c}\nd: *x\ne:\n  <<: *x\n  f: g\n',
    'base: &base\n  a: 1\n  b: 2\nother:\n  <<: [*base]\n  b: 3\n',
    'a: http://example.com:80/x\nb: -1\nc: ":9001"\nd: a-b\ne: -x\n',
    'a:\n  b: \n  c: ~\nd:\n',
    '- a: b\n  c:\n  - d\n- e\n',
    'just text',
    '"just quoted"',
    'a : b\n"c" : d\n',
    'a: "x" # y\nb: \'x\' # y\n',
  ])('%j', (text) => {
    expect(expectSame(text)).toBe(true)
  })

  test.each([
    'a: b\n  c\n',
    'a: "x\n  y"\n',
    'a: >\n  x\n',
    'a: !t b\n',
    '? a\n: b\n',
    '&x a: b\n',
    'a: b: c\n',
    'a: 1\na: 2\n',
    '__proto__: 1\n',
    'a:\n\t- b\n',
    'a: b\n---\nc: d\n',
    '[a: b]',
    '{[a]: b}',
    'a: *missing\n',
    'a: |2\n  x\n',
    'a: @b\n',
    'a: [b\n]\n',
    '%YAML 1.2\n---\na: b\n',
    '',
    '# nothing\n',
    'a: b\n c: d\n',
    '- a\nb: c\n',
    'a: "\\q"\n',
    'a:\n- b\n - c\n',
  ])('leaves %j to the full reader', (text) => {
    expect(readQuickly(text, 0, DEFAULT_LIMITS).root).toBeUndefined()
  })

  test('what is printed by others', () => {
    const value = fc.jsonValue({ maxDepth: 4 })
    let read = 0
    fc.assert(
      fc.property(value, (json) => {
        for (const text of [
          JSON.stringify(json, undefined, 2),
          JSON.stringify(json),
          stringify(json),
          stringify({ a: json }, { indentSeq: false }),
        ]) {
          if (/__proto__|"constructor"|prototype/.test(text)) continue
          if (expectSame(text)) read++
        }
      }),
      { numRuns: 400 },
    )
    expect(read).toBeGreaterThan(800)
  })

  test('on random structures', () => {
    const scalar = fc.oneof(
      fc.constantFrom(
        'a',
        'true',
        '1',
        '-1',
        '1.5',
        'x y',
        'a:b',
        ':80',
        '"q"',
        "'s'",
        '"a\\n"',
        'a#b',
        'null',
        '~',
        '|\n    t\n',
        '|\n    t\r\n    u',
        '"a\r\nb"',
        '# c\r',
        '[]',
        '{}',
        '[1, {a: b}]',
        '{a: [b], "c": d}',
        '*',
        '&a b',
        '*a',
        '',
        '-',
        '- x',
        '?',
        '"',
        "'",
        '# c',
        'a # c',
        'a: b',
        '%',
        '@',
        '>',
        '!',
        '|-',
        'http://x',
      ),
      fc.string({
        unit: fc.constantFrom(
          'a',
          ' ',
          ':',
          '-',
          '#',
          '"',
          "'",
          '{',
          '}',
          '[',
          ']',
          ',',
          '\n',
          '&',
          '*',
          '|',
          '\\',
          '\t',
          '1',
        ),
      }),
    )
    const line = fc.record({
      indent: fc.nat(6),
      dash: fc.boolean(),
      key: fc.option(fc.constantFrom('a', 'b', 'c', '"d"', '<<', "'e'", 'f g')),
      value: scalar,
    })
    const text = fc
      .array(line, { maxLength: 8 })
      .map((lines) =>
        lines
          .map(
            ({ indent, dash, key, value }) =>
              ' '.repeat(indent) + (dash ? '- ' : '') + (key === null ? '' : `${key}: `) + value,
          )
          .join('\n'),
      )
    let read = 0
    fc.assert(
      fc.property(text, (yaml) => {
        if (expectSame(yaml)) read++
      }),
      { numRuns: RUNS },
    )
    expect(read).toBeGreaterThan(RUNS / 50)
  })
})
