import {
  createHash,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  sign,
  X509Certificate,
} from 'node:crypto'
import {
  bits,
  boolean,
  certificateTime,
  der,
  enumerated,
  explicit,
  implicit,
  integer,
  nothing,
  octets,
  oid,
  sequence,
  set,
  time,
  utf8,
} from './der.ts'

// Certificates made while a test runs: authorities, what they issue, revocation lists, OCSP responses. Node can make keys and
// sign, but no X.509, so the DER is written here.

/** What to put into a certificate. */
export interface CertificateOptions {
  readonly commonName?: string
  readonly dns?: readonly string[]
  readonly ip?: readonly string[]
  readonly uri?: readonly string[]
  readonly email?: readonly string[]
  /** `otherName`s by OID; their value is a UTF-8 string. */
  readonly other?: readonly (readonly [oid: string, value: string])[]
  /** Milliseconds since 1970; an hour ago when left out. */
  readonly notBefore?: number
  /** In 30 days when left out. */
  readonly notAfter?: number
  readonly key?: 'ec' | 'rsa'
  /** An authority itself. */
  readonly ca?: boolean
  /** Left out: both. */
  readonly usage?: readonly ('server' | 'client')[]
  /** What its key may do; left out: sign. */
  readonly keyUsage?: 'sign' | 'encipher'
  /** More extensions, in DER. */
  readonly extensions?: readonly Uint8Array[]
}

/** A certificate with its private key. */
export class Identity {
  readonly der: Buffer
  readonly privateKey: KeyObject
  readonly issuer: Authority | undefined
  readonly serial: bigint

  constructor(certificate: Buffer, privateKey: KeyObject, serial: bigint, issuer: Authority | undefined) {
    this.der = certificate
    this.privateKey = privateKey
    this.serial = serial
    this.issuer = issuer
  }
  /** PEM of the certificate alone. */
  get cert(): string {
    return pem('CERTIFICATE', this.der)
  }
  /** PEM of the certificate and of the authorities above it, without the root. */
  get chain(): string {
    return this.issuer?.issuer === undefined ? this.cert : this.cert + this.issuer.chain
  }
  /** PEM of the private key. */
  get key(): string {
    return this.privateKey.export({ type: 'pkcs8', format: 'pem' })
  }
  get x509(): X509Certificate {
    return new X509Certificate(this.der)
  }
}

/** A certificate that issues others. */
export class Authority extends Identity {
  readonly name: Buffer

  constructor(certificate: Buffer, privateKey: KeyObject, serial: bigint, issuer: Authority | undefined, name: Buffer) {
    super(certificate, privateKey, serial, issuer)
    this.name = name
  }

  issue(options: CertificateOptions = {}): Identity {
    const { certificate, privateKey, serial } = make(options, this)
    return new Identity(certificate, privateKey, serial, this)
  }

  /** An authority below this one. */
  issueAuthority(commonName: string, options: CertificateOptions = {}): Authority {
    const { certificate, privateKey, serial } = make({ ...options, commonName, ca: true }, this)
    return new Authority(certificate, privateKey, serial, this, distinguishedName(commonName))
  }

  /** PEM of a revocation list that names these. */
  revoke(...identities: readonly Identity[]): string {
    const now = Date.now()
    const entries = identities.map((identity) => sequence(integer(identity.serial), certificateTime(now - 60_000)))
    const list = sequence(
      integer(1),
      algorithm(this.privateKey),
      this.name,
      certificateTime(now - 60_000),
      certificateTime(now + 86_400_000),
      ...(entries.length > 0 ? [sequence(...entries)] : []),
      explicit(0, sequence(extension('2.5.29.20', integer(1)))),
    )
    return pem('X509 CRL', signed(list, this.privateKey))
  }

  /** An OCSP response (DER) about a certificate of this authority. */
  ocsp(
    identity: Identity,
    options: { status?: 'good' | 'revoked'; thisUpdate?: number; nextUpdate?: number | undefined } = {},
  ): Buffer {
    const { status = 'good', thisUpdate = Date.now() - 60_000, nextUpdate = Date.now() + 3_600_000 } = options
    const hash = (bytes: Uint8Array): Buffer => octets(createHash('sha1').update(bytes).digest())
    const key = publicKeyBits(this.privateKey)
    const id = sequence(sequence(oid('1.3.14.3.2.26'), nothing), hash(this.name), hash(key), integer(identity.serial))
    const certStatus = status === 'good' ? implicit(0, Buffer.alloc(0)) : der(0xa1, time(thisUpdate))
    const single = sequence(
      id,
      certStatus,
      time(thisUpdate),
      ...(nextUpdate === undefined ? [] : [explicit(0, time(nextUpdate))]),
    )
    const data = sequence(explicit(1, this.name), time(thisUpdate), sequence(single))
    const basic = signed(data, this.privateKey)
    return sequence(enumerated(0), explicit(0, sequence(oid('1.3.6.1.5.5.7.48.1.1'), octets(basic))))
  }
}

/** A root authority. */
export function createAuthority(commonName = 'test authority', options: CertificateOptions = {}): Authority {
  const { certificate, privateKey, serial } = make({ ...options, commonName, ca: true }, undefined)
  return new Authority(certificate, privateKey, serial, undefined, distinguishedName(commonName))
}

