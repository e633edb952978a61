/** How Envoy names what is wrong with a chain. OpenSSL goes on after a missing issuer and tells the last trouble; BoringSSL stops at the first. */
const WORDS: Readonly<Record<string, string>> = {
  UNABLE_TO_GET_ISSUER_CERT: 'unable to get issuer certificate',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'unable to get local issuer certificate',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'unable to get local issuer certificate',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'self-signed certificate',
  SELF_SIGNED_CERT_IN_CHAIN: 'self-signed certificate in certificate chain',
  CERT_HAS_EXPIRED: 'certificate has expired',
  CERT_NOT_YET_VALID: 'certificate is not yet valid',
  CERT_REVOKED: 'certificate revoked',
  CERT_SIGNATURE_FAILURE: 'certificate signature failure',
  CRL_HAS_EXPIRED: 'CRL has expired',
  CRL_SIGNATURE_FAILURE: 'CRL signature failure',
  UNABLE_TO_GET_CRL: 'unable to get certificate CRL',
  INVALID_CA: 'invalid CA certificate',
  INVALID_PURPOSE: 'unsupported certificate purpose',
  CERT_CHAIN_TOO_LONG: 'certificate chain too long',
  PATH_LENGTH_EXCEEDED: 'path length constraint exceeded',
}

/** In the words of logs, for the code of an error of OpenSSL's chain verification. */
export function chainWords(code: string): string {
  const depth = code === 'SELF_SIGNED_CERT_IN_CHAIN' ? 1 : 0
  return `X509_verify_cert: certificate verification error at depth ${depth}: ${WORDS[code] ?? code}`
}
