import { X509Certificate } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { createAuthority, selfSigned } from './certificates.ts'

describe('certificates made in a test', () => {
  const root = createAuthority('root')
  const middle = root.issueAuthority('middle')
  const leaf = middle.issue({
    commonName: 'leaf',
    dns: ['a.example', '*.b.example'],
    ip: ['10.0.0.1', 'fd00::1'],
    uri: ['spiffe://td/x'],
    email: ['a@b.example'],
  })

  test('say what they were asked to', () => {
    expect(leaf.x509.subject).toBe('CN=leaf')
    expect(leaf.x509.issuer).toBe('CN=middle')
    expect(leaf.x509.ca).toBe(false)
    expect(middle.x509.ca).toBe(true)
    expect(leaf.x509.subjectAltName).toBe(
      'email:a@b.example, DNS:a.example, DNS:*.b.example, URI:spiffe://td/x, IP Address:10.0.0.1, IP Address:FD00:0:0:0:0:0:0:1',
    )
    expect(leaf.x509.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1', '1.3.6.1.5.5.7.3.2'])
  })

  test('form a chain that verifies', () => {
    expect(leaf.x509.checkIssued(middle.x509)).toBe(true)
    expect(leaf.x509.verify(middle.x509.publicKey)).toBe(true)
    expect(middle.x509.verify(root.x509.publicKey)).toBe(true)
    expect(leaf.x509.checkPrivateKey(leaf.privateKey)).toBe(true)
    expect(leaf.chain).toBe(leaf.cert + middle.cert)
  })

  test('may be of RSA, expired, or self-signed', () => {
    const rsa = selfSigned({ key: 'rsa', notAfter: Date.UTC(2051, 0, 1), notBefore: Date.UTC(2020, 0, 1) })
    expect(rsa.x509.publicKey.asymmetricKeyType).toBe('rsa')
    expect(rsa.x509.validTo).toBe('Jan  1 00:00:00 2051 GMT')
    expect(new X509Certificate(rsa.cert).verify(rsa.x509.publicKey)).toBe(true)
  })

  test('have revocation lists and OCSP responses', () => {
    expect(root.revoke(leaf)).toMatch(/^-----BEGIN X509 CRL-----/)
    expect(middle.ocsp(leaf).length).toBeGreaterThan(100)
  })
})
