import { describe, expect, expectTypeOf, test } from 'vitest'
import { load } from '../load/load.ts'
import { bool, double, duration, json, list, message, nested, oneOf, required, string, uint32 } from './message.ts'

const STAMP = message('acme.v1.Stamp', {
  text: required(string({ minLength: 1, maxLength: 8 })),
  count: uint32({ min: 1, max: 10 }),
  share: double(),
  on: bool(),
  after: duration(),
  mode: oneOf('FAST', 'SAFE'),
  names: list(string({ pattern: '^[a-z]+$' }), { min: 1, max: 2 }),
  inner: nested({ key: required(string()), many: list(nested({ n: uint32() })) }),
  free: json(),
  token: string({ secret: true }),
})
type Stamp = NonNullable<typeof STAMP.config>

function read(yaml: string): { config: Stamp | undefined; problems: string[] } {
  const { config, problems } = load(STAMP.type as never, yaml, { file: 'stamp.yaml', definitions: [STAMP] })
  return {
    config,
    problems: problems.map(({ line, column, code, message: text }) => `${line}:${column} ${code} ${text}`),
  }
}

describe('a message of one’s own', () => {
  test('is read like one of Envoy’s, with its types', () => {
    const { config, problems } = read(`
text: hi
count: 3
share: 0.5
on: false
after: 1.5s
mode: SAFE
names: [a, b]
inner: { key: k, many: [{ n: 1 }, {}] }
free: { any: [1, null] }
`)
    expect(problems).toEqual([])
    expect(config).toMatchObject({
      text: 'hi',
      count: 3,
      share: 0.5,
      on: false,
      after: 1500,
      mode: 'SAFE',
      names: ['a', 'b'],
      inner: { key: 'k', many: [{ n: 1 }, {}] },
      free: { any: [1, null] },
    })
    expectTypeOf<Stamp['text']>().toEqualTypeOf<string>()
    expectTypeOf<Stamp['count']>().toEqualTypeOf<number | undefined>()
    expectTypeOf<Stamp['mode']>().toEqualTypeOf<'FAST' | 'SAFE' | undefined>()
    expectTypeOf<Stamp['names']>().toEqualTypeOf<readonly string[] | undefined>()
    expectTypeOf<NonNullable<Stamp['inner']>['key']>().toEqualTypeOf<string>()
  })

  test.each([
    ['{}', '1:1 missing-field'],
    ['{ text: "" }', '1:9 rule'],
    ['{ text: far-too-long }', '1:9 rule'],
    ['{ text: a, count: 0 }', '1:19 rule'],
    ['{ text: a, count: 11 }', '1:19 rule'],
    ['{ text: a, count: x }', '1:19 '],
    ['{ text: a, mode: SLOW }', '1:18 '],
    ['{ text: a, after: -1s }', '1:19 '],
    ['{ text: a, names: [] }', '1:19 rule'],
    ['{ text: a, names: [A] }', '1:20 rule'],
    ['{ text: a, inner: {} }', '1:19 missing-field'],
    ['{ text: a, inner: { key: k, many: [{ m: 1 }] } }', '1:38 unknown-field'],
    ['{ txet: a }', '1:3 unknown-field'],
  ])('%s is a problem at its place', (yaml, expected) => {
    expect(read(yaml).problems.some((problem) => problem.startsWith(expected))).toBe(true)
  })
})
