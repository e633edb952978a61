import { FilterBench, type Pairs, runFilter, type Transcript } from '@nuncio/filter-chain/testing'
import { describe, expect, test } from 'vitest'
import { headerToMetadata } from './index.ts'

const run = (rule: string, headers: Pairs = []): Promise<Transcript> =>
  runFilter(headerToMetadata, { config: `request_rules: [${rule}]`, request: { headers } })
const written = (t: Transcript, namespace = 'ns'): unknown => t.info.metadata?.get(namespace)
const present = (more = ''): string =>
  `{ header: X-Version, on_header_present: { metadata_namespace: ns, key: v${more} } }`

describe('envoy.filters.http.header_to_metadata', () => {
  test.each<[string, Pairs, unknown]>([
    [present(), [['x-version', '2']], { v: '2' }],
    [present(', type: NUMBER'), [['x-version', '2.5']], { v: 2.5 }],
    [present(', type: NUMBER'), [['x-version', '2x']], undefined],
    [present(', encode: BASE64'), [['x-version', 'w6k=']], { v: 'é' }],
    [present(', encode: BASE64'), [['x-version', '!']], undefined],
    [present(', value: fixed'), [['x-version', '2']], { v: 'fixed' }],
    [present(String.raw`, regex_value_rewrite: { pattern: { regex: '^v(\d+).*$' }, substitution: '\1' }`), [['x-version', 'v7.1']], { v: '7' }],
    [present(), [['x-version', 'a'], ['x-version', 'b']], { v: 'a,b' }],
    [present(), [['x-version', '']], undefined],
    [present(), [['x-version', 'x'.repeat(8192)]], undefined],
    [present(), [], undefined],
    ['{ header: x-a, on_header_missing: { metadata_namespace: ns, key: k, value: none } }', [], { k: 'none' }],
    ['{ header: x-a, on_header_missing: { metadata_namespace: ns, key: k, value: none } }', [['x-a', '']], undefined],
    ['{ cookie: c, on_header_present: { metadata_namespace: ns, key: k } }', [['cookie', 'a=1; c=2']], { k: '2' }],
  ])('rule %s with %j writes %j', async (rule, headers, expected) => {
    expect(written(await run(rule, headers))).toEqual(expected)
  }) // prettier-ignore

  test('removes a header when told to, and writes into a namespace of its own by default', async () => {
    const t = await run('{ header: x-a, remove: true, on_header_present: { key: k } }', [['x-a', '1']])
    expect(t.upstream?.headers).toEqual([])
    expect(written(t, 'envoy.filters.http.header_to_metadata')).toEqual({ k: '1' })
  })

  test('reads responses', async () => {
    const t = await runFilter(headerToMetadata, {
      config: 'response_rules: [{ header: x-served-by, on_header_present: { metadata_namespace: ns, key: by } }]',
      upstream: { headers: [['x-served-by', 'a']] },
    })
    expect(written(t)).toEqual({ by: 'a' })
  })

  test('lets a route have other rules', async () => {
    const t = await runFilter(headerToMetadata, {
      config: `request_rules: [${present()}]`,
      routeConfigs: [`request_rules: [${present(', value: route')}]`],
      request: { headers: [['x-version', '2']] },
    })
    expect(written(t)).toEqual({ v: 'route' })
  })

  test.each([
    ['{ header: a, cookie: b, on_header_present: { key: k } }', 'one header or one cookie'],
    ['{ header: a }', 'needs on_header_present or on_header_missing'],
    ['{ header: a, on_header_missing: { key: k } }', 'needs a value'],
    ['{ cookie: a, remove: true, on_header_present: { key: k } }', 'cookies cannot be removed'],
    ['{ header: ":path", remove: true, on_header_present: { key: k } }', 'needs this header'],
    ['{ header: a, on_header_present: { key: k, type: PROTOBUF_VALUE } }', 'not decoded'],
  ])('refuses the rule %s', (rule, message) => {
    const { problems } = new FilterBench(headerToMetadata, { config: `request_rules: [${rule}]` })
    expect(problems.join()).toContain(message)
  })

  test('counts what becomes of its rules under its stat_prefix', async () => {
    const bench = new FilterBench(headerToMetadata, {
      config: `
stat_prefix: mine
request_rules:
- { header: x-re, on_header_present: { key: a, regex_value_rewrite: { pattern: { regex: "^(a*)b$" }, substitution: '\\1' } } }
- { header: x-e, on_header_present: { key: e }, on_header_missing: { key: e, value: none } }
- { header: x-64, on_header_present: { key: f, encode: BASE64 } }
response_rules: [{ header: x-r, on_header_present: { key: r } }]`,
      upstream: { headers: [['x-r', '1']] },
    })
    await bench.run({ headers: [['x-re', 'b'], ['x-64', '!!!']] })
    await bench.run({ headers: [['x-re', 'ab'], ['x-e', 'x'.repeat(8192)], ['x-64', '']] })
    const all = [...bench.stats.counters.values()].filter(({ name }) => name.startsWith('http_filter_name.mine.'))
    expect(Object.fromEntries(all.map(({ name, value }) => [name.slice('http_filter_name.mine.'.length), value]))).toEqual({
      request_rules_processed: 6, request_metadata_added: 2, request_header_not_found: 1,
      response_rules_processed: 2, response_metadata_added: 2, response_header_not_found: 0,
      header_value_too_long: 1, regex_substitution_failed: 1, base64_decode_failed: 1,
    })
  }) // prettier-ignore
})
