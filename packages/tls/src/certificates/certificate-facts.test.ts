import { describe, expect, test } from 'vitest'
import { createAuthority } from '../testing/certificates.ts'
import { alternativeNames } from './alternative-names.ts'
import { CertificateFacts } from './certificate-facts.ts'
import { readOcspResponse } from './ocsp.ts'
import { dnsNameMatches } from '../peer/peer-names.ts'

const authority = createAuthority('root')

describe('what a certificate says', () => {
  const leaf = authority.issue({
    commonName: 'leaf',
    dns: ['a.example', '*.b.example'],
    uri: ['spiffe://td/x, DNS:evil.example'],
    ip: ['10.0.0.1', 'fd00::1'],
    email: ['a@b.example'],
    other: [['1.2.3.4', 'other']],
    notBefore: Date.UTC(2020, 0, 1),
    notAfter: Date.UTC(2051, 0, 1),
  })
  const facts = new CertificateFacts(leaf.x509)

  test('names, each of its kind, read from the bytes', () => {
    expect(facts).toMatchObject({
      subject: 'CN=leaf',
      issuer: 'CN=root',
      uriSans: ['spiffe://td/x, DNS:evil.example'],
      dnsSans: ['a.example', '*.b.example'],
      ipSans: ['10.0.0.1', 'fd00::1'],
      emailSans: ['a@b.example'],
      validFromMs: Date.UTC(2020, 0, 1),
      validToMs: Date.UTC(2051, 0, 1),
    })
    expect(facts.names[0]).toEqual({ kind: 'OTHER_NAME', value: 'other', oid: '1.2.3.4' })
  })

  test('its numbers in lower case', () => {
    expect(facts.serial).toBe(leaf.serial.toString(16).padStart(18, '0'))
    expect(facts.sha256).toMatch(/^[0-9a-f]{64}$/)
  })

  test('its PEM as a header can carry it', () => {
    expect(facts.urlEncodedPem).toMatch(
      /^-----BEGIN%20CERTIFICATE-----%0A[A-Za-z0-9%]+%0A-----END%20CERTIFICATE-----%0A$/,
    )
    expect(decodeURIComponent(facts.urlEncodedChain)).toBe(leaf.cert)
  })

  test('a name with a NUL or a control character is none', () => {
    const odd = authority.issue({ dns: ['good.example\0.evil.example', 'a\nb', 'fine.example'] })
    expect(alternativeNames(odd.der).map((name) => name.value)).toEqual(['fine.example'])
  })

  test('bytes that are no certificate have no names', () => {
    expect(alternativeNames(Buffer.from('rubbish'))).toEqual([])
    expect(alternativeNames(leaf.der.subarray(0, 200))).toEqual([])
  })
})

describe('names of certificates against host names', () => {
  test.each([
    ['a.example', 'a.example', true],
    ['a.example', '*.example', false],
    ['a.b.example', '*.b.example', true],
    ['b.example', '*.b.example', false],
    ['x.a.b.example', '*.b.example', false],
    ['a.b.example', 'a.*.example', false],
    ['ab.b.example', 'a*.b.example', false],
    ['example', '*', false],
    ['', '', false],
  ])('%s against %s', (host, pattern, matches) => {
    expect(dnsNameMatches(host, pattern)).toBe(matches)
  })
})

describe('OCSP responses', () => {
  const leaf = authority.issue({ dns: ['a.example'] })

  test('tell the certificate and how long they hold', () => {
    const nextUpdate = Math.floor(Date.now() / 1000) * 1000 + 5000
    expect(readOcspResponse(authority.ocsp(leaf, { nextUpdate }))).toMatchObject({
      serial: leaf.x509.serialNumber.toLowerCase(),
      validToMs: nextUpdate,
    })
  })

  test('rubbish is none', () => {
    expect(readOcspResponse(Buffer.from('rubbish'))).toBeUndefined()
    expect(readOcspResponse(authority.ocsp(leaf).subarray(0, 80))).toBeUndefined()
    expect(readOcspResponse(Buffer.from([0x30, 3, 0x0a, 1, 1]))).toBeUndefined()
  })
})
