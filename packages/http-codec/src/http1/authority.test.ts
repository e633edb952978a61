import { describe, expect, it } from 'vitest'
import { isAuthority } from './authority.ts'

describe('isAuthority', () => {
  it.each([
    'a',
    'a.test',
    'a.test:80',
    'a.test:',
    '127.0.0.1:65535',
    '[::1]',
    '[2001:db8::1]:443',
    'a_b',
    'a%20b',
    "a!$&'()*+,;=b",
  ])('accepts %s', (text) => {
    expect(isAuthority(text)).toBe(true)
  })

  it.each([
    '',
    ':80',
    'a:b',
    'a:65536',
    'a:80:80',
    'u@a',
    'a/b',
    'a b',
    '[::1',
    '::1',
    '[a]',
    '[fe80::1%eth0]',
    'a%2',
    'a%zz',
    'a#b',
    'a?b',
    'a\\b',
    '\xe4',
    '\u0130',
    '[::1]x',
    '[]',
  ])('refuses %j', (text) => {
    expect(isAuthority(text)).toBe(false)
  })

  it('wants a port where one must be there', () => {
    expect([
      isAuthority('a', true),
      isAuthority('a:', true),
      isAuthority('a:1', true),
      isAuthority('[::1]:1', true),
    ]).toEqual([false, false, true, true])
  })
})
