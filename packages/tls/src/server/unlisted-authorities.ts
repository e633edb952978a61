import {
  createSecureContext,
  getCACertificates,
  type SecureContext,
  type SecureContextOptions,
  setDefaultCACertificates,
} from 'node:tls'

/**
 * A context that trusts authorities without naming them to clients. OpenSSL names those that a context is given (`ca`),
 * and Node has no switch for that; the default ones it does not name, so for the moment of the making these are they.
 */
export function withUnlistedAuthorities(options: SecureContextOptions, authorities: readonly string[]): SecureContext {
  const usual = getCACertificates('default')
  setDefaultCACertificates([...authorities])
  try {
    return createSecureContext(options)
  } finally {
    setDefaultCACertificates(usual)
  }
}
