import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { JsonObject } from '@nuncio/config'
import { latin1Bytes, utf8Text } from '@nuncio/core'
import type { FormatContext } from '../context.ts'
import type { FormatOptions } from '../format/format.ts'
import { testContext } from '../testing/context.ts'
import { compileJsonFormat } from './json-format.ts'

function print(format: JsonObject, context: FormatContext = testContext(), options: FormatOptions = {}): string {
  const compiled = compileJsonFormat(format, options)
  if (!compiled.ok) throw new Error(compiled.problems.map((problem) => problem.message).join('; '))
  return compiled.formatter.format(context)
}

function read(line: string): unknown {
  return JSON.parse(utf8Text(latin1Bytes(line)))
}

// Expected lines are what Envoy 1.40 printed for these formats.
describe('compileJsonFormat', () => {
  it('keeps types, sorts keys and prints null for what is missing', () => {
    const format: JsonObject = {
      z: '%PROTOCOL%', a: '%RESPONSE_CODE%', m: 'x %RESPONSE_CODE% %REQ(none)%', lit: 'text', n: 5, b: true, nul: null, f: 1.5,
      list: ['%DURATION%', 'x', { k: '%REQ(x-q)%' }], nested: { y: '%REQ(none)%', x: '%BYTES_SENT%', e: {} }, el: [], empty: '',
    } // prettier-ignore
    expect(print(format, testContext([['x-q', 'a"b\\c\td']]))).toBe(
      '{"a":200,"b":true,"el":[],"empty":"","f":1.5,"list":[12,"x",{"k":"a\\"b\\\\c\\td"}],"lit":"text","m":"x 200 -","n":5,"nested":{"e":{},"x":5,"y":null},"nul":null,"z":"HTTP/1.1"}\n',
    )
  })

  it('leaves out what is missing, and objects that have nothing else, when told to', () => {
    const format: JsonObject = {
      z: '%PROTOCOL%', a: '%RESPONSE_CODE%', m: 'x %REQ(none)%', nul: null, list: ['%REQ(none)%', 'x', { k: '%REQ(none)%' }],
      nested: { y: '%REQ(none)%', e: {} }, el: [], mm: '%REQ(none)%%REQ(none)%', empty: '',
    } // prettier-ignore
    expect(print(format, testContext(), { omitEmpty: true })).toBe(
      '{"a":200,"el":[],"empty":"","list":["x"],"m":"x ","mm":"","z":"HTTP/1.1"}\n',
    )
    expect(print({ a: '%REQ(none)%' }, testContext(), { omitEmpty: true })).toBe('{}\n')
  })

  it('prints UTF-8 as it is and other bytes one by one', () => {
    const context = testContext([['x-utf', 'caf\xc3\xa9'], ['x-bad', 'a\xe9b']]) // prettier-ignore
    expect(print({ utf: '%REQ(x-utf)%', bad: '%REQ(x-bad)%', badmix: 'é %REQ(x-bad)%"', 'ké"y': 1 }, context)).toBe(
      '{"bad":"a\\u00e9b","badmix":"\xc3\xa9 a\\u00e9b\\"","k\xc3\xa9\\"y":1,"utf":"caf\xc3\xa9"}\n',
    )
  })

  it('cuts whatever stands beside something else, as text does', () => {
    const context = testContext([['host', 'Example']])
    context.info.setMetadata('dyn', { n: 3.5, b: true, o: { z: 1, a: 'ü', l: [1, 'two'] } })
    const format = { two: '%DYNAMIC_METADATA(dyn:o):3%%PROTOCOL%', one: '-%DYNAMIC_METADATA(dyn:n):1%' }
    expect(print(format, context)).toBe('{"one":"-3","two":"{\\"aHTTP/1.1"}\n')
  })

  it('keeps the types of metadata, and cuts only strings', () => {
    const context = testContext([['host', 'Example']])
    context.info.setMetadata('dyn', { n: 3.5, b: true, o: { z: 1, a: 'ü', l: [1, 'two'] } })
    const format = { dn: '%DYNAMIC_METADATA(dyn:n):1%', db: '%DYNAMIC_METADATA(dyn:b)%', dl: '%DYNAMIC_METADATA(dyn:o):3%', mix: 'a%DYNAMIC_METADATA(dyn:o)%', cut: '%REQ(host):3%' } // prettier-ignore
    expect(print(format, context)).toBe(
      '{"cut":"Exa","db":true,"dl":{"a":"\xc3\xbc","l":[1,"two"],"z":1},"dn":3.5,"mix":"a{\\"a\\":\\"\xc3\xbc\\",\\"l\\":[1,\\"two\\"],\\"z\\":1}"}\n',
    )
  })

  it('names every bad text by its path', () => {
    const compiled = compileJsonFormat({ a: { b: ['%NOPE%'] }, c: '50%' })
    expect(compiled).toMatchObject({
      ok: false,
      problems: [
        { path: ['a', 'b', 0], code: 'unknown-operator', offset: 0 },
        { path: ['c'], code: 'bad-format', offset: 2 },
      ],
    })
  })

  it('is one line that parses back, whatever the bytes (property)', () => {
    const bytes = fc.string({ unit: fc.integer({ min: 0, max: 0x2ff }).map((code) => String.fromCharCode(code)) })
    fc.assert(
      fc.property(bytes, bytes, (header, details) => {
        const context = testContext([['x', header]], [], { details, routeName: header })
        context.info.setMetadata('m', { [details]: header })
        const line = print({ [details]: '%REQ(x)%', mix: 'a %REQ(x)% %RESPONSE_CODE_DETAILS%', m: '%DYNAMIC_METADATA(m)%', r: '%ROUTE_NAME%' }, context) // prettier-ignore
        expect(line.slice(0, -1)).not.toMatch(/[\0-\x1f\x7f\u0100-\uffff]/) // oxlint-disable-line no-control-regex -- they may not be there
        expect(read(line)).toMatchObject({ r: header === '' ? null : utf8Text(latin1Bytes(utf8AsBytes(header))) })
      }),
    )
  })
})

function utf8AsBytes(text: string): string {
  return String.fromCharCode(...new TextEncoder().encode(text))
}
