import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { canonical } from '../document/canonical.ts'
import { formatProblems } from '../problems/format.ts'
import { loadAny } from './load-any.ts'
import { load } from './load.ts'
import { loadBootstrap } from './load-bootstrap.ts'

const BASE = `admin:
  address: ":9001"
static_resources:
  listeners:
  - name: l
    address: { socket_address: { address: 127.0.0.1, port_value: 80 } }
    filter_chains:
    - filters:
      - name: envoy.http_connection_manager
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
          stat_prefix: x
          route_config: &r
            virtual_hosts:
            - name: v
              domains: ["*"]
              routes:
              - match: { prefix: "/" }
                route: { cluster: a, timeout: 1.5s, retries: { attempts: 2 } }
  clusters:
  - &c
    name: a
    type: STATIC
    metadata: { filter_metadata: { a: { b: [1, true, null, x] } } }
  - { <<: *c, name: b }
`

/** Texts that get deep into the checker: the one above with something cut, put in or doubled. */
const nearly = fc
  .array(
    fc.record({
      at: fc.nat(BASE.length),
      cut: fc.nat(20),
      put: fc.oneof(
        fc.constantFrom(
          '',
          ' ',
          '\n',
          ':',
          ': ',
          '- ',
          '{',
          '}',
          '[',
          ']',
          '"',
          "'",
          '#',
          '&c',
          '*c',
          '*r',
          '<<: ',
          '|',
          '>',
          '@type',
          '__proto__',
          'constructor: ',
          '\t',
          'null',
          '-1',
          '1e999',
          '.nan',
          '!!str ',
          '---\n',
          '...',
          '\u{1F600}',
          '\uFFFD',
          '\\',
        ),
        fc.string({ maxLength: 6 }),
      ),
    }),
    { minLength: 1, maxLength: 4 },
  )
  .map((edits) => edits.reduce((text, { at, cut, put }) => text.slice(0, at) + put + text.slice(at + cut), BASE))

const values = fc.letrec((tie) => ({
  any: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom(
      null,
      true,
      0,
      -1,
      1.5,
      '',
      'x',
      '1s',
      '*',
      'type.googleapis.com/envoy.extensions.filters.http.router.v3.Router',
      'type.googleapis.com/xds.type.v3.TypedStruct',
    ),
    fc.array(tie('any'), { maxLength: 3 }),
    tie('object'),
  ),
  object: fc.dictionary(
    fc.constantFrom(
      'static_resources',
      'listeners',
      'clusters',
      'name',
      'filter_chains',
      'filters',
      'typed_config',
      '@type',
      'type_url',
      'value',
      'route_config',
      'virtual_hosts',
      'domains',
      'routes',
      'match',
      'route',
      'cluster',
      'hosts',
      'address',
      'http_filters',
      'configs',
      'resources',
      'metadata',
      'retries',
      'load_assignment',
      'endpoints',
      'lb_endpoints',
      'endpoint',
      'weighted_clusters',
      'health_checks',
      'is_optional',
    ),
    tie('any'),
    { maxKeys: 5, noNullPrototype: true },
  ),
})).object

function look(text: string | Uint8Array): void {
  const before = Object.getOwnPropertyNames(Object.prototype).length
  const result = loadBootstrap(text, { file: 'f' })
  const any = loadAny(text)
  expect(result.problems.every(({ line, column, message }) => line >= 0 && column >= 0 && message !== '')).toBe(true)
  expect(result.config === undefined).toBe(result.problems.some(({ severity }) => severity === 'error'))
  expect(formatProblems('pretty', any.result.problems, any.result.texts)).toBeTypeOf('string')
  expect(Object.getOwnPropertyNames(Object.prototype)).toHaveLength(before)
}

describe('whatever the text, the loader answers', () => {
  test('texts that are nearly right', () => {
    fc.assert(fc.property(nearly, look), { numRuns: 150 })
  })

  test('JSON of any shape', () => {
    fc.assert(
      fc.property(values, (value) => look(JSON.stringify(value))),
      { numRuns: 150 },
    )
  })

  test('bytes', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), look), { numRuns: 100 })
  })

  test('the canonical form of what can be loaded means the same', () => {
    fc.assert(
      fc.property(nearly, (text) => {
        const { config } = loadBootstrap(text)
        const printed = canonical(text)
        if (config === undefined) return
        expect(loadBootstrap(printed.text!).config).toEqual(config)
        expect(canonical(printed.text!).text).toBe(printed.text)
      }),
      { numRuns: 80 },
    )
  })
})

describe('a flood of problems', () => {
  test('is told up to a limit, and an error is among what is told', () => {
    const filters = Array.from(
      { length: 12_000 },
      (_, i) => `{name: a, is_optional: true, typed_config: {"@type": type.googleapis.com/envoy.filters.http.x${i}}}`,
    )
    const text = `http_filters: [${filters.join(',')}]\nnope: 1`
    const { problems, config } = load(
      'envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager',
      text,
    )
    expect(problems.length).toBeLessThan(10_010)
    expect(problems.filter(({ code }) => code === 'too-many')).toHaveLength(2)
    expect(config).toBeUndefined()
  }, 5000)

  test('of names that are nearly others takes bounded time', () => {
    const clusters = Array.from(
      { length: 4000 },
      (_, i) => `{name: a_rather_long_name_of_a_cluster_${i}, type: STATIC}`,
    )
    const routes = Array.from(
      { length: 4000 },
      (_, i) => `{match: {prefix: /}, route: {cluster: a_rather_long_name_of_a_clustre_${i}}}`,
    )
    const manager = `{"@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager, route_config: {virtual_hosts: [{name: v, domains: ["*"], routes: [${routes.join(',')}]}]}}`
    const { problems } = loadBootstrap(
      `static_resources:\n  clusters: [${clusters.join(',')}]\n  listeners: [{address: ":80", filter_chains: [{filters: [{name: h, typed_config: ${manager}}]}]}]`,
    )
    expect(problems.filter(({ code }) => code === 'dangling-reference')).toHaveLength(4000)
    expect(problems.filter(({ hint }) => hint.startsWith('did you mean'))).toHaveLength(13)
  }, 5000)
})
