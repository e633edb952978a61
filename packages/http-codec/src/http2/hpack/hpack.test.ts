import { describe, expect, test } from 'vitest'
import { HpackDecoder } from './decoder.ts'
import { HpackEncoder } from './encoder.ts'
import { fieldName } from './field-name.ts'
import { outgoingName } from './outgoing-name.ts'
import { DynamicTable } from './dynamic-table.ts'
import { field } from './field.ts'
import { EncoderTable } from './encoder-table.ts'

type Fields = readonly (readonly [string, string])[]

function decode(decoder: HpackDecoder, hex: string): Fields | string {
  const bytes = Buffer.from(hex.replaceAll(' ', ''), 'hex')
  const fields: [string, string][] = []
  const error = decoder.decode(bytes, 0, bytes.length, {
    field: (name, value, valid) => void fields.push([name.text, valid ? value : '(invalid)']),
  })
  return error === '' ? fields : error
}

function encode(encoder: HpackEncoder, fields: Fields): Buffer {
  encoder.begin()
  for (const [name, value] of fields) {
    if (name === ':status') encoder.status(Number(value))
    else encoder.field(outgoingName(name)!, value)
  }
  return Buffer.from(encoder.bytes.subarray(0, encoder.length))
}

const first: Fields = [[':method', 'GET'], [':scheme', 'http'], [':path', '/'], [':authority', 'www.example.com']] // prettier-ignore
const third: Fields = [[':method', 'GET'], [':scheme', 'https'], [':path', '/index.html'], [':authority', 'www.example.com'], ['custom-key', 'custom-value']] // prettier-ignore
const found: Fields = [[':status', '302'], ['cache-control', 'private'], ['date', 'Mon, 21 Oct 2013 20:13:21 GMT'], ['location', 'https://www.example.com']] // prettier-ignore
const last: Fields = [[':status', '200'], ['cache-control', 'private'], ['date', 'Mon, 21 Oct 2013 20:13:22 GMT'], ['location', 'https://www.example.com'], ['content-encoding', 'gzip'], ['set-cookie', 'foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1']] // prettier-ignore

// The examples of RFC 7541 appendix C: octets, what they say, and the size of the table behind them.
const EXAMPLES: readonly [title: string, tableSize: number, blocks: readonly [string, Fields, number][]][] = [
  ['C.2.1 literal with indexing', 4096, [['400a 6375 7374 6f6d 2d6b 6579 0d63 7573 746f 6d2d 6865 6164 6572', [['custom-key', 'custom-header']], 55]]],
  ['C.2.2 literal without indexing', 4096, [['040c 2f73 616d 706c 652f 7061 7468', [[':path', '/sample/path']], 0]]],
  ['C.2.3 never indexed', 4096, [['1008 7061 7373 776f 7264 0673 6563 7265 74', [['password', 'secret']], 0]]],
  ['C.2.4 indexed', 4096, [['82', [[':method', 'GET']], 0]]],
  ['C.3 requests without Huffman', 4096, [
    ['8286 8441 0f77 7777 2e65 7861 6d70 6c65 2e63 6f6d', first, 57],
    ['8286 84be 5808 6e6f 2d63 6163 6865', [...first, ['cache-control', 'no-cache']], 110],
    ['8287 85bf 400a 6375 7374 6f6d 2d6b 6579 0c63 7573 746f 6d2d 7661 6c75 65', third, 164]]],
  ['C.4 requests with Huffman', 4096, [
    ['8286 8441 8cf1 e3c2 e5f2 3a6b a0ab 90f4 ff', first, 57],
    ['8286 84be 5886 a8eb 1064 9cbf', [...first, ['cache-control', 'no-cache']], 110],
    ['8287 85bf 4088 25a8 49e9 5ba9 7d7f 8925 a849 e95b b8e8 b4bf', third, 164]]],
  ['C.5 responses without Huffman', 256, [
    ['4803 3330 3258 0770 7269 7661 7465 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133 2032 303a 3133 3a32 3120 474d 546e 1768 7474 7073 3a2f 2f77 7777 2e65 7861 6d70 6c65 2e63 6f6d', found, 222],
    ['4803 3330 37c1 c0bf', [[':status', '307'], ...found.slice(1)], 222],
    ['88c1 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133 2032 303a 3133 3a32 3220 474d 54c0 5a04 677a 6970 7738 666f 6f3d 4153 444a 4b48 514b 425a 584f 5157 454f 5049 5541 5851 5745 4f49 553b 206d 6178 2d61 6765 3d33 3630 303b 2076 6572 7369 6f6e 3d31', last, 215]]],
  ['C.6 responses with Huffman', 256, [
    ['4882 6402 5885 aec3 771a 4b61 96d0 7abe 9410 54d4 44a8 2005 9504 0b81 66e0 82a6 2d1b ff6e 919d 29ad 1718 63c7 8f0b 97c8 e9ae 82ae 43d3', found, 222],
    ['4883 640e ffc1 c0bf', [[':status', '307'], ...found.slice(1)], 222],
    ['88c1 6196 d07a be94 1054 d444 a820 0595 040b 8166 e084 a62d 1bff c05a 839b d9ab 77ad 94e7 821d d7f2 e6c7 b335 dfdf cd5b 3960 d5af 2708 7f36 72c1 ab27 0fb5 291f 9587 3160 65c0 03ed 4ee5 b106 3d50 07', last, 215]]],
] // prettier-ignore

