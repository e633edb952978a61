import { describe, expect, test } from 'vitest'
import { testPlace } from '../testing/place.ts'
import { decodedQueryParameter } from './decode.ts'
import { compileQueryParameterMatchers, queryParameter } from './query-parameter.ts'

test.each([
  ['/q?a=1', 'a', '1'],
  ['/q?a', 'a', ''],
  ['/q?a=', 'a', ''],
  ['/q?a=1&a=2', 'a', '1'],
  ['/q?&&c=3', 'c', '3'],
  ['/q?ab=1&a=2', 'a', '2'],
  ['/q?c=1;d=2', 'c', '1;d=2'],
  ['/q?c=1;d=2', 'd', undefined],
  ['/q?%63=1', 'c', undefined],
  ['/q?a=%20', 'a', '%20'],
  ['/q?a=x#y', 'a', 'x#y'],
  ['/q?a=b=c', 'a', 'b=c'],
  ['/q', 'a', undefined],
  ['/q?A=1', 'a', undefined],
])('of %s the parameter %s is %j', (path, name, expected) => {
  expect(queryParameter(path, name)).toBe(expected)
})

test.each([
  ['/q?%63=%20x', 'c', ' x'],
  ['/q?a=1%2', 'a', '1%2'],
  ['/q?a=1', 'a', '1'],
  ['/q?%61=2&a=1', 'a', '2'],
])('of %s the decoded parameter %s is %j', (path, name, expected) => {
  expect(decodedQueryParameter(path, name)).toBe(expected)
})

describe('matchers', () => {
  test.each([
    [{ string_match: { exact: 'v' } }, '/q?a=v', true],
    [{ string_match: { exact: '' } }, '/q?a', true],
    [{ string_match: { prefix: '' } }, '/q', false],
    [{ present_match: true }, '/q?a', true],
    [{ present_match: false }, '/q?a', false],
    [{ present_match: false }, '/q', true],
    [{}, '/q?a', true],
    [{}, '/q?b', false],
  ])('%j on %s: %s', (config, path, expected) => {
    const [matcher] = compileQueryParameterMatchers([{ name: 'a', ...config }], testPlace().place)
    expect(matcher!.matches(path)).toBe(expected)
  })
})
