import { createHash, X509Certificate } from 'node:crypto'
import type { TLSSocket } from 'node:tls'
import { chainOf, type SubjectAltNames, subjectAltNames } from './peer.ts'
import { canonicalIp, dnsNameCovers } from './names.ts'

/** What a host's certificate has to be; decided from a `validation_context`. */
export interface PeerRules {
  /** The chain must lead to one of the trusted authorities. */
  readonly verifyChain: boolean
  /** A chain that does not is let pass, and marked as not validated. */
  readonly acceptUntrusted: boolean
  readonly allowExpired: boolean
  /** Trusted authorities, for chains that only time has spoilt. */
  readonly authorities: readonly X509Certificate[]
  /** One of them must match; empty = none asked. */
  readonly sanMatchers: readonly SanMatcher[]
  /** SHA-256 of the certificate, lower-case hex; either this list or the next must hold it, when one is given. */
  readonly certificateHashes: readonly string[]
  /** SHA-256 of the public key, base64. */
  readonly keyHashes: readonly string[]
}

/** Whether some name of a certificate is the wanted one. */
export type SanMatcher = (names: SubjectAltNames) => boolean

/** `ok`, or which rule was broken and in what words. */
export type PeerVerdict =
  | { readonly ok: true; readonly validated: boolean }
  | { readonly ok: false; readonly rule: 'no_cert' | 'error' | 'san' | 'cert_hash'; readonly why: string }

const TIME_ERRORS = new Set(['CERT_HAS_EXPIRED', 'CERT_NOT_YET_VALID'])

/** Judges the peer of a finished handshake. `names`: names of which the certificate must have one. */
export function judgePeer(socket: TLSSocket, rules: PeerRules, names: readonly string[]): PeerVerdict {
  const asksNothing = !rules.verifyChain && names.length === 0 && rules.sanMatchers.length === 0
  const pinned = rules.certificateHashes.length > 0 || rules.keyHashes.length > 0
  if (asksNothing && !pinned) return { ok: true, validated: false }
  const leaf = socket.getPeerX509Certificate()
  if (leaf === undefined) return { ok: false, rule: 'no_cert', why: 'no peer certificate' }
  let validated = rules.verifyChain
  if (rules.verifyChain) {
    const error = chainError(socket, leaf, rules)
    if (error !== undefined && !rules.acceptUntrusted) return { ok: false, rule: 'error', why: error }
    validated = error === undefined
  }
  const sans = subjectAltNames(leaf.subjectAltName)
  if (!namesAllowed(sans, rules, names)) {
    return { ok: false, rule: 'san', why: `SAN matcher, certificate SANs are [${sans.all.join(', ')}]` }
  }
  if (pinned && !isPinned(leaf, rules)) return { ok: false, rule: 'cert_hash', why: 'cert hash and spki' }
  return { ok: true, validated }
}

function namesAllowed(sans: SubjectAltNames, rules: PeerRules, names: readonly string[]): boolean {
  if (names.length > 0 && !names.some((name) => certificateNames(sans, name))) return false
  return rules.sanMatchers.length === 0 || rules.sanMatchers.some((matches) => matches(sans))
}

/** Whether a certificate is for this host name or address. */
export function certificateNames(sans: SubjectAltNames, name: string): boolean {
  const ip = canonicalIp(name)
  return sans.dns.some((dns) => dnsNameCovers(dns, name)) || sans.ip.some((own) => canonicalIp(own) === ip)
}

function isPinned(leaf: X509Certificate, rules: PeerRules): boolean {
  const hash = leaf.fingerprint256.replaceAll(':', '').toLowerCase()
  if (rules.certificateHashes.includes(hash)) return true
  if (rules.keyHashes.length === 0) return false
  const key = leaf.publicKey.export({ type: 'spki', format: 'der' })
  return rules.keyHashes.includes(createHash('sha256').update(key).digest('base64'))
}

function chainError(socket: TLSSocket, leaf: X509Certificate, rules: PeerRules): string | undefined {
  // With no automatic refusal Node notes what OpenSSL found wrong, as an error with a code (its types say Error).
  const error = socket.authorizationError as (Error & { code?: string }) | string | null | undefined
  if (socket.authorized || error === null || error === undefined) return undefined
  const code = typeof error === 'string' ? error : (error.code ?? error.message)
  // OpenSSL keeps only the last thing that was wrong, so beside a wrong date the chain may be anybody's.
  if (TIME_ERRORS.has(code) && rules.allowExpired && leadsToAuthority(leaf, rules.authorities)) return undefined
  const text = typeof error === 'string' ? code : error.message
  const depth = code === 'SELF_SIGNED_CERT_IN_CHAIN' ? 1 : 0
  return `X509_verify_cert: certificate verification error at depth ${depth}: ${text}`
}

/** Whether signatures lead from a certificate to an authority, dates aside. */
function leadsToAuthority(leaf: X509Certificate, authorities: readonly X509Certificate[]): boolean {
  let last = leaf
  for (const certificate of chainOf(leaf)) {
    if (certificate !== leaf && !(certificate.ca && last.checkIssued(certificate) && last.verify(certificate.publicKey))) return false
    const issuer = authorities.find((candidate) => certificate.checkIssued(candidate) && certificate.verify(candidate.publicKey))
    if (issuer !== undefined) return true
    last = certificate
  }
  return false
}

/** The certificates of a PEM bundle; throws what OpenSSL says of a bad one. */
export function readBundle(pem: Buffer): readonly X509Certificate[] {
  const blocks = pem.toString('latin1').match(/-----BEGIN (?:TRUSTED )?CERTIFICATE-----[\s\S]*?-----END (?:TRUSTED )?CERTIFICATE-----/g) ?? []
  return blocks.map((block) => new X509Certificate(block))
}
