import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { testPlace } from '../testing/place.ts'
import { cidrSet } from './cidr-set.ts'
import { CidrTable } from './cidr-table.ts'
import { compileCidrRanges } from './compile.ts'
import { ipWords, parseIp } from './ip.ts'

describe('addresses', () => {
  const words = ipWords()
  test.each([
    '0.0.0.0',
    '255.255.255.255',
    '10.0.0.1',
    '::',
    '::1',
    '1::',
    '2001:db8::1',
    '1:2:3:4:5:6:7:8',
    '::ffff:1.2.3.4',
    '1:2:3:4:5:6:1.2.3.4',
    'FE80::A',
    '1::8',
    '::2:3:4:5:6:7:8',
    '1:2:3:4:5:6:7::',
  ])('%s is one', (text) => {
    expect(parseIp(text, words)).toBe(true)
  })
  test.each([
    '',
    '1',
    '1.2.3',
    '1.2.3.4.5',
    '256.1.1.1',
    '01.2.3.4',
    '1.2.3.4 ',
    'a.b.c.d',
    ':',
    ':::',
    '1::2::3',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '12345::',
    'g::',
    '1:',
    '::1:',
    '1.2.3.4::',
    '::1.2.3',
    '[::1]',
    '::1%eth0',
    '1:2:3:4:5:6:7:1.2.3.4',
    '::1:2:3:4:5:6:7:8',
    '1.2.3.4:80',
  ])('%s is none', (text) => {
    expect(parseIp(text, words)).toBe(false)
  })
  test('are read into words', () => {
    expect(parseIp('1.2.3.4', words)).toBe(true)
    expect(words).toEqual({ version: 4, a: 0, b: 0, c: 0, d: 0x01020304 })
    parseIp('2001:db8::ffff:1', words)
    expect(words).toEqual({ version: 6, a: 0x20010db8, b: 0, c: 0, d: 0xffff0001 })
    parseIp('::ffff:1.2.3.4', words)
    expect(words).toEqual({ version: 6, a: 0, b: 0, c: 0xffff, d: 0x01020304 })
  })
})

function number(parts: readonly number[]): number {
  return parts.reduce((sum, part) => sum * 256 + part, 0)
}

describe('sets', () => {
  test.each([
    ['10.0.0.0/8', '10.255.0.1', true],
    ['10.0.0.0/8', '11.0.0.0', false],
    ['10.1.2.3/8', '10.9.9.9', true],
    ['0.0.0.0/0', '1.2.3.4', true],
    ['0.0.0.0/0', '::1', false],
    ['::/0', '1.2.3.4', false],
    ['::1', '::1', true],
    ['2001:db8::/33', '2001:db8:7fff::1', true],
    ['2001:db8::/33', '2001:db8:8000::1', false],
    ['1.2.3.4', '1.2.3.4', true],
    ['1.2.3.4', '1.2.3.5', false],
    ['1.2.3.4', 'not an address', false],
  ])('%s has %s: %s', (range, address, expected) => {
    expect(cidrSet(range).has(address)).toBe(expected)
  })

  test('agree with arithmetic on random ranges', () => {
    const byte = fc.integer({ min: 0, max: 255 })
    const address = fc.tuple(byte, byte, byte, byte)
    fc.assert(
      fc.property(
        fc.array(fc.tuple(address, fc.integer({ min: 0, max: 32 })), { maxLength: 20 }),
        address,
        (ranges, asked) => {
          const set = cidrSet(...ranges.map(([from, length]) => `${from.join('.')}/${length}`))
          const expected = ranges.some(
            ([from, length]) =>
              Math.floor(number(from) / 2 ** (32 - length)) === Math.floor(number(asked) / 2 ** (32 - length)),
          )
          expect(set.has(asked.join('.'))).toBe(expected)
        },
      ),
      { seed: 3 },
    )
  })
})

test('a table gives the most specific range, and all from wide to narrow', () => {
  const table = new CidrTable<string>()
  expect(table.add('10.0.0.0', 8, 'wide')).toBe(true)
  table.add('10.1.0.0', 16, 'narrow')
  table.add('10.1.0.0', 16, 'late')
  expect(table.get('10.1.2.3')).toBe('narrow')
  expect(table.get('10.2.2.3')).toBe('wide')
  expect(table.getAll('10.1.2.3')).toEqual(['wide', 'narrow'])
  expect(table.get('::1')).toBeUndefined()
  expect(table.add('10.0.0.0', 33, 'x')).toBe(false)
})

test('a range that is none is a problem', () => {
  const { place, problems } = testPlace()
  compileCidrRanges([{ address_prefix: '10.0.0.0', prefix_len: 40 }, { address_prefix: 'x' }], place, 'ranges')
  expect(problems.map((problem) => [problem.code, problem.path])).toEqual([
    ['malformed-address', 'ranges[0]'],
    ['malformed-address', 'ranges[1]'],
  ])
})
