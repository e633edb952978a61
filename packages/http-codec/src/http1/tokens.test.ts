import { describe, expect, it } from 'vitest'
import {
  CLOSE,
  connectionOptions,
  listTokens,
  NOT_A_LIST,
  OTHERS,
  parseLength,
  PERSIST,
  trimBlanks,
  UPGRADES,
} from './tokens.ts'

describe('connectionOptions', () => {
  it.each([
    ['close', CLOSE],
    ['Close', CLOSE],
    ['keep-alive', PERSIST],
    ['KEEP-ALIVE , upgrade', PERSIST | UPGRADES],
    ['x-a', OTHERS],
    [',, close ,x,', CLOSE | OTHERS],
    ['', 0],
    ['close keep-alive', NOT_A_LIST],
    [':path', NOT_A_LIST],
    ['close; x', NOT_A_LIST],
    ['\xa0close', NOT_A_LIST],
  ])('reads %j', (value, options) => {
    expect(connectionOptions(value)).toBe(options)
  })
})

describe('lists and numbers', () => {
  it('are trimmed of spaces and tabs, and of nothing else', () => {
    expect(trimBlanks(' \t a b \t')).toBe('a b')
    expect(trimBlanks('\xa0a\x0b')).toBe('\xa0a\x0b')
    expect(listTokens('A, b')).toEqual(['a', 'b'])
    expect(listTokens('a\x0b')).toBeUndefined()
  })

  it('are digits, exact, and never more than fifteen', () => {
    expect(['0', '007', '999999999999999'].map(parseLength)).toEqual([0, 7, 999_999_999_999_999])
    expect(
      ['', '-1', '+1', '1.0', '1e3', '0x1', ' 1', '1 ', '1,1', '1000000000000000', '\u0661'].every(
        (text) => parseLength(text) === -1,
      ),
    ).toBe(true)
  })
})
