import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { MAX_PROXY_HEADER, proxyVersion, readV1, readV2 } from './header.ts'

const SIGNATURE = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1')
const V4 = Buffer.from([1, 2, 3, 4, 5, 6, 7, 8, 0x10, 0, 0x20, 0])
/** `V4` from another address. */
const from = (...ip: number[]): Buffer => Buffer.concat([Buffer.from(ip), V4.subarray(4)])
const V6 = Buffer.from('20010db800000000000000000000000120010db800000000000000000000000210002000', 'hex')

function v2(command: number, family: number, body: Uint8Array, length = body.length): Buffer {
  return Buffer.concat([SIGNATURE, Buffer.from([command, family, length >> 8, length & 255]), body])
}

function tlv(type: number, value: string): Buffer {
  return Buffer.concat([Buffer.from([type, value.length >> 8, value.length & 255]), Buffer.from(value, 'latin1')])
}

function addresses(source: string, sourcePort: number, destination: string, destinationPort: number): object {
  return { source: { address: source, port: sourcePort }, destination: { address: destination, port: destinationPort } }
}

function read(text: string): unknown {
  return readV1(Buffer.from(text, 'latin1'))
}

describe('telling the version', () => {
  test.each([
    ['', 'wait'],
    ['P', 'wait'],
    ['PROXY', 'wait'],
    ['PROXY ', 1],
    ['PROXYS', 'none'],
    ['proxy ', 'none'],
    ['GET / HTTP/1.1', 'none'],
    ['\r\n', 'wait'],
    ['\r\n\r\n\0\r\nQUIT\n', 'wait'],
    ['\r\n\r\n\0\r\nQUIT\n\x21\x11\0\0', 2],
    ['\r\n\r\n\0\r\nQUIX', 'none'],
  ])('of %j is %s', (text, version) => {
    expect(proxyVersion(Buffer.from(text, 'latin1'))).toBe(version)
  })
})

describe('version 1', () => {
  test.each([
    ['PROXY TCP4 1.2.3.4 5.6.7.8 1000 2000\r\nhi', 38, addresses('1.2.3.4', 1000, '5.6.7.8', 2000)],
    ['PROXY TCP4 1.2.3.4 5.6.7.8 0 65535\r\n', 36, addresses('1.2.3.4', 0, '5.6.7.8', 65_535)],
    ['PROXY TCP4 1.2.3.4 5.6.7.8 01000 2000\r\n', 39, addresses('1.2.3.4', 1000, '5.6.7.8', 2000)],
    ['PROXY TCP6 2001:DB8:0::1 2001:db8::2 1 2\r\n', 42, addresses('2001:db8::1', 1, '2001:db8::2', 2)],
    ['PROXY TCP6 ::ffff:1.2.3.4 ::1 1 2\r\n', 35, addresses('::ffff:102:304', 1, '::1', 2)],
    ['PROXY TCP4 240.0.0.1 255.255.255.254 1 2\r\n', 42, addresses('240.0.0.1', 1, '255.255.255.254', 2)],
    ['PROXY UNKNOWN\r\nhi', 15, undefined],
    ['PROXY UNKNOWN ffff::1 ffff::2 1 2\r\nhi', 35, undefined],
  ])('takes %j', (text, length, expected) => {
    expect(read(text)).toEqual({ version: 1, length, addresses: expected, tlvs: [] })
  })

  test.each([
    ['a bad address', 'PROXY TCP4 1.2.3.400 5.6.7.8 1 2\r\n'],
    ['the other family', 'PROXY TCP4 2001:db8::1 2001:db8::2 1 2\r\n'],
    ['the other family', 'PROXY TCP6 1.2.3.4 5.6.7.8 1 2\r\n'],
    ['a port too large', 'PROXY TCP4 1.2.3.4 5.6.7.8 70000 2\r\n'],
    ['a negative port', 'PROXY TCP4 1.2.3.4 5.6.7.8 -1 2\r\n'],
    ['a port that is no number', 'PROXY TCP4 1.2.3.4 5.6.7.8 1e3 2\r\n'],
    ['too few fields', 'PROXY TCP4 1.2.3.4 5.6.7.8 1\r\n'],
    ['too many fields', 'PROXY TCP4 1.2.3.4 5.6.7.8 1 2 3\r\n'],
    ['two spaces', 'PROXY  TCP4 1.2.3.4 5.6.7.8 1 2\r\n'],
    ['another protocol', 'PROXY UDP4 1.2.3.4 5.6.7.8 1 2\r\n'],
    ['a group address', 'PROXY TCP4 224.0.0.1 5.6.7.8 1 2\r\n'],
    ['an IPv6 group address', 'PROXY TCP6 ff02::1 ::1 1 2\r\n'],
    ['no address', 'PROXY TCP4 0.0.0.0 5.6.7.8 1 2\r\n'],
    ['a line without end', `PROXY TCP4 ${'1'.repeat(120)}\r\n`],
    ['a NUL', 'PROXY TCP4 1.2.3.4\0 5.6.7.8 1 2\r\n'],
  ])('refuses %s', (_, text) => {
    expect(read(text)).toMatchObject({ version: 1, error: expect.any(String) })
  })

  test('waits for the end of the line, one byte at a time', () => {
    expect(read('PROXY TCP4 1.2.3')).toBe(17)
    expect(read('PROXY TCP4 1.2.3.4 5.6.7.8 1000 2000\n')).toBe(38)
  })
})

