import { requestHeaders } from '@nuncio/core'
import { describe, expect, test } from 'vitest'
import { testPlace } from '../testing/place.ts'
import { compileCookieMatchers, cookieValue } from './cookie.ts'

test.each([
  [['a=1; b=2'], 'b', '2'],
  [['a=1', 'b=2'], 'b', '2'],
  [['a=1; a=2'], 'a', '1'],
  [['a="x y"'], 'a', 'x y'],
  [['a="'], 'a', '"'],
  [['ab=1'], 'a', undefined],
  [['a'], 'a', undefined],
  [['a=b=c'], 'a', 'b=c'],
  [[], 'a', undefined],
])('in %j the cookie %s is %j', (lines, name, expected) => {
  expect(cookieValue(requestHeaders(lines.map((line) => ['cookie', line])), name)).toBe(expected)
})

describe('matchers', () => {
  test.each([
    [{ string_match: { exact: 'v' } }, 'a=v', true],
    [{ string_match: { exact: 'v' } }, 'a=w', false],
    [{ string_match: { exact: 'v' } }, 'b=v', false],
    [{ string_match: { exact: 'v' }, invert_match: true }, 'a=v', false],
    [{ string_match: { exact: 'v' }, invert_match: true }, 'a=w', true],
    [{ string_match: { exact: 'v' }, invert_match: true }, 'b=v', true],
  ])('%j on %s: %s', (config, line, expected) => {
    const [matcher] = compileCookieMatchers([{ name: 'a', ...config }], testPlace().place)
    expect(matcher!.matches(requestHeaders([['cookie', line]]))).toBe(expected)
  })
})
