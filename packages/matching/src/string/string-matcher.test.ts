import { expect, test } from 'vitest'
import { testPlace } from '../testing/place.ts'
import { compileStringMatcher } from './string-matcher.ts'

test.each([
  [{ exact: 'a' }, 'a', true],
  [{ exact: 'a' }, 'A', false],
  [{ exact: 'Ab', ignore_case: true }, 'aB', true],
  [{ exact: 'Ab', ignore_case: true }, 'aBc', false],
  [{ prefix: '/A', ignore_case: true }, '/ab', true],
  [{ prefix: '/a' }, '/', false],
  [{ suffix: '.COM', ignore_case: true }, 'x.com', true],
  [{ suffix: '.com' }, 'com', false],
  [{ contains: 'Xy', ignore_case: true }, 'axYb', true],
  [{ contains: 'xy' }, 'axYb', false],
  [{ safe_regex: { regex: 'a+' } }, 'aaa', true],
  [{ safe_regex: { regex: 'a+' } }, 'aaab', false],
  [{ exact: 'é' }, '\u00c3\u00a9', true],
  [{ exact: 'é' }, '\u00e9', false],
  [{ exact: 'É', ignore_case: true }, '\u00c3\u0089', true],
  [{ exact: '' }, '', true],
  [{ prefix: '' }, 'anything', true],
])('%j on %j: %s', (config, value, expected) => {
  const { place, problems } = testPlace()
  expect(compileStringMatcher(config, place).matches(value)).toBe(expected)
  expect(problems).toEqual([])
})

test('says what it is', () => {
  const { place } = testPlace()
  expect(compileStringMatcher({ exact: '1' }, place).describe()).toBe('exact "1"')
  expect(compileStringMatcher({ prefix: 'A', ignore_case: true }, place).describe()).toBe('prefix "a" ignoring case')
})

test.each([
  [{}, 'missing-field'],
  [{ safe_regex: { regex: '(' } }, 'invalid-regex'],
  [{ safe_regex: { regex: 'a' }, ignore_case: true }, 'rule'],
  [{ custom: { name: 'x', typed_config: { '@type': 'envoy.extensions.string_matcher.lua.v3.Lua' } } }, 'unsupported'],
])('reports %j as %s', (config, code) => {
  const { place, problems } = testPlace()
  compileStringMatcher(config, place)
  expect(problems.map((problem) => problem.code)).toEqual([code])
})
