import { StreamInfo } from '@nuncio/core'
import { describe, expect, test } from 'vitest'
import { testConnection } from '../testing/connection.ts'
import { testPlace } from '../testing/place.ts'
import { FilterStateMatcher } from './filter-state-matcher.ts'
import { MetadataMatcher } from './metadata-matcher.ts'
import { compileValueMatcher } from './value-matcher.ts'

describe('value matchers', () => {
  test.each([
    [{ null_match: {} }, null, true],
    [{ null_match: {} }, undefined, false],
    [{ double_match: { exact: 1.5 } }, 1.5, true],
    [{ double_match: { range: { start: 1, end: 2 } } }, 2, false],
    [{ double_match: { range: { start: 1, end: 2 } } }, 1, true],
    [{ double_match: { exact: 1 } }, '1', false],
    [{ string_match: { exact: 'é' } }, 'é', true],
    [{ string_match: { prefix: '' } }, 1, false],
    [{ bool_match: false }, false, true],
    [{ bool_match: false }, undefined, false],
    [{ present_match: true }, null, true],
    [{ present_match: true }, undefined, false],
    [{ present_match: false }, undefined, false],
    [{ list_match: { one_of: { bool_match: true } } }, [1, true], true],
    [{ list_match: { one_of: { bool_match: true } } }, [1], false],
    [{ list_match: { one_of: { bool_match: true } } }, true, false],
    [{ or_match: { value_matchers: [{ bool_match: true }, { null_match: {} }] } }, null, true],
  ])('%j on %j: %s', (config, value, expected) => {
    expect(compileValueMatcher(config, testPlace().place).matches(value)).toBe(expected)
  })
})

const matcher = (path: string[], invert = false) =>
  new MetadataMatcher(
    { filter: 'ns', path: path.map((key) => ({ key })), value: { string_match: { exact: 'x' } }, invert },
    testPlace().place,
  )

describe('metadata matchers', () => {
  const metadata = new Map([['ns', { a: { b: 'x' }, list: [1], __proto__: null }]])
  test.each([
    [['a', 'b'], false, true],
    [['a', 'c'], false, false],
    [['a', 'c'], true, true],
    [['a', 'b'], true, false],
    [['list', 'length'], false, false],
    [['constructor', 'name'], false, false],
  ])('path %j, inverted %s: %s', (path, invert, expected) => {
    expect(matcher(path, invert).matches(metadata)).toBe(expected)
  })

  test('explain what is there', () => {
    expect(matcher(['a', 'b']).describe()).toBe('metadata ns:a.b exact "x"')
    expect(matcher(['a']).explain(metadata)).toBe('got {"b":"x"}')
    expect(matcher(['a']).explain(undefined)).toBe('got absent')
  })
})

describe('filter state matchers', () => {
  const info = new StreamInfo(testConnection(), 0, 0)
  info.filterState = new Map([
    ['user', { serialize: () => 'ann' }],
    ['ip', { serialize: () => '10.1.2.3:80' }],
  ])

  test('compare the text of an object', () => {
    const { place } = testPlace()
    expect(new FilterStateMatcher({ key: 'user', string_match: { exact: 'ann' } }, place).matches(info)).toBe(true)
    expect(new FilterStateMatcher({ key: 'none', string_match: { exact: 'ann' } }, place).matches(info)).toBe(false)
    expect(new FilterStateMatcher({ key: 'user', string_match: { exact: 'ann' } }, place).matches(undefined)).toBe(
      false,
    )
  })

  test('compare an address with ranges', () => {
    const ranges = [{ address_prefix: '10.0.0.0', prefix_len: 8 }]
    const { place } = testPlace()
    expect(new FilterStateMatcher({ key: 'ip', address_match: { ranges } }, place).matches(info)).toBe(true)
    expect(new FilterStateMatcher({ key: 'user', address_match: { ranges } }, place).matches(info)).toBe(false)
  })
})
