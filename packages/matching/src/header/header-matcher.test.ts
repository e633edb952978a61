import { requestHeaders } from '@nuncio/core'
import { FakeRuntime } from '@nuncio/core/testing'
import { describe, expect, test } from 'vitest'
import { testPlace } from '../testing/place.ts'
import { compileHeaderMatcher } from './header-matcher.ts'

function matcher(config: Parameters<typeof compileHeaderMatcher>[0]) {
  return compileHeaderMatcher({ name: 'X-A', ...config }, testPlace().place)
}

function matches(config: Parameters<typeof compileHeaderMatcher>[0], ...values: string[]): boolean {
  return matcher(config).matches(requestHeaders(values.map((value) => ['x-a', value])))
}

describe('kinds', () => {
  test.each([
    [{ present_match: true }, ['v'], true],
    [{ present_match: true }, [], false],
    [{ present_match: false }, ['v'], false],
    [{ present_match: false }, [], true],
    [{}, ['v'], true],
    [{}, [], false],
    [{ string_match: { exact: 'v' } }, ['v'], true],
    [{ range_match: { start: 1, end: 10 } }, ['1'], true],
    [{ range_match: { start: 1, end: 10 } }, ['10'], false],
    [{ range_match: { start: -5, end: 0 } }, ['-5'], true],
    [{ range_match: { start: 1, end: 10 } }, [' +5 '], true],
    [{ range_match: { start: 1, end: 10 } }, ['5.0'], false],
    [{ range_match: { start: 1, end: 10 } }, ['0x5'], false],
    [{ range_match: { start: 1, end: 10 } }, [''], false],
    [{ range_match: { start: 0, end: 2 ** 63 } }, ['99999999999999999999'], false],
    [{ exact_match: 'v' }, ['v'], true],
    [{ exact_match: '' }, ['anything'], true],
    [{ exact_match: '' }, [], false],
    [{ prefix_match: 'v' }, ['vw'], true],
    [{ suffix_match: 'w' }, ['vw'], true],
    [{ contains_match: 'v' }, ['uvw'], true],
    [{ safe_regex_match: { regex: 'v.' } }, ['vw'], true],
    [{ safe_regex_match: { regex: 'v.' } }, ['vwx'], false],
    [{ string_match: { exact: 'a,b' } }, ['a', 'b'], false],
    [{ range_match: { start: 1, end: 10 } }, ['5', '60'], true],
  ])('%j with %j: %s', (config, values, expected) => {
    expect(matches(config, ...values)).toBe(expected)
  })
})

describe('invert_match and treat_missing_header_as_empty', () => {
  const is = { string_match: { exact: 'v' } }
  const empty = { string_match: { exact: '' } }
  test.each([
    ['present, not inverted', is, ['v'], true],
    ['present, inverted', { ...is, invert_match: true }, ['v'], false],
    ['present and different, inverted', { ...is, invert_match: true }, ['w'], true],
    ['absent', is, [], false],
    ['absent, inverted', { ...is, invert_match: true }, [], false],
    ['absent as empty', { ...empty, treat_missing_header_as_empty: true }, [], true],
    ['absent as empty, inverted', { ...empty, treat_missing_header_as_empty: true, invert_match: true }, [], false],
    ['absent as empty, other value', { ...is, treat_missing_header_as_empty: true }, [], false],
    [
      'absent as empty, other value, inverted',
      { ...is, treat_missing_header_as_empty: true, invert_match: true },
      [],
      true,
    ],
    ['absent as empty counts as present', { present_match: true, treat_missing_header_as_empty: true }, [], true],
    ['absent, presence inverted', { present_match: true, invert_match: true }, [], true],
    ['present, presence inverted', { present_match: true, invert_match: true }, ['v'], false],
  ])('%s', (_, config, values, expected) => {
    expect(matches(config, ...values)).toBe(expected)
  })
})

describe('repeated headers, joined and one by one', () => {
  test.each([
    [{ string_match: { exact: '1,2' } }, ['1', '2'], true, false],
    [{ string_match: { exact: '1,2' } }, ['1,2'], true, true],
    [{ string_match: { exact: '1' } }, ['1', '2'], false, true],
    [{ string_match: { exact: '2' } }, ['1', '2'], false, true],
    [{ string_match: { exact: '1' } }, ['1,2'], false, false],
    [{ string_match: { safe_regex: { regex: '1.2' } } }, ['1', '2'], true, false],
    [{ range_match: { start: 0, end: 3 } }, ['1', '2'], false, true],
    [{ string_match: { exact: '1' }, invert_match: true }, ['1', '2'], true, false],
    [{ string_match: { exact: '3' }, invert_match: true }, ['1', '2'], true, true],
    [{ string_match: { exact: '1,2' }, invert_match: true }, ['1', '2'], false, true],
    [{ string_match: { exact: '' } }, ['1', ''], false, true],
    [{ present_match: true }, ['1', '2'], true, true],
  ])('%j on %j: %s, %s', (config, values, joined, individually) => {
    const headers = requestHeaders(values.map((value) => ['x-a', value]))
    const { place } = testPlace(new FakeRuntime({ 'envoy.reloadable_features.match_headers_individually': false }))
    expect(compileHeaderMatcher({ name: 'x-a', ...config }, place).matches(headers)).toBe(joined)
    expect(matcher(config).matches(headers)).toBe(individually)
  })
})

test('reads pseudo headers, and the authority under the name host', () => {
  const headers = requestHeaders([
    [':method', 'GET'],
    [':authority', 'a.com'],
  ])
  expect(matcher({ name: ':method', string_match: { exact: 'GET' } }).matches(headers)).toBe(true)
  expect(matcher({ name: 'Host', string_match: { exact: 'a.com' } }).matches(headers)).toBe(true)
})

test('explains itself', () => {
  const one = matcher({ string_match: { exact: '1' } })
  expect(one.describe()).toBe('header x-a exact "1"')
  expect(one.explain(requestHeaders([]))).toBe('got absent')
  expect(one.explain(requestHeaders([['x-a', '2']]))).toBe('got "2"')
  expect(matcher({ present_match: true, invert_match: true }).describe()).toBe('header x-a absent')
  expect(matcher({ range_match: { start: 1, end: 3 }, invert_match: true }).describe()).toBe('header x-a not in [1, 3)')
})
