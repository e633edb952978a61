import { describe, expect, it } from 'vitest'
import { failuresOf, runTests } from '../testing/route-tests.ts'
import { routes } from '../testing/yaml.ts'
import { parseRouteTests } from './parse-tests.ts'

const CONFIG = routes(`
  - match: { prefix: /new }
    request_headers_to_add: [{ header: { key: x-team, value: web } }]
    route:
      host_rewrite_literal: inside
      prefix_rewrite: /v2
      weighted_clusters: { clusters: [{ name: blue, weight: 30 }, { name: green, weight: 70 }] }
  - match: { prefix: /old }
    redirect: { path_redirect: /new }`)

const one = (input: string, validate: string): string =>
  `[\n  { "test_name": "t", "input": { ":authority": "a.example", ${input} }, "validate": { ${validate} } },\n]\n`

describe('tests in the form before protobuf', () => {
  it('are a list, with pseudo headers as keys and GET unless something else is written', () => {
    const text = one(
      '":path": "/new/x", "random_value": 30, "additional_headers": [{ "field": "x-a", "value": "1" }]',
      `"cluster_name": "green", "virtual_host_name": "all", "virtual_cluster_name": "", "host_rewrite": "inside", "path_rewrite": "/v2/x",
       "path_redirect": "", "header_fields": [{ "field": "x-a", "value": "1" }], "custom_header_fields": [{ "field": "X-Team", "value": "web" }]`,
    )
    expect(failuresOf(runTests(CONFIG, text))).toEqual([])
  })

  it('may also stand under a name', () => {
    const text = `{ "tests": ${one('":path": "/old", ":method": "POST", "ssl": true', '"path_redirect": "https://a.example/new"')} }`
    expect(failuresOf(runTests(CONFIG, text))).toEqual([])
  })

  it('show the line of what is wrong', () => {
    const report = runTests(CONFIG, one('":path": "/new"', '"header_fields": [{ "field": "x-team", "value": "b" }]'))
    expect(report.results[0]).toMatchObject({
      position: { line: 2 },
      failures: [{ expected: 'b', actual: 'web', position: { line: 2 } }],
    })
  })

  it('have to name what they need', () => {
    const { tests, problems } = parseRouteTests(one('":path": ""', '"no_such": ""'))
    expect(tests).toBeUndefined()
    expect(problems.map(({ code, line }) => [code, line])).toEqual([
      ['rule', 2],
      ['unknown-field', 2],
    ])
  })
})
