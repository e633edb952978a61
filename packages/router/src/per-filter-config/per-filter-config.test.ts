import { expect, test } from 'vitest'
import { forward, request, tableFrom } from '../testing/table.ts'

const wrapped = (fields: string): string =>
  `{ "@type": type.googleapis.com/envoy.config.route.v3.FilterConfig, ${fields} }`
const cors = (methods: string): string =>
  `{ "@type": type.googleapis.com/envoy.extensions.filters.http.cors.v3.CorsPolicy, allow_methods: ${methods} }`

test('levels are listed from the most specific on, wrappers opened', () => {
  const { table } = tableFrom(`
typed_per_filter_config: { cors: ${cors('table')}, a: ${wrapped('disabled: true')} }
virtual_hosts:
- name: v
  domains: ["*"]
  typed_per_filter_config: { cors: ${cors('host')}, b: ${wrapped(`config: ${cors('wrapped')}`)} }
  routes:
  - match: { prefix: /a }
    typed_per_filter_config: { cors: ${cors('route')}, a: ${wrapped('config: {}')} }
    route: { cluster: c }
  - match: { prefix: / }
    route: { cluster: c }
`)
  const seen = (url: string, name: string) =>
    forward(table, request(url))
      .filterConfigs(name)
      .map(({ disabled, config }) => [disabled, (config as { allow_methods?: string } | undefined)?.allow_methods])
  expect(seen('h/a', 'cors')).toEqual([
    [false, 'route'],
    [false, 'host'],
    [false, 'table'],
  ])
  expect(seen('h/', 'cors')).toEqual([
    [false, 'host'],
    [false, 'table'],
  ])
  expect(seen('h/a', 'a')).toEqual([
    [false, undefined],
    [true, undefined],
  ])
  expect(seen('h/', 'a')).toEqual([[true, undefined]])
  expect(seen('h/', 'b')).toEqual([[false, 'wrapped']])
  expect(seen('h/', 'none')).toEqual([])
})

test('what is optional and of a type that nobody knows is left out, the levels around it stay', () => {
  const unknown = `config: { "@type": type.googleapis.com/xds.type.v3.TypedStruct, type_url: acme.Unknown, value: {} }`
  const { table, problems } = tableFrom(`
virtual_hosts:
- name: v
  domains: ["*"]
  typed_per_filter_config: { a: ${wrapped('disabled: true')} }
  routes:
  - match: { prefix: / }
    typed_per_filter_config: { a: ${wrapped(`is_optional: true, ${unknown}`)}, b: ${wrapped(`is_optional: true, disabled: true, ${unknown}`)} }
    route: { cluster: c }
`)
  expect(problems).toEqual([])
  const seen = (name: string): boolean[] =>
    forward(table, request('h/'))
      .filterConfigs(name)
      .map(({ disabled }) => disabled)
  expect([seen('a'), seen('b')]).toEqual([[true], [true]])
})