/** A certificate that only vouches for itself. */
export function selfSigned(options: CertificateOptions = {}): Identity {
  const { certificate, privateKey, serial } = make(options, undefined)
  return new Identity(certificate, privateKey, serial, undefined)
}

function make(
  options: CertificateOptions,
  issuer: Authority | undefined,
): { certificate: Buffer; privateKey: KeyObject; serial: bigint } {
  const { privateKey } =
    options.key === 'rsa'
      ? generateKeyPairSync('rsa', { modulusLength: 2048 })
      : generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const signer = issuer?.privateKey ?? privateKey
  const subject = distinguishedName(options.commonName ?? options.dns?.[0] ?? 'test')
  const serial = BigInt(`0x01${randomBytes(8).toString('hex')}`)
  const certificate = sequence(
    explicit(0, integer(2)),
    integer(serial),
    algorithm(signer),
    issuer?.name ?? subject,
    sequence(
      certificateTime(options.notBefore ?? Date.now() - 3_600_000),
      certificateTime(options.notAfter ?? Date.now() + 30 * 86_400_000),
    ),
    subject,
    createPublicKey(privateKey).export({ type: 'spki', format: 'der' }),
    explicit(3, sequence(...extensions(options, privateKey, signer))),
  )
  return { certificate: signed(certificate, signer), privateKey, serial }
}

function extensions(options: CertificateOptions, privateKey: KeyObject, signer: KeyObject): Buffer[] {
  const identifier = (key: KeyObject): Buffer => createHash('sha1').update(publicKeyBits(key)).digest()
  const usage = options.usage ?? ['server', 'client']
  const purposes = usage.map((purpose) => oid(purpose === 'server' ? '1.3.6.1.5.5.7.3.1' : '1.3.6.1.5.5.7.3.2'))
  const names = alternativeNames(options)
  return [
    extension('2.5.29.19', options.ca === true ? sequence(boolean(true)) : sequence(), true),
    extension('2.5.29.15', options.ca === true ? bits(Buffer.from([0x06]), 1) : keyUsage(options), true),
    ...(options.ca === true ? [] : [extension('2.5.29.37', sequence(...purposes))]),
    extension('2.5.29.14', octets(identifier(privateKey))),
    extension('2.5.29.35', sequence(implicit(0, identifier(signer)))),
    ...(names.length > 0 ? [extension('2.5.29.17', sequence(...names))] : []),
    ...(options.extensions ?? []).map((bytes) => Buffer.from(bytes)),
  ]
}

function keyUsage({ keyUsage: use }: CertificateOptions): Buffer {
  return use === 'encipher' ? bits(Buffer.from([0x20]), 5) : bits(Buffer.from([0x80]), 7)
}

/** An extension of a certificate. */
function extension(id: string, value: Uint8Array, critical = false): Buffer {
  return sequence(oid(id), ...(critical ? [boolean(true)] : []), octets(value))
}

function alternativeNames(options: CertificateOptions): Buffer[] {
  const text = (n: number, names: readonly string[] | undefined): Buffer[] =>
    (names ?? []).map((name) => implicit(n, Buffer.from(name, 'latin1')))
  return [
    ...(options.other ?? []).map(([id, value]) => explicit(0, oid(id), explicit(0, utf8(value)))),
    ...text(1, options.email),
    ...text(2, options.dns),
    ...text(6, options.uri),
    ...(options.ip ?? []).map((address) => implicit(7, ipBytes(address))),
  ]
}

function ipBytes(address: string): Buffer {
  if (!address.includes(':')) return Buffer.from(address.split('.').map(Number))
  const [head = '', tail = ''] = address.split('::')
  const words = (part: string): number[] =>
    part === '' ? [] : part.split(':').map((word) => Number.parseInt(word, 16))
  const left = words(head)
  const right = words(tail)
  const all = [...left, ...Array.from({ length: 8 - left.length - right.length }, () => 0), ...right]
  return Buffer.from(all.flatMap((word) => [word >> 8, word & 255]))
}

function distinguishedName(commonName: string): Buffer {
  return sequence(set(sequence(oid('2.5.4.3'), utf8(commonName))))
}

function algorithm(key: KeyObject): Buffer {
  return key.asymmetricKeyType === 'rsa'
    ? sequence(oid('1.2.840.113549.1.1.11'), nothing)
    : sequence(oid('1.2.840.10045.4.3.2'))
}

function signed(body: Buffer, key: KeyObject): Buffer {
  return sequence(body, algorithm(key), bits(sign('sha256', body, key)))
}

/** The bit string inside of a public key, which key identifiers are hashes of. */
function publicKeyBits(key: KeyObject): Buffer {
  const spki = createPublicKey(key).export({ type: 'spki', format: 'der' })
  // The bit string comes last, after the algorithm: skip the outer head, the algorithm, the head and the unused-bits byte.
  const head = (at: number): number => (spki[at + 1]! < 128 ? 2 : 2 + (spki[at + 1]! & 127))
  const length = (at: number): number =>
    spki[at + 1]! < 128 ? spki[at + 1]! : spki.readUIntBE(at + 2, spki[at + 1]! & 127)
  const algorithmAt = head(0)
  const bitsAt = algorithmAt + head(algorithmAt) + length(algorithmAt)
  return spki.subarray(bitsAt + head(bitsAt) + 1)
}

function pem(label: string, bytes: Uint8Array): string {
  const lines =
    Buffer.from(bytes)
      .toString('base64')
      .match(/.{1,64}/g) ?? []
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`
}
