import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { buildClientHello, extension, records } from '../testing/client-hello.ts'
import { type ClientHello, readClientHello } from './client-hello.ts'
import { ja3, ja4 } from './fingerprints.ts'

const list = (lengthBytes: number, itemBytes: number, ...values: number[]): Buffer => {
  const out = Buffer.alloc(lengthBytes + itemBytes * values.length)
  out.writeUIntBE(itemBytes * values.length, 0, lengthBytes)
  values.forEach((value, i) => out.writeUIntBE(value, lengthBytes + i * itemBytes, itemBytes))
  return out
}
const GREASE = extension(0x2a2a, Buffer.alloc(0))
const GROUPS = extension(10, list(2, 2, 0x1a1a, 29, 23))
const FORMATS = extension(11, list(1, 1, 0))
const SIGNATURES = extension(13, list(2, 2, 0x0403, 0x0804))
const VERSIONS = extension(43, list(1, 2, 0x3a3a, 0x0304, 0x0303))

function hello(parts: Parameters<typeof buildClientHello>[0]): ClientHello {
  const read = readClientHello(records(buildClientHello(parts)))
  if (typeof read !== 'object') throw new Error(`this is no hello: ${read}`)
  return read
}
const md5 = (text: string): string => createHash('md5').update(text).digest('hex')
const short = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 12)

const all = { serverName: 'a.example', protocols: ['h2', 'http/1.1'] }
const extensions = [GREASE, GROUPS, FORMATS, SIGNATURES, VERSIONS]

describe('JA3', () => {
  test('is of version, ciphers, extensions, groups and point formats, without GREASE', () => {
    expect(ja3(hello({ ...all, extensions }))).toBe(md5('771,4865,0-16-10-11-13-43,29-23,0'))
  })

  test('of a hello without extensions has empty lists', () => {
    expect(ja3(hello({}))).toBe(md5('771,4865,,,'))
  })
})

describe('JA4', () => {
  test('counts without GREASE, and hashes ciphers and other extensions sorted, signatures in their order', () => {
    const rest = `${short('1301')}_${short('000a,000b,000d,002b_0403,0804')}`
    expect(ja4(hello({ ...all, extensions }))).toBe(`t13d0106h2_${rest}`)
    const turned = extensions.toReversed()
    expect(ja4(hello({ ...all, extensions: turned }))).toBe(`t13d0106h2_${rest}`)
  })

  test('of a hello without extensions', () => {
    expect(ja4(hello({}))).toBe(`t12i010000_${short('1301')}_000000000000`)
  })

  test.each([
    [['http/1.1'], 'h1'],
    [['a'], 'aa'],
    [['a!'], '61'],
    [['-x-'], '2d'],
    [['\n'], '0a'],
  ])('of protocols %j says %s', (protocols, said) => {
    expect(ja4(hello({ protocols })).slice(8, 10)).toBe(said)
  })
})
