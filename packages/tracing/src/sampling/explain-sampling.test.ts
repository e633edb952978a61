import { type Fraction, requestHeaders } from '@nuncio/core'
import { expect, test } from 'vitest'
import { explainSampling } from './explain-sampling.ts'

const part = (numerator: number): Fraction => ({ numerator, denominator: 100 })
const SHARES = { client: part(100), random: part(5), overall: part(100) }
const ID = (digits: string, reason = '4'): string => `${digits}-0b8d-${reason}162-a617-ec71d3bf07e3`
/** 0x00002710 is 10 000, which is 0 of them; 0x0000270f is the last. */
const FIRST = ID('00002710')
const LAST = ID('0000270f')

test.each<[string, Record<string, string>, Partial<typeof SHARES>, string]>([
  ['nobody knows its id', {}, {}, '5 % of such requests are traced (random_sampling)'],
  ['there is a share of all', {}, { overall: part(50) }, '5 % of such requests are traced (random_sampling), and 50 % of those (overall_sampling)'],
  ['the client asks', { 'x-client-trace-id': '1' }, {}, '100 % of such requests are traced (client_sampling), as it has x-client-trace-id'],
  ['a service asks', { 'x-envoy-force-trace': '1' }, {}, 'is traced, as x-envoy-force-trace asks'],
  ['a service asks for a part', { 'x-envoy-force-trace': '1' }, { overall: part(10) }, '10 % of such requests are traced (overall_sampling), as x-envoy-force-trace asks'],
  ['its id is within', { 'x-request-id': FIRST }, {}, 'is traced: its x-request-id says so, or is within 5 %'],
  ['its id is beyond', { 'x-request-id': LAST }, {}, 'is not traced: its x-request-id is beyond 5 %'],
  ['its id says so', { 'x-request-id': ID('0000270f', '9') }, {}, 'is traced: its x-request-id says so, or is within 5 %'],
  ['its id is beyond the share of all', { 'x-request-id': ID('0000270f', '9') }, { overall: part(10) }, 'is not traced: its x-request-id is beyond 10 %'],
])('when %s', (_, given, shares, text) => {
  const headers = requestHeaders(Object.entries(given))
  expect(explainSampling(headers, { ...SHARES, ...shares }, true).text).toBe(text)
}) // prettier-ignore

test('an id that will be replaced says nothing', () => {
  expect(explainSampling(requestHeaders([['x-request-id', FIRST]]), SHARES, false).share).toBe('random_sampling')
})
