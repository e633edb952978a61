import { describe, expect, it } from 'vitest'
import { ipBytes, proxyHeaderV1, proxyHeaderV2 } from './header.ts'

const four = { source: { address: '10.1.2.3', port: 1000 }, destination: { address: '10.9.8.7', port: 443 } }
const six = { source: { address: '2001:db8::1', port: 1 }, destination: { address: '::1', port: 65535 } }
const hex = (bytes: Buffer): string => bytes.toString('hex')
const SIGNATURE = '0d0a0d0a000d0a515549540a'

describe('PROXY protocol headers', () => {
  it('writes version 1 as a line of text', () => {
    expect(proxyHeaderV1(four).toString()).toBe('PROXY TCP4 10.1.2.3 10.9.8.7 1000 443\r\n')
    expect(proxyHeaderV1(six).toString()).toBe('PROXY TCP6 2001:db8::1 ::1 1 65535\r\n')
    expect(proxyHeaderV1(undefined).toString()).toBe('PROXY UNKNOWN\r\n')
    expect(proxyHeaderV1({ ...four, source: { address: '/run/x.sock', port: 0 } }).toString()).toBe('PROXY UNKNOWN\r\n')
  })

  it('writes version 2 as bytes', () => {
    expect(hex(proxyHeaderV2(four))).toBe(`${SIGNATURE}2111000c0a0102030a09080703e801bb`)
    expect(hex(proxyHeaderV2(six))).toBe(
      `${SIGNATURE}2121002420010db8000000000000000000000001${'0'.repeat(31)}10001ffff`,
    )
    expect(hex(proxyHeaderV2(undefined))).toBe(`${SIGNATURE}20000000`)
  })

  it('writes TLVs behind the addresses of version 2, as many as fit', () => {
    const tlv = (type: number, text: string): { type: number; value: Buffer } => ({ type, value: Buffer.from(text) })
    expect(hex(proxyHeaderV2(four, [tlv(0xe1, 'ab'), tlv(4, '')]))).toBe(
      `${SIGNATURE}211100140a0102030a09080703e801bbe100026162040000`,
    )
    const large = proxyHeaderV2(four, [tlv(1, 'x'.repeat(60_000)), tlv(2, 'y'.repeat(60_000)), tlv(3, 'z')])
    expect(large.length).toBe(16 + 12 + 3 + 60_000)
    expect(large.readUInt16BE(14)).toBe(large.length - 16)
  })

  it('maps IPv4 into IPv6 when the two ends differ', () => {
    const mixed = { source: four.source, destination: six.destination }
    expect(proxyHeaderV1(mixed).toString()).toBe('PROXY TCP6 ::ffff:10.1.2.3 ::1 1000 65535\r\n')
    expect(hex(proxyHeaderV2(mixed))).toContain('00000000000000000000ffff0a010203')
  })

  it('reads every form of an IPv6 address', () => {
    expect(hex(ipBytes('::'))).toBe('0'.repeat(32))
    expect(hex(ipBytes('1:2:3:4:5:6:7:8'))).toBe('00010002000300040005000600070008')
    expect(hex(ipBytes('fe80::1%eth0'))).toBe('fe800000000000000000000000000001')
  })
})
