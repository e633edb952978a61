import { requestHeaders } from '@nuncio/core'
import { describe, expect, test } from 'vitest'
import { forward, tableFrom } from '../testing/table.ts'

const TABLE = `
virtual_hosts:
- name: all
  domains: ["*"]
  cors: { allow_origin_string_match: [{ exact: "https://host" }], max_age: "5" }
  routes:
  - match: { prefix: /own }
    route: { cluster: c, cors: { allow_methods: GET, filter_enabled: { default_value: { numerator: 0 } } } }
  - match: { prefix: / }
    route: { cluster: c }
`

describe('cors of routes and virtual hosts', () => {
  const { table } = tableFrom(TABLE)
  const levels = (path: string): unknown[] =>
    forward(table, requestHeaders([[':path', path]])).cors.map(({ origins, methods, maxAge, enabled }) => [
      origins.map((origin) => origin.describe()),
      methods,
      maxAge,
      enabled?.selects(0),
    ])

  test('stand beside each other, that of the route first', () => {
    expect(levels('/own')).toEqual([[[], 'GET', '', false], [['exact "https://host"'], '', '5', undefined]]) // prettier-ignore
    expect(levels('/')).toEqual([[['exact "https://host"'], '', '5', undefined]])
  })

  test('are compiled with the table, so that what is wrong in them has a line', () => {
    const { problems } = tableFrom(TABLE.replace('exact: "https://host"', 'safe_regex: { regex: "(" }'))
    expect(problems.map(({ code, line, path }) => [code, line, path])).toEqual([
      ['invalid-regex', 5, 'virtual_hosts[0].cors.allow_origin_string_match[0].safe_regex.regex'],
    ])
  })
})
