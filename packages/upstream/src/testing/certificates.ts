import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { isIP } from 'node:net'
import { ipBytes } from '../transport/proxy-protocol/header.ts'

export interface CertificateWish {
  readonly commonName: string
  /** `a.test`, `10.0.0.1` or `spiffe://…`; the kind is seen by the form. */
  readonly names?: readonly string[]
  /** Who signs; itself when left out. */
  readonly issuer?: TestCertificate
  readonly authority?: boolean
  readonly notBefore?: Date
  readonly notAfter?: Date
  readonly serial?: number
}

export interface TestCertificate {
  readonly commonName: string
  readonly cert: string
  readonly key: string
}

/** A certificate with a P-256 key, made on the spot so that no key lies in the tree. */
export function makeCertificate(wish: CertificateWish): TestCertificate {
  const pair = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
  const issuerKey: KeyObject = wish.issuer === undefined ? pair.privateKey : createPrivateKey(wish.issuer.key)
  const algorithm = sequence(oid('1.2.840.10045.4.3.2'))
  const body = sequence(
    tagged(0xa0, integer(2)),
    integer(wish.serial ?? 1 + (Date.now() % 1_000_000_000)),
    algorithm,
    name(wish.issuer?.commonName ?? wish.commonName),
    sequence(
      time(wish.notBefore ?? new Date(Date.now() - 86_400_000)),
      time(wish.notAfter ?? new Date(Date.now() + 86_400_000)),
    ),
    name(wish.commonName),
    pair.publicKey.export({ type: 'spki', format: 'der' }),
    tagged(0xa3, sequence(...extensions(wish))),
  )
  const signature = sign('sha256', body, issuerKey)
  const der = sequence(body, algorithm, tagged(0x03, Buffer.concat([Buffer.from([0]), signature])))
  return {
    commonName: wish.commonName,
    cert: pem('CERTIFICATE', der),
    key: pair.privateKey.export({ type: 'pkcs8', format: 'pem' }),
  }
}

/** The public key of a certificate's private key, as SPKI DER. */
export function publicKeyOf(certificate: TestCertificate): Buffer {
  return createPublicKey(createPrivateKey(certificate.key)).export({ type: 'spki', format: 'der' })
}

function extensions(wish: CertificateWish): Buffer[] {
  const out: Buffer[] = []
  const authority = wish.authority === true
  out.push(
    sequence(
      oid('2.5.29.19'),
      tagged(0x01, Buffer.from([255])),
      octets(authority ? sequence(tagged(0x01, Buffer.from([255]))) : sequence()),
    ),
  )
  if (wish.names !== undefined && wish.names.length > 0) {
    out.push(sequence(oid('2.5.29.17'), octets(sequence(...wish.names.map(generalName)))))
  }
  return out
}

function generalName(text: string): Buffer {
  if (isIP(text) !== 0) return tagged(0x87, ipBytes(text))
  return tagged(text.includes('://') ? 0x86 : 0x82, Buffer.from(text, 'latin1'))
}

function name(commonName: string): Buffer {
  return sequence(tagged(0x31, sequence(oid('2.5.4.3'), tagged(0x0c, Buffer.from(commonName)))))
}

function time(date: Date): Buffer {
  return tagged(0x18, Buffer.from(date.toISOString().replaceAll(/[-:T]|\.\d+/g, '')))
}

function pem(label: string, der: Buffer): string {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? []
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`
}

function tagged(tag: number, content: Buffer): Buffer {
  const { length } = content
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255]
  return Buffer.concat([Buffer.from([tag, ...size]), content])
}

function sequence(...parts: Buffer[]): Buffer {
  return tagged(0x30, Buffer.concat(parts))
}

function octets(content: Buffer): Buffer {
  return tagged(0x04, content)
}

function integer(value: number): Buffer {
  const bytes: number[] = []
  for (let rest = value; rest > 0 || bytes.length === 0; rest = Math.floor(rest / 256)) bytes.unshift(rest % 256)
  if (bytes[0]! >= 128) bytes.unshift(0)
  return tagged(0x02, Buffer.from(bytes))
}

function oid(text: string): Buffer {
  const [first = 0, second = 0, ...rest] = text.split('.').map(Number)
  const bytes = [first * 40 + second]
  for (const arc of rest) {
    const groups = [arc & 127]
    for (let more = arc >> 7; more > 0; more >>= 7) groups.unshift((more & 127) | 128)
    bytes.push(...groups)
  }
  return tagged(0x06, Buffer.from(bytes))
}
