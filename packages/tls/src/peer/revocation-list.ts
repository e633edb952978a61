import { verify, type X509Certificate } from 'node:crypto'
import { derInside, derOid, derTime, derValue, type DerValue } from '../certificates/der.ts'

const PEM = /-----BEGIN X509 CRL-----([^-]*)-----END X509 CRL-----/g
const UTC_TIME = 0x17
const GENERALIZED_TIME = 0x18
const SEQUENCE = 0x30
/** Of signature algorithms; those with the hash inside (Ed25519) have none. */
const HASHES: Readonly<Record<string, string | null>> = {
  '1.2.840.113549.1.1.11': 'sha256',
  '1.2.840.113549.1.1.12': 'sha384',
  '1.2.840.113549.1.1.13': 'sha512',
  '1.2.840.10045.4.3.2': 'sha256',
  '1.2.840.10045.4.3.3': 'sha384',
  '1.2.840.10045.4.3.4': 'sha512',
  '1.3.101.112': null,
}

/**
 * A certificate revocation list (RFC 5280 section 5). OpenSSL, as Node sets it up, wants one for every certificate of a
 * chain; this is for `only_verify_leaf_cert_crl`.
 */
export class RevocationList {
  readonly #issuer: Buffer
  readonly #nextUpdateMs: number
  readonly #revoked: ReadonlySet<string>
  readonly #body: Buffer
  readonly #hash: string | null | undefined
  readonly #signature: Buffer

  constructor(body: DerValue, algorithm: DerValue, signature: Buffer) {
    const fields = derInside(body) ?? []
    const at = fields[0]?.tag === 2 ? 1 : 0
    this.#body = body.whole
    this.#issuer = fields[at + 1]?.whole ?? Buffer.alloc(0)
    const next = fields[at + 3]
    const dated = next?.tag === UTC_TIME || next?.tag === GENERALIZED_TIME
    this.#nextUpdateMs = dated ? derTime(next) : Number.POSITIVE_INFINITY
    const entries = derInside(fields.slice(at + 3).find((field) => field.tag === SEQUENCE)) ?? []
    this.#revoked = new Set(entries.map((entry) => derInside(entry)?.[0]?.body.toString('hex') ?? ''))
    this.#hash = HASHES[derOid(derInside(algorithm)?.[0])]
    this.#signature = signature
  }

  isFrom(issuerName: Buffer): boolean {
    return this.#issuer.equals(issuerName)
  }

  /** What the list says of a certificate of its issuer: a code as OpenSSL names it, '' = nothing against it. */
  judge(certificate: X509Certificate, issuer: X509Certificate, nowMs: number): string {
    if (this.#hash === undefined || !verify(this.#hash, this.#body, issuer.publicKey, this.#signature))
      return 'CRL_SIGNATURE_FAILURE'
    // Not a number is no time at all.
    if (!(nowMs < this.#nextUpdateMs)) return 'CRL_HAS_EXPIRED'
    return this.#revoked.has(certificateParts(certificate).serial) ? 'CERT_REVOKED' : ''
  }
}

/** The lists of a PEM file; undefined when there is none, or one of them is malformed. */
export function readRevocationLists(pem: Buffer): readonly RevocationList[] | undefined {
  const lists: RevocationList[] = []
  for (const [, base64 = ''] of pem.toString('latin1').matchAll(PEM)) {
    const [body, algorithm, signature] = derInside(derValue(Buffer.from(base64, 'base64'))) ?? []
    if (body === undefined || algorithm === undefined || signature?.tag !== 3) return undefined
    lists.push(new RevocationList(body, algorithm, signature.body.subarray(1)))
  }
  return lists.length > 0 ? lists : undefined
}

/** The code of what lists say of a certificate that `issuer` signed; without a list of that issuer nobody knows. */
export function judgeByLists(
  lists: readonly RevocationList[],
  certificate: X509Certificate,
  issuer: X509Certificate,
  nowMs: number,
): string {
  const { issuerName } = certificateParts(certificate)
  const list = lists.find((one) => one.isFrom(issuerName))
  return list === undefined ? 'UNABLE_TO_GET_CRL' : list.judge(certificate, issuer, nowMs)
}

function certificateParts({ raw }: X509Certificate): { readonly serial: string; readonly issuerName: Buffer } {
  const fields = derInside(derInside(derValue(raw))?.[0]) ?? []
  const at = fields[0]?.tag === 0xa0 ? 1 : 0
  return {
    serial: fields[at]?.body.toString('hex') ?? '',
    issuerName: fields[at + 2]?.whole ?? Buffer.alloc(0),
  }
}