/** A decoder whose table was set to a size, as the examples assume. */
function decoderOf(tableSize: number): HpackDecoder {
  const decoder = new HpackDecoder(4096, 65_536)
  if (tableSize !== 4096) decode(decoder, '3fe101')
  return decoder
}

describe('a decoder', () => {
  test.each(EXAMPLES)('reads the example %s', (_, tableSize, blocks) => {
    const decoder = decoderOf(tableSize)
    for (const [hex, fields, size] of blocks) {
      expect(decode(decoder, hex)).toEqual(fields)
      expect(decoder.tableSize).toBe(size)
    }
  })

  test.each([
    ['an index of zero', '80'],
    ['an index beyond both tables', 'be'],
    ['a name index beyond both tables', '7f00 0161'],
    ['an integer without end', 'ffff ffff ffff ffff'],
    ['an integer that is cut off', 'ff'],
    ['an integer beyond 2^28', 'ff80 8080 8001'],
    ['a string longer than the block', '0005 6162'],
    ['a name without a value', '0001 61'],
    ['nothing behind a name index', '44'],
    ['the end-of-string symbol', '0001 6184 ffff ffff'],
    ['a padding of zeros', '0001 6181 18'],
    ['a padding of eight bits', '0001 6182 1fff'],
    ['a table size beyond the limit', '3fe2 1f'],
    ['a table size behind a field', '8220'],
  ])('refuses %s', (_, hex) => {
    expect(decode(new HpackDecoder(4096, 65_536), hex)).toBe('http2.compression_error')
  })

  test('refuses a name or value beyond the limit, decoded or as it is, without keeping it', () => {
    const decoder = new HpackDecoder(4096, 10)
    expect(decode(decoder, `0001 610b ${'61'.repeat(11)}`)).toBe('http2.header_field_too_large')
    // Fifteen times `0`, five bits each.
    expect(decode(decoder, '0001 618a 0000 0000 0000 0000 007f')).toBe('http2.header_field_too_large')
    expect(decode(decoder, `0001 610a ${'61'.repeat(10)}`)).toEqual([['a', 'a'.repeat(10)]])
  })

  test('wants to hear of a smaller table once its settings are acknowledged', () => {
    const decoder = new HpackDecoder(0, 65_536)
    expect(decode(decoder, '4001 6101 62')).toEqual([['a', 'b']])
    decoder.acknowledged(0)
    expect(decode(decoder, '82')).toBe('http2.compression_error')
    const other = new HpackDecoder(0, 65_536)
    other.acknowledged(0)
    expect(decode(other, '20 82')).toEqual([[':method', 'GET']])
    expect(decode(other, '3f01 82')).toBe('http2.compression_error')
  })

  test('takes blanks off the ends of values and marks bytes that no value may have', () => {
    const decoder = new HpackDecoder(4096, 65_536)
    expect(decode(decoder, '0001 6104 2061 0920')).toEqual([['a', 'a']])
    for (const bad of ['00', '0a', '0d', '01', '7f']) expect(decode(decoder, `0001 6101 ${bad}`)).toEqual([['a', '(invalid)']]) // prettier-ignore
  })
})

