import { describe, expect, test } from 'vitest'
import { CidrMap } from '../filter-chain/cidr-map.ts'
import { isLoopback, isPath, ipNumber, unmapIpv4 } from './address.ts'

describe('addresses', () => {
  test.each([
    ['0.0.0.0', 0],
    ['10.1.2.3', 0x0a010203],
    ['255.255.255.255', 0xffffffff],
    ['::', 0n],
    ['::1', 1n],
    ['fe80::1%eth0', 0xfe800000000000000000000000000001n],
    ['2001:db8::8:800:200c:417a', 0x20010db80000000000080800200c417an],
    ['1:2:3:4:5:6:7:8', 0x00010002000300040005000600070008n],
    ['::ffff:10.0.0.1', 0xffff0a000001n],
  ])('reads %s', (text, value) => {
    expect(ipNumber(text)).toBe(value)
  })

  test.each([
    '',
    '1',
    '1.2.3',
    '1.2.3.4.5',
    '1.2.3.256',
    '01.2.3.4',
    '1..2.3',
    '1.2.3.4 ',
    'a.b.c.d',
    ':',
    ':::',
    '1::2::3',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '1.2.3.4::',
    '12345::',
    '/run/x',
    '1:2:3:4:5:6:7::8',
  ])('refuses "%s"', (text) => {
    expect(ipNumber(text)).toBeUndefined()
  })

  test('shows the IPv4 peer of a socket that takes both families as IPv4', () => {
    expect(unmapIpv4('::ffff:127.0.0.1')).toBe('127.0.0.1')
    expect(unmapIpv4('::ffff:7f00:1')).toBe('::ffff:7f00:1')
    expect(unmapIpv4('::1')).toBe('::1')
  })

  test('only 127.0.0.1 and ::1 are loopback, as Envoy has it', () => {
    expect(['127.0.0.1', '::1', '127.0.0.2', '10.0.0.1'].map(isLoopback)).toEqual([true, true, false, false])
  })

  test('a path, an abstract name and a peer without a name are no IP addresses', () => {
    expect(['/run/x.sock', '@x.y', '', '10.0.0.1', '::1'].map(isPath)).toEqual([true, true, true, false, false])
  })
})

function ranges(...texts: string[]): CidrMap<string> {
  const map = new CidrMap<string>()
  for (const text of texts) {
    const [address, bits] = text.split('/')
    if (text === 'any') map.obtainAny(() => text)
    else map.obtain(address!, Number(bits), () => text)
  }
  return map
}

describe('CidrMap', () => {
  test('finds the longest prefix, of either family', () => {
    const map = ranges('10.0.0.0/8', '10.1.0.0/16', '10.1.2.3/32', '0.0.0.0/0', 'fd00::/8', 'fd00:1::/32')
    expect(map.find('10.1.2.3')).toBe('10.1.2.3/32')
    expect(map.find('10.1.2.4')).toBe('10.1.0.0/16')
    expect(map.find('10.2.0.1')).toBe('10.0.0.0/8')
    expect(map.find('192.0.2.1')).toBe('0.0.0.0/0')
    expect(map.find('fd00:1::5')).toBe('fd00:1::/32')
    expect(map.find('fdff::5')).toBe('fd00::/8')
    expect(map.find('2001:db8::1')).toBeUndefined()
  })

  test('leaves host bits and lengths beyond the address out of account', () => {
    const map = ranges('10.1.2.3/8', '192.0.2.1/40')
    expect(map.find('10.9.9.9')).toBe('10.1.2.3/8')
    expect(map.find('192.0.2.1')).toBe('192.0.2.1/40')
    expect(map.find('192.0.2.2')).toBeUndefined()
  })

  test('a Unix socket is in no range', () => {
    expect(ranges('0.0.0.0/0', 'any').find('/run/x.sock')).toBe('any')
    expect(ranges('0.0.0.0/0').find('')).toBeUndefined()
  })

  test('says when a range is malformed', () => {
    expect(new CidrMap<string>().obtain('10.0.0', 8, () => 'x')).toBeUndefined()
  })
})
