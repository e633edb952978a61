import { describe, expect, it } from 'vitest'
import type { Message } from '@nuncio/config'
import { utf8Bytes } from '@nuncio/core'
import type { Finding } from '../finding.ts'
import { testContext } from '../testing/context.ts'
import { compileSubstitutionFormat, type SubstitutionOptions } from './substitution-format.ts'

type Config = Message<'envoy.config.core.v3.SubstitutionFormatString'>

function compile(
  config: Config,
  extra: Partial<SubstitutionOptions> = {},
): { line: string; type: string; findings: Finding[] } {
  const findings: Finding[] = []
  const compiled = compileSubstitutionFormat(config, { report: (finding) => findings.push(finding), ...extra })
  return { line: compiled?.formatter.format(testContext()) ?? '', type: compiled?.contentType ?? '', findings }
}

function readFile(path: string): Uint8Array {
  return utf8Bytes(`${path} %PROTOCOL%`)
}

describe('compileSubstitutionFormat', () => {
  it('reads text from any source', () => {
    const environment = { environment: (name: string) => (name === 'FMT' ? '%PROTOCOL%' : undefined) }
    const sources = [
      { inline_string: '%PROTOCOL%' },
      { inline_bytes: utf8Bytes('ü %PROTOCOL%') },
      { environment_variable: 'FMT' },
      { filename: '/etc/format' },
    ]
    const lines = sources.map((source) => compile({ text_format_source: source }, { environment, readFile }).line)
    expect(lines).toEqual(['HTTP/1.1', '\xc3\xbc HTTP/1.1', 'HTTP/1.1', '/etc/format HTTP/1.1'])
    expect(compile({ text_format: '%RESPONSE_CODE%' })).toMatchObject({ line: '200', type: 'text/plain' })
  })

  it('reads JSON, omits empty values and knows the content type', () => {
    const json_format = { a: '%PROTOCOL%', b: '%REQ(none)%' }
    expect(compile({ json_format })).toMatchObject({ line: '{"a":"HTTP/1.1","b":null}\n', type: 'application/json' })
    expect(compile({ json_format, omit_empty_values: true, content_type: 'x/y' })).toMatchObject({
      line: '{"a":"HTTP/1.1"}\n',
      type: 'x/y',
    })
  })

  it('takes the formatter extensions that Envoy has for paths, metadata and CEL', () => {
    const formatters = [
      { name: 'a', typed_config: { '@type': 'envoy.extensions.formatter.req_without_query.v3.ReqWithoutQuery' } },
      { name: 'b', typed_config: { '@type': 'envoy.extensions.formatter.metadata.v3.Metadata' } },
      { name: 'c', typed_config: { '@type': 'envoy.extensions.formatter.cel.v3.Cel' } },
    ]
    expect(compile({ text_format: '%REQ_WITHOUT_QUERY(:path)%', formatters })).toMatchObject({
      line: '/dr/a',
      findings: [],
    })
    const none = { name: 'c', typed_config: { '@type': 'envoy.extensions.formatter.none.v3.None' } }
    expect(compile({ text_format: 'x', formatters: [none] }).findings).toMatchObject([
      { code: 'unsupported', path: 'formatters[0].typed_config', node: none, field: 'typed_config' },
    ])
  })

  it('says where what is wrong stands', () => {
    const nested = { b: ['%NOPE%'] }
    expect(compile({ json_format: { a: nested } }).findings).toMatchObject([
      { code: 'unknown-operator', path: 'json_format.a.b[0]', node: nested.b, field: 0 },
    ])
    const source = { inline_string: '50%' }
    expect(compile({ text_format_source: source }).findings).toMatchObject([
      { code: 'bad-format', path: 'text_format_source.inline_string', node: source, field: 'inline_string' },
    ])
    expect(compile({ text_format_source: { filename: '/nope' } }).findings).toMatchObject([
      { code: 'unreadable-source', path: 'text_format_source.filename' },
    ])
    expect(compile({ text_format_source: { environment_variable: 'X' } }).findings).toMatchObject([
      { code: 'unreadable-source' },
    ])
  })
})
