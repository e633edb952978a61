import type { LoadResult } from '@nuncio/config'
import { envoyCase } from './envoy-tests.ts'
import type { EarlyHeader, EarlyTest, EnvoyAssert, EnvoyInput } from './messages.ts'
import type { TestCase } from './test-case.ts'

const RENAMED: Readonly<Record<string, string>> = {
  authority: ':authority',
  path: ':path',
  method: ':method',
  additional_request_headers: 'additional_headers',
  request_header_fields: 'header_fields',
}

/**
 * The tests of a file in the form that Envoy's tool had before its files were protobuf: pseudo headers as keys of the
 * input, `field` for the name of a header.
 */
export function earlyCases(file: { readonly tests?: readonly EarlyTest[] }, loaded: LoadResult<object>): TestCase[] {
  const written = new Map<object, object>()
  return (file.tests ?? []).map((test, index) => {
    const input = test.input === undefined ? {} : inputOf(test.input)
    const validate = test.validate === undefined ? {} : assertOf(test.validate)
    const now = { test_name: test.test_name ?? '', input, validate }
    written
      .set(now, test)
      .set(input, test.input ?? test)
      .set(validate, test.validate ?? test)
    return envoyCase(now, index, new Map(), {
      texts: loaded.texts,
      placeOf: (node, field) =>
        loaded.sources.positionOf(written.get(node) ?? node, field && (RENAMED[field] ?? field)),
    })
  })
}

function inputOf(early: NonNullable<EarlyTest['input']>): EnvoyInput {
  const {
    ':authority': authority = '',
    ':path': path = '',
    ':method': method = 'GET',
    additional_headers: more,
    ...same
  } = early
  return { ...same, authority, path, method, additional_request_headers: headersOf(more) }
}

function assertOf(early: NonNullable<EarlyTest['validate']>): EnvoyAssert {
  const { header_fields: fields = [], custom_header_fields: custom = [], ...same } = early
  return { ...same, request_header_fields: headersOf([...fields, ...custom]) }
}

function headersOf(list: readonly EarlyHeader[] = []): { key: string; value: string }[] {
  return list.map(({ field = '', value = '' }) => ({ key: field, value }))
}
