import type { X509Certificate } from 'node:crypto'
import { extensionBody } from '../certificates/alternative-names.ts'
import { derInside, derValue } from '../certificates/der.ts'

const KEY_USAGE = '2.5.29.15'
const BASIC_CONSTRAINTS = '2.5.29.19'
const BOOLEAN = 1
const BIT_STRING = 3

/** Bits of the first byte of the extension. */
export const KeyUsage = { digitalSignature: 0x80, certificateSigning: 0x04, listSigning: 0x02 } as const

/** Whether an RSA key may sign a handshake, as all cipher suites but those of plain RSA want it; without the extension it may. */
export function maySign(certificate: X509Certificate): boolean {
  if (certificate.publicKey.asymmetricKeyType !== 'rsa') return true
  const usage = keyUsageOf(certificate)
  return usage === undefined || (usage & KeyUsage.digitalSignature) !== 0
}

/** Bits of `KeyUsage`; undefined: the certificate does not say. What is malformed allows nothing. */
export function keyUsageOf(certificate: X509Certificate): number | undefined {
  const extension = extensionBody(certificate.raw, KEY_USAGE)
  if (extension === undefined) return undefined
  const value = derValue(extension)
  // The first byte says how many bits at the end are unused.
  return value?.tag === BIT_STRING ? (value.body[1] ?? 0) : 0
}

/** Whether a certificate says that it is an authority's, whatever its key may be used for (`X509Certificate.ca` wants both). */
export function saysAuthority(certificate: X509Certificate): boolean {
  const extension = extensionBody(certificate.raw, BASIC_CONSTRAINTS)
  const first = extension === undefined ? undefined : derInside(derValue(extension))?.[0]
  return first?.tag === BOOLEAN && first.body[0] !== 0
}