describe('version 2', () => {
  test.each([
    ['TCP over IPv4', v2(0x21, 0x11, V4), '1.2.3.4', '5.6.7.8'],
    ['UDP over IPv4', v2(0x21, 0x12, V4), '1.2.3.4', '5.6.7.8'],
    ['TCP over IPv6', v2(0x21, 0x21, V6), '2001:db8::1', '2001:db8::2'],
  ])('takes %s', (_, data, source, destination) => {
    expect(readV2(data)).toEqual({
      version: 2,
      length: data.length,
      addresses: { source: { address: source, port: 4096 }, destination: { address: destination, port: 8192 } },
      tlvs: [],
    })
  })

  test('takes TLVs', () => {
    const data = v2(0x21, 0x11, Buffer.concat([V4, tlv(2, 'a.example'), tlv(0xea, '')]))
    expect(readV2(data)).toMatchObject({
      tlvs: [
        { type: 2, value: new Uint8Array(Buffer.from('a.example')) },
        { type: 0xea, value: new Uint8Array(0) },
      ],
    })
  })

  test.each([
    ['alone', v2(0x20, 0, Buffer.alloc(0))],
    ['with addresses', v2(0x20, 0x11, V4)],
    ['with rubbish', v2(0x20, 0xff, Buffer.from([2, 0, 200]))],
  ])('LOCAL %s leaves the addresses as they are', (_, data) => {
    expect(readV2(data)).toEqual({ version: 2, length: data.length, addresses: undefined, tlvs: [] })
  })

  test.each([
    ['an unknown version', v2(0x31, 0x11, V4)],
    ['an unknown command', v2(0x22, 0x11, V4)],
    ['an unknown family', v2(0x21, 0x41, V4)],
    ['no family', v2(0x21, 0, Buffer.alloc(0))],
    ['no transport', v2(0x21, 0x10, V4)],
    ['Unix sockets', v2(0x21, 0x31, Buffer.alloc(216))],
    ['addresses cut short', v2(0x21, 0x11, V4.subarray(0, 10))],
    ['a TLV longer than the header', v2(0x21, 0x11, Buffer.concat([V4, Buffer.from([2, 0, 200, 1])]))],
    ['no source address', v2(0x21, 0x11, from(0, 0, 0, 0))],
    ['a group as source', v2(0x21, 0x11, from(224, 1, 1, 1))],
    ['a broadcast as source', v2(0x21, 0x11, from(255, 255, 255, 255))],
    ['no destination address', v2(0x21, 0x11, Buffer.concat([V4.subarray(0, 4), Buffer.alloc(4), V4.subarray(8)]))],
    ['no IPv6 address', v2(0x21, 0x21, Buffer.concat([Buffer.alloc(16), V6.subarray(16)]))],
    ['an IPv6 group', v2(0x21, 0x21, Buffer.concat([Buffer.from('ff', 'hex'), V6.subarray(1)]))],
    ['a TLV without length', v2(0x21, 0x11, Buffer.concat([V4, Buffer.from([2])]))],
  ])('refuses %s', (_, data) => {
    expect(readV2(data)).toMatchObject({ version: 2, error: expect.any(String) })
  })

  test('waits for the whole header, and judges what it can before', () => {
    expect(readV2(v2(0x21, 0x11, V4, 400))).toBe(416)
    expect(readV2(v2(0x21, 0x11, V4, 0xffff))).toBe(MAX_PROXY_HEADER)
    expect(readV2(v2(0x31, 0x11, V4, 0xffff))).toMatchObject({ error: expect.any(String) })
  })
})

test('whatever comes, the answer is a header within the bytes, an error, or more bytes than there are', () => {
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 300 }).map((body) => Buffer.concat([Buffer.from('PROXY '), body])),
    fc
      .tuple(
        fc.integer({ min: 0x1f, max: 0x22 }),
        fc.integer({ min: 0, max: 255 }),
        fc.uint8Array({ maxLength: 300 }),
        fc.integer({ min: 0, max: 400 }),
      )
      .map(([command, family, body, length]) => v2(command, family, body, length)),
  )
  fc.assert(
    fc.property(bytes, (data) => {
      const header = proxyVersion(data) === 1 ? readV1(data) : readV2(data)
      return typeof header === 'number' ? header > data.length : !('length' in header) || header.length <= data.length
    }),
  )
})
