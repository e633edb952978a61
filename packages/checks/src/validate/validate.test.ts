import { describe, expect, it } from 'vitest'
import { routes } from '../testing/yaml.ts'
import { validateConfig } from './validate-config.ts'

const codes = (text: string | Uint8Array, strict = false): string[] =>
  validateConfig(text, { file: 'x', strict }).problems.map(({ code, severity, line }) => `${line} ${severity} ${code}`)

describe('validateConfig', () => {
  it('finds what only compiling routes finds, in the order of the file', () => {
    const yaml = routes(`
      - match: { safe_regex: { regex: "/(?=a)" } }
        route: { cluster: a }
      - match: { prefix: / }
        route: { cluster: a, retry_policy: { retry_on: nonsense } }
        response_headers_to_add: [{ header: { key: x, value: "%NO_SUCH%" } }]`)
    expect(codes(yaml)).toEqual([
      '6 error invalid-regex',
      '9 warning unknown-value',
      expect.stringMatching(/^10 error /),
    ])
    expect(codes(yaml, true)[1]).toBe('9 error unknown-value')
  })

  it('tells what is not supported only where it is asked what is honoured', () => {
    const yaml = `vhds: { config_source: { ads: {} } }\n${routes('- { match: { prefix: / }, route: { cluster: a } }')}`
    expect(codes(yaml)).toEqual([])
    const told = validateConfig(yaml, { honours: {} }).problems.filter(({ path }) => path === 'vhds')
    expect(told.map(({ code, severity, line }) => [code, severity, line])).toEqual([['unsupported', 'error', 1]])
  })

  it('says a thing once', () => {
    const yaml = routes(
      '- match: { prefix: / }\n  route: { weighted_clusters: { clusters: [{ name: a, weight: 0 }] } }',
    )
    expect(codes(yaml)).toEqual(['7 error weights'])
  })

  it.each([
    ['an empty file', ''],
    ['a list', '- a\n- b\n'],
    ['a scalar', 'hello'],
    ['a tab', 'admin:\n\taddress: x\n'],
    ['text after the end', '{}\n}'],
    ['bytes that are no UTF-8', Uint8Array.of(0xff, 0xfe, 0x00, 0x80)],
    [
      'keys that reach for the prototype',
      '{"__proto__": {"polluted": 1}, "constructor": {"prototype": {"polluted": 1}}}',
    ],
    ['a cyclic alias', 'admin: &a { address: *a }\n'],
    ['a key written twice', 'admin: {}\nadmin: {}\n'],
    [
      'a dump of nothing',
      '{"configs": [1, null, {"@type": 5}, {"@type": "x/envoy.admin.v3.RoutesConfigDump", "static_route_configs": {"route_config": []}}]}',
    ],
    ['routes of the wrong kind', 'virtual_hosts: [1, {routes: {}, domains: {}}, {routes: [null, [], {match: 7}]}]'],
  ])('has an answer for %s', (_, text) => {
    const { problems } = validateConfig(text, { file: 'x' })
    for (const { message, line, column } of problems) {
      expect(message).not.toBe('')
      expect(line * column).toBeGreaterThanOrEqual(0)
    }
    expect(({} as { polluted?: number }).polluted).toBeUndefined()
  })

  it('is done with an alias bomb and with a large file in good time', () => {
    const bomb = `a: &a [x]\n${'bcdefghijkl'
      .split('')
      .map((name, i) => `${name}: &${name} [${`*${'abcdefghijk'[i]}, `.repeat(9)}x]\n`)
      .join('')}`
    expect(codes(bomb)).toEqual([expect.stringMatching(/error alias-expansion$/)])
    expect(codes(`# ${'x'.repeat(40 * 1024 * 1024)}`)).toEqual([expect.stringMatching(/error too-large$/)])
  })
})
