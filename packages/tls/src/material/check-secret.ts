import type { ConfigPlace } from '@nuncio/matching'
import { createHash } from 'node:crypto'
import { loadCertificate } from './certificate.ts'
import type { Secret } from './secrets.ts'
import { loadValidation } from './validation.ts'

/** Reports what keeps a secret from being used: a file that cannot be read, a key that does not fit its certificate. */
export function checkSecret(secret: Secret, place: ConfigPlace): void {
  const watched = { directories: new Set<string>(), digest: createHash('sha256') }
  const { tls_certificate: certificate, validation_context: validation } = secret
  if (certificate !== undefined) loadCertificate(certificate, place.at('tls_certificate', certificate), watched)
  if (validation !== undefined) loadValidation(validation, place.at('validation_context', validation), watched)
}