describe('an encoder', () => {
  test.each(EXAMPLES.filter(([title]) => title.startsWith('C.4')))('writes the example %s', (_, _size, blocks) => {
    const encoder = new HpackEncoder(4096)
    for (const [hex, fields] of blocks) expect(encode(encoder, fields).toString('hex')).toBe(hex.replaceAll(' ', ''))
  })

  test('says a value again by its index, until it has left the table', () => {
    const encoder = new HpackEncoder(128)
    const decoder = new HpackDecoder(4096, 65_536)
    const send = (fields: Fields): number => {
      const bytes = encode(encoder, fields)
      expect(decode(decoder, bytes.toString('hex'))).toEqual(fields)
      return bytes.length
    }
    send([['x-a', 'one']])
    expect(send([['x-a', 'one']])).toBe(1)
    send([['x-a', 'two']])
    expect(send([['x-a', 'one'], ['x-a', 'two']])).toBe(2) // prettier-ignore
    for (let i = 0; i < 10; i++) send([['x-b', `value ${i}`]])
    expect(send([['x-a', 'one']])).toBeGreaterThan(1)
  })

  test('gives secrets no place in any table, and values that vary only their name', () => {
    const encoder = new HpackEncoder(4096)
    const cookie = encode(encoder, [['cookie', 'a=b']])
    expect(cookie[0]! & 0xf0).toBe(0x10)
    expect(encode(encoder, [['cookie', 'a=b']])).toEqual(cookie)
    const long = encode(encoder, [['x-request-id', '1']]).length
    expect(encode(encoder, [['x-request-id', '2']]).length).toBeLessThan(long - 5)
  })

  test('follows the table size of the peer, and tells of the smallest in between', () => {
    const encoder = new HpackEncoder(4096)
    encode(encoder, [['x-a', 'one']])
    encoder.peerTableSize(0)
    encoder.peerTableSize(8192)
    const decoder = new HpackDecoder(4096, 65_536)
    const bytes = encode(encoder, [['x-a', 'one']])
    expect(bytes.subarray(0, 4).toString('hex')).toBe('203fe11f')
    expect(decode(decoder, bytes.toString('hex'))).toEqual([['x-a', 'one']])
  })

  test('sends texts as they are when Huffman code is off', () => {
    const bytes = encode(new HpackEncoder(4096, false), [['x-a', 'one']])
    expect(bytes.toString('latin1')).toContain('one')
  })
})

describe('tables', () => {
  test('a dynamic table keeps the newest that fit, whatever comes and goes', () => {
    const table = new DynamicTable(200)
    for (let i = 0; i < 100; i++) {
      table.add(field('n', String(i)))
      expect(table.at(0)?.value).toBe(String(i))
      expect(table.size).toBeLessThanOrEqual(200)
    }
    expect(table.at(table.count - 1)?.value).toBe(String(100 - table.count))
    table.add(field('n', 'x'.repeat(300)))
    expect([table.count, table.size, table.at(0)]).toEqual([0, 0, undefined])
  })

  test('an encoder table finds what a decoder has at the same index', () => {
    const mine = new EncoderTable(300)
    const theirs = new DynamicTable(300)
    const name = outgoingName('x-n')!
    for (let i = 0; i < 1000; i++) {
      const value = String(i * i)
      mine.add(name, value)
      theirs.add(field('x-n', value))
      const index = mine.find(name, String((i - 2) * (i - 2)))
      if (index > 0) expect(theirs.at(index - 62)?.value).toBe(String((i - 2) * (i - 2)))
      expect(theirs.at(mine.findName(name) - 62)?.value).toBe(value)
    }
  })

  test('names are told apart by what they mean', () => {
    expect(['a', 'A', '', 'a b', ':x', ':path', 'te'].map((text) => fieldName(text).kind)).toEqual([0, 1, 1, 1, 14, 11, 3]) // prettier-ignore
  })
})
