import type { X509Certificate } from 'node:crypto'
import { extensionBody } from '../certificates/alternative-names.ts'
import { derValue } from '../certificates/der.ts'

const KEY_USAGE = '2.5.29.15'
const BIT_STRING = 3
const DIGITAL_SIGNATURE = 0x80

/** Whether an RSA key may sign a handshake, as all cipher suites but those of plain RSA want it; without the extension it may. */
export function maySign(certificate: X509Certificate): boolean {
  if (certificate.publicKey.asymmetricKeyType !== 'rsa') return true
  const extension = extensionBody(certificate.raw, KEY_USAGE)
  if (extension === undefined) return true
  const value = derValue(extension)
  // The first byte says how many bits at the end are unused.
  return value?.tag === BIT_STRING && ((value.body[1] ?? 0) & DIGITAL_SIGNATURE) !== 0
}
