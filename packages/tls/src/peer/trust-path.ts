import type { X509Certificate } from 'node:crypto'

const MAX_CHAIN = 16

/**
 * The certificates from a peer's own to the one that an authority signed (or that is one itself), with that authority;
 * undefined when signatures lead nowhere. Looks at no dates and at no lists: it follows what OpenSSL has found good, to
 * answer what OpenSSL does not tell.
 */
export function trustPath(
  leaf: X509Certificate,
  authorities: readonly X509Certificate[],
): { readonly path: readonly X509Certificate[]; readonly authority: X509Certificate } | undefined {
  const path: X509Certificate[] = []
  for (let at = leaf; path.length < MAX_CHAIN;) {
    path.push(at)
    const authority = authorities.find((one) => one.fingerprint256 === at.fingerprint256 || issued(one, at))
    if (authority !== undefined) return { path, authority }
    const next = at.issuerCertificate
    if (next === undefined || next.fingerprint256 === at.fingerprint256 || !issued(next, at)) return undefined
    at = next
  }
  return undefined
}

function issued(issuer: X509Certificate, subject: X509Certificate): boolean {
  return issuer.ca && subject.checkIssued(issuer) && subject.verify(issuer.publicKey)
}
