import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { buildClientHello, extension, records, sni } from '../testing/client-hello.ts'
import { MAX_CLIENT_HELLO, readClientHello } from './client-hello.ts'

const HELLO = buildClientHello({ serverName: 'WWW.Example.com', protocols: ['h2', 'http/1.1'] })

describe('a ClientHello', () => {
  test('tells its server name in lower case, and its protocols in order', () => {
    expect(readClientHello(records(HELLO))).toMatchObject({
      serverName: 'www.example.com',
      protocols: ['h2', 'http/1.1'],
    })
  })

  test('may have neither, or no extensions at all', () => {
    expect(
      readClientHello(records(buildClientHello({ extensions: [extension(10, Buffer.from([0, 2, 0, 29]))] }))),
    ).toMatchObject({
      serverName: '',
      protocols: [],
    })
    expect(readClientHello(records(buildClientHello({})))).toMatchObject({ serverName: '', protocols: [] })
  })

  test('may lie in many records, down to one byte each', () => {
    for (const size of [1, 3, 64, 200]) {
      expect(readClientHello(records(HELLO, size))).toMatchObject({ serverName: 'www.example.com' })
    }
  })

  test('may have other bytes behind it', () => {
    expect(readClientHello(Buffer.concat([records(HELLO), Buffer.from([20, 3, 3, 0, 1, 1])]))).toMatchObject({
      serverName: 'www.example.com',
    })
  })

  test.each([1, 7, 16_384])('is waited for in few steps when its records hold %i bytes', (size) => {
    const whole = records(buildClientHello({ serverName: 'a.example', padding: 9000 }), size)
    let asked = 0
    let have = 0
    let reading = readClientHello(whole.subarray(0, 0))
    while (typeof reading === 'number') {
      asked++
      expect(reading).toBeGreaterThan(have)
      have = reading
      reading = readClientHello(whole.subarray(0, have))
    }
    expect(reading).toMatchObject({ serverName: 'a.example' })
    expect(asked).toBeLessThan(100)
  })

  test('that is longer than one may be is told by its first bytes', () => {
    const head = Buffer.from([22, 3, 1, 0, 100, 1, 0, 0x40, 0x01])
    expect(readClientHello(head)).toBe('too-large')
    expect(readClientHello(records(buildClientHello({ padding: MAX_CLIENT_HELLO - 60 })))).toMatchObject({
      protocols: [],
    })
    expect(readClientHello(records(buildClientHello({ padding: MAX_CLIENT_HELLO })))).toBe('too-large')
  })
})

describe('what is not TLS', () => {
  const twice = buildClientHello({ extensions: [sni('a.example'), sni('b.example')] })
  test.each([
    ['HTTP', Buffer.from('GET / HTTP/1.1\r\n\r\n')],
    ['an alert', Buffer.from([21, 3, 1, 0, 2, 1, 0])],
    ['SSL 2', Buffer.from([0x80, 0x2e, 1, 3, 1, 0, 0])],
    ['another version', Buffer.from([22, 9])],
    ['an empty record', Buffer.from([22, 3, 1, 0, 0])],
    ['a record too long', Buffer.from([22, 3, 1, 0x40, 1])],
    ['another handshake message', Buffer.from([22, 3, 1, 0, 5, 2])],
    ['rubbish in a hello', records(Buffer.from([1, 0, 0, 4, 9, 9, 9, 9]))],
    ['an extension twice', records(twice)],
    ['an extension longer than the hello', records(buildClientHello({ extensions: [Buffer.from([0, 0, 0, 99, 1])] }))],
    ['a name with a NUL', records(buildClientHello({ serverName: 'a\0.example' }))],
    ['an empty name', records(buildClientHello({ serverName: '' }))],
    ['a name too long', records(buildClientHello({ serverName: 'a'.repeat(256) }))],
    ['an empty protocol', records(buildClientHello({ protocols: [''] }))],
    ['an empty protocol list', records(buildClientHello({ extensions: [extension(16, Buffer.from([0, 0]))] }))],
  ])('%s', (_, data) => {
    expect(readClientHello(data)).toBe('not-tls')
  })
})

test('whatever comes, the answer is a reading or a wish for more bytes than there are', () => {
  const mutated = fc
    .tuple(
      fc.array(fc.tuple(fc.nat(HELLO.length - 1), fc.nat(255)), { maxLength: 4 }),
      fc.integer({ min: 1, max: 300 }),
    )
    .map(([edits, size]) => {
      const copy = Buffer.from(HELLO)
      for (const [at, value] of edits) copy[at] = value
      return records(copy, size)
    })
  const anything = fc
    .uint8Array({ maxLength: 200 })
    .map((body) => Buffer.concat([Buffer.from([22, 3, 1, 0, 100, 1]), body]))
  fc.assert(
    fc.property(fc.oneof(mutated, anything), fc.nat(400), (data, length) => {
      const shown = data.subarray(0, length)
      const reading = readClientHello(shown)
      return typeof reading !== 'number' || reading > shown.length
    }),
  )
})
