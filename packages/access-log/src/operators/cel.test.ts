import { loadCel } from '@nuncio/cel'
import { beforeAll, expect, test } from 'vitest'
import { compileFormat } from '../format/format.ts'
import { compileJsonFormat } from '../json/json-format.ts'
import { testContext } from '../testing/context.ts'

beforeAll(loadCel)

const context = testContext([['x-name', 'caf\u00c3\u00a9']], [['x-up', 'yes']])

function line(format: string): string {
  const compiled = compileFormat(format)
  if (!compiled.ok) throw new Error(compiled.message)
  return compiled.formatter.format(context)
}

test.each([
  ['%CEL(request.path):3%', '/dr'], ['%CEL(response.code)%', '200'], ['%CEL(request.headers["none"])%', '-'],
  ['%CEL(request.headers["x-name"])%', 'caf\u00c3\u00a9'], ['%TYPED_CEL({"a": 1})%', 'CelMap value'],
  ['%TYPED_CEL(null)%', 'NULL'], ['%TYPED_CEL(1234567.0)%', '1.23457e+06'], ['%TYPED_CEL(1 == 1)%', 'true'],
  ['%TYPED_CEL(1 / 0)%', '-'], ['<%CEL(request.method)%>', '<GET>'],
])('prints %s in text as %s', (format, expected) => {
  expect(line(format)).toBe(expected)
}) // prettier-ignore

test('keeps the type of typed expressions in JSON', () => {
  const format = {
    bool: '%TYPED_CEL(1 == 1)%', text: '%CEL(1 == 1)%', number: '%TYPED_CEL(response.code)%', map: '%TYPED_CEL({"b": [1, "x"]})%',
    none: '%TYPED_CEL(1 / 0)%', null: '%CEL(null)%', nothing: '%TYPED_CEL(null)%', time: '%TYPED_CEL(duration("1.5s"))%',
  } // prettier-ignore
  const compiled = compileJsonFormat(format)
  expect(compiled.ok && JSON.parse(compiled.formatter.format(context))).toEqual({
    bool: true, text: 'true', number: 200, map: { b: [1, 'x'] }, none: null, null: 'NULL', nothing: null, time: '1.500s',
  }) // prettier-ignore
})

test('tells what is wrong with an expression, and where it stands', () => {
  expect(compileFormat('a %CEL(none())%')).toMatchObject({
    ok: false,
    code: 'bad-format',
    offset: 2,
    message: 'CEL: there is no function "none"',
  })
})
